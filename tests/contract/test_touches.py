"""Touch by touch on every CRM: asked for when due, proved by the CRM itself, ended by whatever somebody does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from app.lab.browser import read_forms
from connector.port.automation import AddsToWorkflow
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from oauth.notices import AUTOMATION, load_notices
from sandbox.conduct import Built, Conduct
from scoring import store as scores
from sync.mirror.reactions import load_reactions
from tests.contract.conftest import FEW
from tests.contract.crm_side import BuildingSide, LivingSide, StaffedSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from workflows.enrollment import store as ledger
from workflows.enrollment.touch_states import TouchState
from workflows.openers.facts import TouchAsk
from workflows.openers.writing import write_openers
from workflows.touches import store
from workflows.touches.next_touch import touch_key

DAYS = timedelta(days=1)


def rounds_of(rekindle: CrmRekindle, wave: list[str]) -> dict[str, list[dict[str, Any]]]:
    with reading(rekindle.context.engine) as connection:
        return store.load_rounds(connection, rekindle.account_id, wave)


def let_days_pass(rekindle: CrmRekindle, days: int) -> Iterator[datetime]:
    """From one moment at which something is due to the next: notices come in, touches are asked for and proved."""
    until = rekindle.context.clock.now() + days * DAYS
    while (now := rekindle.context.clock.now()) < until:
        hear(rekindle)
        rekindle.run("workflows.jobs.start_due", rekindle.account_id)
        rekindle.crm_side.advance(now + timedelta(minutes=30))
        hear(rekindle)
        rekindle.run("workflows.jobs.prove_touches", rekindle.account_id)
        yield rekindle.context.clock.now()
        with reading(rekindle.context.engine) as connection:
            due = [
                ledger.find_next_due(connection, rekindle.account_id),
                store.find_next_due(connection, rekindle.account_id),
            ]
        now = rekindle.context.clock.now()
        to_come = [moment for moment in due if moment is not None and moment > now]
        rekindle.crm_side.advance(min([*to_come, now + 2 * DAYS, until]))


def hear(rekindle: CrmRekindle) -> None:
    for post in rekindle.crm_side.posts():
        assert rekindle.receive(post) == 204
    rekindle.drain()


def test_s12_s13_s14_three_messages_by_several_channels_three_to_seven_days_apart(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    wave = rekindle.approve_wave()
    for _ in let_days_pass(rekindle, 26):
        pass
    # By and by the next batches begin by themselves.
    everybody = sorted({*wave, *crm_side.count_entries(crm_side.account)})
    rounds = rounds_of(rekindle, everybody)
    spent = {i: [t for t in ts if t["asked_at"]] for i, ts in rounds.items()}
    most = {len(ts) for ts in rounds.values()}
    assert most <= {3, 4}, "S12: never a single touch; four for high intent"
    assert max(len(ts) for ts in spent.values()) in most
    for touches in spent.values():
        for one, following in pairwise(touches):
            apart = following["asked_at"] - one["asked_at"]
            assert 3 * DAYS <= apart < 15 * DAYS, "S14, N11; a Sunday or a night may lie between"
    why_not = {t["reason"] for ts in rounds.values() for t in ts if t["state"] == "refused"}
    assert not [r for r in why_not if "team was in touch" in r], "our own message is nobody's"
    ways = {tuple(t["channel"] for t in ts) for ts in rounds.values()}
    assert any(len({*channels}) > 1 for channels in ways), "S13: another channel"
    entered = crm_side.count_entries(crm_side.account)
    messages = {i: sum(t["channel"] != "call" for t in ts) for i, ts in spent.items()}
    assert entered == {i: count for i, count in messages.items() if count}, "each asked for once"
    tasks_stand_for_calls(rekindle, spent)
    states = {t["state"] for ts in spent.values() for t in ts}
    assert states <= {TouchState.PROVED, TouchState.ASKED}
    proved = [t for ts in spent.values() for t in ts if t["state"] == TouchState.PROVED]
    assert len(proved) >= len(wave), "the CRM's own evidence"


def tasks_stand_for_calls(rekindle: CrmRekindle, spent: dict[str, list[dict[str, Any]]]) -> None:
    """S22: what a playbook wants called is a task for somebody of the team with what to say, and no message."""
    side = rekindle.crm_side
    calls = {i: [t for t in ts if t["channel"] == "call"] for i, ts in spent.items()}
    calls = {i: ts for i, ts in calls.items() if ts}
    if not isinstance(side, StaffedSide):
        assert calls == {}, "whoever takes no tasks gets messages"
        return
    assert calls, "somebody of high intent"
    for contact_id, mine in calls.items():
        assert [t["state"] for t in mine] == ["proved"] * len(mine)
        assert all(t["evidence"].startswith("task/") for t in mine)
        made = [t for t in side.tasks(side.account, contact_id) if t.subject.startswith("Call ")]
        assert len(made) == len(mine)
        for task, touch in zip(made, mine, strict=True):
            assert "Rekindle ref " in task.body
            assert len(task.body) > 200, "the note on what to say"
            assert touch["asked_at"] < task.due < touch["asked_at"] + 5 * DAYS
            assert task.owner_id in side.users


def test_s18_nothing_is_asked_for_after_an_answer_a_booking_or_a_sale(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if not isinstance(crm_side, LivingSide):
        pytest.skip("nobody does anything in this CRM by himself")
    rekindle.write_values()
    wave = rekindle.approve_wave()
    rekindle.start_all_due()
    one = next(i for i, ts in rounds_of(rekindle, wave).items() if len(ts) == 3)
    rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(hours=1))
    crm_side.happen(crm_side.account, one, "EMAIL_IN")
    for _ in let_days_pass(rekindle, 14):
        pass
    rounds = rounds_of(rekindle, wave)
    with reading(rekindle.context.engine) as connection:
        began = {t["contact_id"]: t["asked_at"] for ts in rounds.values() for t in ts[:1]}
        now = rekindle.context.clock.now()
        since = {i: at for i, at in began.items() if at is not None}
        reactions = load_reactions(connection, rekindle.account_id, since, at=now)
    assert reactions[one].answered_at is not None
    assert len([t for t in rounds[one] if t["asked_at"]]) == 1
    for contact_id, reaction in reactions.items():
        ended = min((m for m in (reaction.answered_at, reaction.bought_at) if m), default=now)
        late = [t for t in rounds[contact_id] if t["asked_at"] and t["asked_at"] > ended + DAYS]
        assert late == []


def test_d12_an_account_whose_workflow_is_gone_starts_nobody_and_is_told_why(
    first_rekindle: CrmRekindle,
) -> None:
    """It was there when the wave was approved: what is due waits, and goes on when somebody has switched it on."""
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    if not isinstance(crm_side, BuildingSide):
        pytest.skip("the workflows of this CRM stay as they are")
    rekindle.write_values()
    crm_side.switch_workflows(crm_side.account, on=False)
    wave_id = rekindle.standing().wave_id
    page = rekindle.web.get("/admin/plan").text
    assert "switch it on" in page.lower(), "what to do"
    assert 'value="touches"' not in page, "what cannot run is not offered"
    crm_side.switch_workflows(crm_side.account, on=True)
    wave = rekindle.approve_wave()
    assert wave_id is not None
    crm_side.switch_workflows(crm_side.account, on=False)
    rekindle.crm_side.advance(rekindle.context.clock.now() + timedelta(hours=4))
    rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    assert crm_side.count_entries(crm_side.account) == {}
    assert rekindle.standing().enrollments == {"approved": len(wave)}
    with reading(rekindle.context.engine) as connection:
        notices = load_notices(connection, rekindle.account_id)
    assert [n.kind for n in notices] == [AUTOMATION]
    crm_side.switch_workflows(crm_side.account, on=True)
    rekindle.start_all_due()
    assert rekindle.started_of(wave)


def test_s11_every_touch_comes_with_words_of_its_own(first_rekindle: CrmRekindle) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    wave = rekindle.approve_wave()
    rekindle.start_all_due()
    touches = [t for ts in rounds_of(rekindle, wave).values() for t in ts[:1]]
    assert touches
    for touch in touches:
        held = crm_side.values(crm_side.account, touch["contact_id"])
        assert held["rekindle_touch"] == touch_key(touch)
        words = held[f"rekindle_opener_{touch['channel']}"]
        assert len(words) > 40, "somebody can read it"
        assert held["rekindle_opener_version"] == touch["text_version"]
    now = rekindle.context.clock.now()
    with reading(rekindle.context.engine) as connection:
        everybody = scores.load_ids(connection, rekindle.account_id, after="", limit=10_000)
        asks = dict.fromkeys(everybody, TouchAsk(at=now))
        own = AccountSettings(language="de")
        openers = write_openers(connection, rekindle.account_id, asks, own, at=now)
    assert openers.keys() == set(everybody), "S11: nobody is left without"


class Died(BaseException):
    """The worker was killed."""


def test_a_second_message_that_a_worker_left_half_done_is_asked_for_once(
    first_rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies when the CRM has done what was asked and before it could note so."""
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    wave = rekindle.approve_wave()
    rekindle.start_all_due()
    crm_side.advance(rekindle.context.clock.now() + timedelta(minutes=30))
    hear(rekindle)
    rekindle.run("workflows.jobs.prove_touches", rekindle.account_id)
    crm_side.advance(rekindle.context.clock.now() + 8 * DAYS)
    hear(rekindle)
    before = crm_side.count_entries(crm_side.account)
    with rekindle.opened() as crm:
        kind, asking = type(crm), "add_to_workflow" if isinstance(crm, AddsToWorkflow) else "write"
    real = getattr(kind, asking)

    def done_and_dead(*given: object) -> None:
        real(*given)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(kind, asking, done_and_dead)
        with pytest.raises(Died):
            rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    for _another_worker in range(3):
        rekindle.run("workflows.jobs.start_due", rekindle.account_id)
    entered = crm_side.count_entries(crm_side.account)
    asked = {i for i, ts in rounds_of(rekindle, wave).items() if ts[1:] and ts[1]["asked_at"]}
    assert asked, "somebody's second message was due"
    assert entered == {i: times + (i in asked) for i, times in before.items()}


@pytest.mark.parametrize("crm", ["hubspot", "highlevel"])
def test_d12_an_account_without_workflows_starts_nobody_and_its_page_says_why(
    crm: str, engine: Engine, database_url: str
) -> None:
    with import_module(f"tests.contract.crm_sides.{crm}").open_side(
        Conduct(Built.NONE), FEW
    ) as side:
        rekindle = build_rekindle(side, engine, database_url)
        rekindle.write_values()
        page = rekindle.web.get("/admin/plan").text
        assert "Nothing can be started yet" in page
        assert "plan has none" in page
        assert all("/waves/" not in form.action for form in read_forms(page))
        rekindle.run("workflows.jobs.start_due", rekindle.account_id)
        standing = rekindle.standing()
        assert set(standing.enrollments) == {"proposed"}
        held = [side.values(side.account, i) for i in waiting(rekindle)]
        assert not [values for values in held if values["rekindle_status"] == "started"]
        assert not [values for values in held if values.get("rekindle_trigger_at")]


def waiting(rekindle: CrmRekindle) -> list[str]:
    wave_id = rekindle.standing().wave_id
    assert wave_id is not None
    with reading(rekindle.context.engine) as connection:
        return ledger.load_wave(connection, rekindle.account_id, wave_id)
