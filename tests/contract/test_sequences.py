"""A sales sequence as the third way (S29): by sender, within the day's limit, proved, left at a wish at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import sqlalchemy as sa

from app.schedule import ask_for_due
from connector.hubspot.provider import HubSpotCrm
from core.db import metadata, open_engine, reading
from oauth.notices import SEQUENCES, load_notices
from sandbox.conduct import Built, Conduct
from tests.contract.crm_side import LivingSide, RecordedSide, SellingSide, StaffedSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import empty_database
from workflows.enrollment.tables import enrollments, touches

WIN_BACK = "40110021"
DANA, INES = "5100201", "5100203"  # Ines has no seat
A_DAY = 5


class Died(BaseException):
    """The worker was killed."""


@pytest.fixture(scope="module")
def rekindle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrmRekindle]:
    """Values are written, and a wave waits for its approval."""
    folder = tmp_path_factory.mktemp("sequences")
    conduct = Conduct(Built.SEQUENCE, staff_work=False)
    hubspot = import_module("tests.contract.crm_sides.hubspot")
    with empty_database(folder) as url, hubspot.open_side(conduct, 60) as side:
        engine = open_engine(url)
        metadata.create_all(engine)
        rekindle = build_rekindle(side, engine, url)
        rekindle.write_values()
        yield rekindle
        engine.dispose()


def entries(rekindle: CrmRekindle) -> dict[str, int]:
    """Contact → how often it was to begin in the sequence."""
    side = rekindle.crm_side
    assert isinstance(side, SellingSide)
    return dict(side.count_starts(WIN_BACK))


def rows(rekindle: CrmRekindle, table: sa.Table, contact_id: str | None = None) -> list[Any]:
    query = sa.select(table).order_by(table.c.contact_id)
    if contact_id is not None:
        query = query.where(table.c.contact_id == contact_id)
    with reading(rekindle.context.engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def pass_minutes(rekindle: CrmRekindle, minutes: int) -> None:
    for _ in range(minutes):
        for post in rekindle.crm_side.posts():
            assert rekindle.receive(post) == 204
        ask_for_due(rekindle.context)
        rekindle.drain()
        rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(minutes=1))


def at_ten(rekindle: CrmRekindle) -> datetime:
    """Let time run until it is a working day's late morning where everybody is."""
    now = rekindle.context.clock.now()
    ten = now.replace(hour=17, minute=0, second=0, microsecond=0)
    while ten <= now or ten.weekday() > 3:
        ten += timedelta(days=1)
    rekindle.crm_side.advance(ten)
    return ten


def test_s29_a_sequence_is_sent_by_sender_within_the_day_and_left_at_a_wish(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, account = rekindle.crm_side, rekindle.crm_side.account
    assert isinstance(side, SellingSide)
    assert isinstance(side, StaffedSide)
    assert isinstance(side, LivingSide)
    at_ten(rekindle)
    rekindle.choose(sequences_a_day=A_DAY)
    page = rekindle.web.get("/admin/plan").text
    assert "Win back: three short e-mails" in page
    assert "Dana Reyes" in page
    chosen = {"way": "sequence", "sequence_id": WIN_BACK}
    wave = rekindle.approve_wave(**chosen, sender_id=INES)

    # Whoever has no seat sends nothing: nobody fails by it, one was asked for, and the admin is told what to do.
    rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    assert entries(rekindle) == {}
    states = {row["state"] for row in rows(rekindle, enrollments)} - {"proposed"}
    assert states <= {"approved", "refused"}
    assert "approved" in states
    with reading(rekindle.context.engine) as connection:
        [notice] = [n for n in load_notices(connection, rekindle.account_id) if n.kind == SEQUENCES]
    assert notice.message.startswith("Ines Falk may not send sequences")
    assert "Assign one to them" in notice.message
    for playbook in {row["playbook"] for row in rows(rekindle, enrollments)}:
        change = f"/admin/plan?change={playbook}"
        rekindle.press(change, f"/bindings/{playbook}", **chosen, sender_id=DANA)
    # The page of playbooks offers the same choice.
    rekindle.press("/admin/playbooks", "/bindings/", **chosen, sender_id=DANA)
    rekindle.forget_jobs()

    # A worker dies when the CRM has enrolled somebody and before it could note so.
    side.advance(rekindle.context.clock.now() + timedelta(hours=1))
    real = HubSpotCrm.enroll

    def done_and_dead(*given: Any) -> None:
        real(*given)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(HubSpotCrm, "enroll", done_and_dead)
        with pytest.raises(Died):
            rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    assert sum(entries(rekindle).values()) == 1
    for _another_worker in range(3):
        rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    begun = entries(rekindle)
    assert sorted(begun.values()) == [1] * A_DAY, "each once, and no more than the day allows"
    waiting = [row for row in rows(rekindle, enrollments) if row["state"] == "approved"]
    assert len(waiting) + A_DAY <= len(wave)
    assert any("in this sender's name" in (row["reason"] or "") for row in waiting)
    for contact_id in begun:
        assert "rekindle_trigger_at" not in side.values(account, contact_id), "no workflow starts"

    # The CRM shows them in: the start is proved.
    pass_minutes(rekindle, 4)
    mine = [row for row in rows(rekindle, touches) if row["contact_id"] in begun]
    assert {(row["state"], row["sender_id"]) for row in mine} == {("proved", DANA)}
    assert all(side.is_inside(account, i) for i in begun)

    # Four people leave, each in another way, who want no more of it within 60 seconds; the others stay.
    wishing, unsubscribed, glad, taken, *others = sorted(begun)
    side.write(account, wishing, "Please stop texting me.")
    side.happen(account, unsubscribed, "OPT_OUT")
    side.happen(account, glad, "EMAIL_IN", "Yes please, when would it suit you?")
    side.change(account, taken, {"rekindle_status": "ready"})
    pass_minutes(rekindle, 1)
    assert not side.is_inside(account, wishing), "D1: a wish in another channel as well"
    assert not side.is_inside(account, unsubscribed)
    pass_minutes(rekindle, 2)
    assert not side.is_inside(account, glad)
    assert not side.is_inside(account, taken)
    assert all(side.is_inside(account, i) for i in others)
    side.advance(rekindle.context.clock.now() + timedelta(hours=7))
    pass_minutes(rekindle, 1)
    side.advance(rekindle.context.clock.now() + timedelta(minutes=20))
    pass_minutes(rekindle, 1)
    ends = {i: rows(rekindle, enrollments, i)[0]["ended_by"] for i in begun}
    refused = dict.fromkeys((wishing, unsubscribed), "opted_out")
    gone = {**refused, glad: "answered", taken: "left"}
    assert ends == {**gone, **dict.fromkeys(others)}

    # Who went through all steps is waited for; and nobody is asked for twice on any of these days.
    for days in (11, 13, 3):
        side.advance(rekindle.context.clock.now() + timedelta(days=days))
        pass_minutes(rekindle, 2)
    ends = {i: rows(rekindle, enrollments, i)[0]["ended_by"] for i in others}
    assert "finished" in ends.values()
    assert None not in ends.values()
    assert set(entries(rekindle).values()) == {1}
    asked = sorted(row["asked_at"] for row in rows(rekindle, touches) if row["asked_at"])
    for first, following in zip(asked, asked[A_DAY:], strict=False):
        assert following - first >= timedelta(days=1), "never more than so many within a day"
    assert isinstance(side, RecordedSide)
    assert side.take_violations() == [], "as the vendor's documents have it"
