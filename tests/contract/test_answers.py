"""The first answer, on both CRMs over HTTP: the round is over, and one task waits for a person (S18, S19, D1)."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from app.lab.browser import read_forms
from app.pages.audit_people import label_of
from app.schedule import ask_for_due
from connector.port.lists import KeepsLists
from connector.port.tasks import CreatesTasks
from core.db import metadata, open_engine, reading
from sandbox.conduct import Built, Conduct
from tests.app.test_results_page import words_of
from tests.contract.crm_side import LivingSide, StaffedSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import empty_database
from workflows.enrollment.begun import load_latest_begun
from workflows.handoff import store as handoffs
from workflows.results import weekly
from workflows.results.tables import weekly_reports

YES = "Yes please. Does Thursday still work?"
NO = "Thank you, but I am not interested at the moment."
STOP = "Please stop texting me."


class Died(BaseException):
    """The worker was killed."""


@contextmanager
def an_hour_after_the_start(crm: str, folder: Path, conduct: Conduct) -> Iterator[CrmRekindle]:
    """The product an hour after it has asked for everybody's first touch."""
    module = import_module(f"tests.contract.crm_sides.{crm}")
    with empty_database(folder) as url, module.open_side(conduct) as side:
        engine = open_engine(url)
        metadata.create_all(engine)
        rekindle = build_rekindle(side, engine, url)
        rekindle.write_values()
        rekindle.approve_wave()
        rekindle.start_all_due()
        side.advance(rekindle.context.clock.now() + timedelta(hours=1))
        pass_a_minute(rekindle)
        yield rekindle
        engine.dispose()


@pytest.fixture(scope="module", params=["hubspot", "highlevel"])
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CrmRekindle]:
    """Touch by touch, in a CRM whose people work no task."""
    folder, conduct = tmp_path_factory.mktemp("answers"), Conduct(staff_work=False)
    with an_hour_after_the_start(request.param, folder, conduct) as rekindle:
        yield rekindle


def pass_a_minute(rekindle: CrmRekindle, minutes: int = 1) -> None:
    """The web, the worker and the clockwork do what they do."""
    for _ in range(minutes):
        for post in rekindle.crm_side.posts():
            assert rekindle.receive(post) == 204
        ask_for_due(rekindle.context)
        rekindle.drain()
        rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(minutes=1))


def rounds(rekindle: CrmRekindle, *contact_ids: str) -> dict[str, Any]:
    """Contact → how their latest round ended; None while it runs."""
    since = rekindle.context.clock.now() - timedelta(days=30)
    with reading(rekindle.context.engine) as connection:
        found = load_latest_begun(connection, rekindle.account_id, contact_ids, since=since)
    return {contact_id: row["ended_by"] for contact_id, row in found.items()}


def running(rekindle: CrmRekindle) -> list[str]:
    side = rekindle.crm_side
    ids = sorted(side.contact_ids(side.account))
    return [i for i, ended in rounds(rekindle, *ids).items() if ended is None]


def test_s18_s19_an_answer_becomes_one_task_and_a_wish_ends_everything(
    started: CrmRekindle,
) -> None:
    """S18, S19, D1: a yes is one task with all that a person needs; a STOP in words ends the round and asks nobody."""
    side, account = started.crm_side, started.crm_side.account
    assert isinstance(side, LivingSide)
    assert isinstance(side, StaffedSide)
    glad, done_with_us, booked, declined = running(started)[:4]
    side.happen(account, glad, "EMAIL_IN", YES)
    side.happen(account, done_with_us, "SMS_IN", STOP)
    side.happen(account, booked, "MEETING_BOOKED")
    side.happen(account, declined, "EMAIL_IN", NO)
    pass_a_minute(started, 6)
    assert rounds(started, glad, done_with_us, booked, declined) == {
        glad: "answered",
        done_with_us: "opted_out",
        booked: "booked",
        declined: "answered",
    }
    [task] = side.tasks(account, glad)
    assert "answered by e-mail" in task.subject
    for told in ("What was answered", "What we sent", "Suggested answer", "Rekindle ref "):
        assert told in task.body
    assert YES not in task.body, "the answer stays where the CRM has it"
    assert task.owner_id in side.users
    now = started.context.clock.now()
    assert now - timedelta(hours=1) < task.due < now + timedelta(days=4)
    assert side.tasks(account, done_with_us) == []
    assert side.tasks(account, booked) == []
    assert side.tasks(account, declined) == [], "a no asks nobody for anything"
    shown = {i: side.values(account, i)["rekindle_status"] for i in (glad, done_with_us, booked)}
    assert shown == {glad: "answered", done_with_us: "suppressed", booked: "answered"}
    side.happen(account, glad, "EMAIL_IN", "And in the afternoon?")
    pass_a_minute(started, 6)
    assert len(side.tasks(account, glad)) == 1, "one conversation is one task"


def test_s19_a_late_task_goes_to_the_fallback_person_once(started: CrmRekindle) -> None:
    side, account = started.crm_side, started.crm_side.account
    assert isinstance(side, LivingSide)
    assert isinstance(side, StaffedSide)
    fallback = side.users[-1]
    started.choose(handoff_person=fallback)
    slow, quick = running(started)[:2]
    for contact_id in (slow, quick):
        side.happen(account, contact_id, "SMS_IN", "What would it cost?")
    pass_a_minute(started, 6)
    [first] = side.tasks(account, slow)
    side.complete(account, quick)
    for _ in range(2):
        side.advance(max(first.due, started.context.clock.now()) + timedelta(hours=1))
        started.run("workflows.jobs.watch_handoffs", started.account_id)
    _, second = side.tasks(account, slow)
    assert second.owner_id == fallback
    assert second.subject.startswith("Overdue: ")
    assert [task.done for task in side.tasks(account, quick)] == [True]
    with reading(started.context.engine) as connection:
        held = handoffs.load_of(connection, started.account_id, [slow, quick])
    assert [row["state"] for row in held[slow] if row["needs_person"]] == ["late"]
    assert [row["state"] for row in held[quick] if row["needs_person"]] == ["done"]


def test_s19_a_worker_killed_while_it_asks_makes_no_second_task(
    started: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, account = started.crm_side, started.crm_side.account
    assert isinstance(side, LivingSide)
    assert isinstance(side, StaffedSide)
    [contact_id] = running(started)[:1]
    with started.opened() as crm:
        assert isinstance(crm, CreatesTasks)
        kind = type(crm)
    real = kind.create_task

    def done_and_dead(*given: Any) -> None:
        real(*given)
        raise Died

    monkeypatch.setattr(kind, "create_task", done_and_dead)
    side.happen(account, contact_id, "SMS_IN", YES)
    with pytest.raises(Died):
        pass_a_minute(started, 6)
    assert len(side.tasks(account, contact_id)) == 1
    monkeypatch.undo()
    started.queue.bury(started.context)
    pass_a_minute(started, 2)
    assert len(side.tasks(account, contact_id)) == 1
    with reading(started.context.engine) as connection:
        [row] = handoffs.load_of(connection, started.account_id, [contact_id])[contact_id]
    assert (row["state"], bool(row["task_id"])) == ("open", True)


def test_a_weeks_report_is_one_task_though_the_worker_is_killed_while_it_asks(
    started: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, account = started.crm_side, started.crm_side.account
    assert isinstance(side, StaffedSide)
    person, record = side.users[0], max(side.contact_ids(account))
    started.choose(report_person=person, report_contact=record)
    with started.context.engine.begin() as tx:
        latest = weekly.find(tx, started.account_id)
        assert latest is not None, "the clockwork has made the report of the last week"
        r = weekly_reports.c
        tx.execute(
            sa.update(weekly_reports)
            .where(r.account_id == started.account_id, r.week == latest["week"])
            .values(task_state="wanted")
        )
    with started.opened() as crm:
        assert isinstance(crm, CreatesTasks)
        kind = type(crm)
    real = kind.create_task

    def done_and_dead(*given: Any) -> None:
        real(*given)
        raise Died

    def of_the_week() -> list[Any]:
        return [t for t in side.tasks(account, record) if "the week of" in t.subject]

    monkeypatch.setattr(kind, "create_task", done_and_dead)
    with pytest.raises(Died):
        pass_a_minute(started)
    monkeypatch.undo()
    started.queue.bury(started.context)
    pass_a_minute(started, 2)
    [task] = of_the_week()
    assert task.owner_id == person
    assert "Quiet for 90 days or more: " in task.body
    assert "/admin/weekly?week=" in task.body
    with reading(started.context.engine) as connection:
        row = weekly.find(connection, started.account_id)
    assert row is not None
    assert (row["task_state"], bool(row["task_id"])) == ("made", True)
    started.run("app.reports.weekly.jobs.tell_week", started.account_id)
    assert len(of_the_week()) == 1


def test_a_group_of_the_audit_is_a_list_once_approved_though_the_worker_is_killed(
    started: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, account = started.crm_side, started.crm_side.account
    assert isinstance(side, StaffedSide)
    name = "Long quiet"

    def inside() -> set[str]:
        ids = side.contact_ids(account)
        return {i for i in ids if name.lower() in side.lists(account, i)}

    def prepare(called: str, whom: str) -> httpx2.Response:
        page = started.web.get("/admin/audit/people?band=365_plus").text
        form = next(f for f in read_forms(page) if f.action == "/admin/lists")
        told = {**form.fields, "name": called, "whom": whom}
        return started.web.post("/admin/lists", data=told, follow_redirects=False)

    sheet = started.web.get("/admin/audit/people.csv?band=365_plus").text
    wanted = {row["contact_id"] for row in csv.DictReader(io.StringIO(sheet))}
    assert len(wanted) > 5
    assert prepare("Do not contact", "all").status_code == 400, "it would be read as a refusal"
    assert prepare(name, "all").status_code == 303
    pass_a_minute(started)
    assert inside() == set(), "nothing is written before a person approves"
    with started.opened() as crm:
        assert isinstance(crm, KeepsLists)
        kind = type(crm)
    real = kind.add_to_list

    def done_and_dead(*given: Any) -> None:
        real(*given)
        raise Died

    monkeypatch.setattr(kind, "list_batch", 4)
    monkeypatch.setattr(kind, "add_to_list", done_and_dead)
    started.press("/admin/lists", "/approve")
    with pytest.raises(Died):
        pass_a_minute(started)
    assert len(inside()) == 4
    monkeypatch.setattr(kind, "add_to_list", real)
    started.queue.bury(started.context)
    pass_a_minute(started, 2)
    assert inside() == wanted
    page = words_of(started.web.get("/admin/lists").text)
    assert (
        f"Long quiet {label_of('', '365_plus', '')} everybody {len(wanted)} {len(wanted)}" in page
    )
    prepare("Another", "all")
    started.press("/admin/lists", "/discard")
    pass_a_minute(started)
    assert "Discarded" in words_of(started.web.get("/admin/lists").text)


@pytest.mark.parametrize("crm", ["hubspot", "highlevel"])
def test_s18_d1_an_answer_or_a_wish_takes_them_out_of_a_workflow_that_paces_itself(
    crm: str, tmp_path: Path
) -> None:
    """D1, S18: HighLevel is told to remove them, HubSpot's workflow lets them go by the status; nobody else leaves.

    All within 60 seconds by the accounts' clock: of words of which neither CRM makes anything by itself, of a STOP, and
    of an opt-out in an e-mail.
    """
    with an_hour_after_the_start(crm, tmp_path, Conduct(Built.WHOLE)) as rekindle:
        side, account = rekindle.crm_side, rekindle.crm_side.account
        assert isinstance(side, StaffedSide)
        assert isinstance(side, LivingSide)
        inside = [i for i in running(rekindle) if side.is_inside(account, i)]
        done_with_us, glad, stopped, unsubscribed, *others = inside
        assert others
        told_at = rekindle.context.clock.now()
        side.write(account, done_with_us, STOP)
        side.write(account, glad, YES)
        side.happen(account, stopped, "SMS_STOP", "STOP")
        side.happen(account, unsubscribed, "OPT_OUT")
        pass_a_minute(rekindle)
        assert rekindle.context.clock.now() - told_at <= timedelta(seconds=60)
        gone = {"words": done_with_us, "stop": stopped, "mail": unsubscribed, "yes": glad}
        ended = rounds(rekindle, *gone.values())
        assert {name: ended[i] for name, i in gone.items()} == {
            **dict.fromkeys(("words", "stop", "mail"), "opted_out"),
            "yes": "answered",
        }
        assert not any(side.is_inside(account, i) for i in gone.values())
        assert all(side.is_inside(account, i) for i in others)
