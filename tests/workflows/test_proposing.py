"""Batches are proposed anew each day, within the account's limits, and go on by themselves once one was approved."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.context import entered
from core.db import reading
from core.facts import WaveApproved
from oauth.account_settings.changing import change, owner_of
from scoring import jobs as scoring_jobs
from scoring import store as scores
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import jobs, proposing, waves
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import Binding, bind
from workflows.enrollment.states import Way
from workflows.enrollment.tables import enrollments
from workflows.log import store as decision_log
from workflows.stops import store as stops

pytestmark = pytest.mark.integration

PEOPLE = 150


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    """Everybody has been scored and decided about; nobody has been proposed."""
    made = Mirrored(engine)
    made.crowd(PEOPLE)
    made.run(scoring_jobs.score_account)
    with made.engine.begin() as tx:
        decisions.record_counted(tx, ACCOUNT)
        ids = scores.load_ids(tx, ACCOUNT, after="", limit=1_000)
    made.run(lambda account_id: jobs.plan_contacts(account_id, *ids))
    return made


def say(mirrored: Mirrored, **typed: str) -> None:
    with reading(mirrored.engine) as connection:
        owner = owner_of(connection, ACCOUNT)
        seen = connection.execute(sa.text("SELECT MAX(version) FROM account_settings")).scalar()
    change(mirrored.context, owner, typed, looked_at=seen or 0, by="ann")


def propose(mirrored: Mirrored, **more: Any) -> bool:
    """Propose as the job does; whether a batch went ahead by itself."""
    before = len(mirrored.facts)
    with entered(mirrored.context):
        proposing.propose(mirrored.context, ACCOUNT, **more)
    return WaveApproved(ACCOUNT) in mirrored.facts[before:]


def wave(mirrored: Mirrored) -> tuple[str, int] | None:
    with reading(mirrored.engine) as connection:
        return ledger.find_wave(connection, ACCOUNT)


def approve(mirrored: Mirrored, by: str = "bo") -> list[str]:
    found = wave(mirrored)
    assert found is not None
    at = mirrored.clock.now()
    with mirrored.engine.begin() as tx:
        waves.approve_wave(tx, ACCOUNT, found[0], by=by, at=at, now=SystemClock().now())
        return ledger.load_wave(tx, ACCOUNT, found[0])


def begin(mirrored: Mirrored) -> None:
    """Whoever was approved has been started."""
    at = mirrored.clock.now()
    with mirrored.engine.begin() as tx:
        waiting = enrollments.c.state == "approved"
        started = {"state": "started", "started_at": at}
        tx.execute(sa.update(enrollments).where(waiting).values(**started))


def rows(mirrored: Mirrored) -> list[dict[str, Any]]:
    with reading(mirrored.engine) as connection:
        return [dict(row) for row in connection.execute(sa.select(enrollments)).mappings()]


def test_s20_a_proposal_that_nobody_approves_is_made_anew_the_next_day(mirrored: Mirrored) -> None:
    assert not propose(mirrored)
    first = wave(mirrored)
    assert first is not None
    before = {row["contact_id"] for row in rows(mirrored)}
    propose(mirrored)
    assert wave(mirrored) == first, "the same day: a person may be looking at it"
    mirrored.later(1)
    best = min(before)
    mirrored.happen((best, 0.01, "form"))
    mirrored.run(scoring_jobs.score_account)
    mirrored.run(lambda account_id: jobs.plan_contacts(account_id, best))
    propose(mirrored)
    second = wave(mirrored)
    assert second is not None
    assert second[0] != first[0]
    again = {row["contact_id"] for row in rows(mirrored)}
    assert best in before - again, "by today's scores"
    assert {row["wave_id"] for row in rows(mirrored)} == {second[0]}
    with mirrored.engine.begin() as tx:
        at = mirrored.clock.now()
        assert waves.approve_wave(tx, ACCOUNT, first[0], by="bo", at=at, now=at) == 0
        told = [e for e in decision_log.load_entries(tx, ACCOUNT) if e["what"] == "replaced"]
    assert {e["contact_id"] for e in told} == before
    assert {e["subject"] for e in told} == {first[0]}


def test_d12_the_first_batch_waits_and_all_later_ones_go_on_by_its_approval(
    mirrored: Mirrored,
) -> None:
    """Nobody has said anything in the settings: who approved the first has let the others go on."""
    say(mirrored, first_wave="10")
    assert not propose(mirrored)
    approve(mirrored)
    begin(mirrored)
    mirrored.later(1)
    assert propose(mirrored)
    assert {row["approved_by"] for row in rows(mirrored)} == {"bo"}
    assert wave(mirrored) is None, "nothing waits"


def test_s20_who_waits_for_an_hour_blocks_nobody(mirrored: Mirrored) -> None:
    say(mirrored, first_wave="10")
    propose(mirrored)
    first = approve(mirrored)
    with mirrored.engine.begin() as tx:  # one has begun, the others are deferred for a week
        due = mirrored.clock.now() + timedelta(days=7)
        tx.execute(sa.update(enrollments).values(due_at=due))
        one = enrollments.c.contact_id == first[0]
        started = {"state": "started", "started_at": mirrored.clock.now()}
        tx.execute(sa.update(enrollments).where(one).values(**started))
    mirrored.later(1)
    assert propose(mirrored)
    later = [row["contact_id"] for row in rows(mirrored) if row["contact_id"] not in first]
    assert len(later) >= 5
    assert len(rows(mirrored)) == len(first) + len(later), "nobody is in two batches"


def test_s20_day_after_day_everybody_who_may_start_does_and_no_limit_is_passed(
    mirrored: Mirrored,
) -> None:
    say(mirrored, first_wave="10", people_a_day="12")
    with reading(mirrored.engine) as connection:
        may = {i for i, _ in waves.load_best_ready(connection, ACCOUNT, limit=1_000)}
    propose(mirrored)
    approve(mirrored)
    begun = []
    for _ in range(40):
        begin(mirrored)
        before = len(rows(mirrored))
        mirrored.later(1)
        propose(mirrored)
        begun.append(len(rows(mirrored)) - before)
    assert max(begun) <= 12
    started = {row["contact_id"] for row in rows(mirrored)}
    with reading(mirrored.engine) as connection:
        alone = decisions.load_held_out(connection, ACCOUNT, sorted(may))
    assert started | alone == may, "all but the controls, without anybody having been asked"
    assert len(rows(mirrored)) == len(started)


def test_s23_few_dormant_people_are_written_to_by_hand(mirrored: Mirrored) -> None:
    say(mirrored, by_hand_under="1000")
    propose(mirrored)
    assert wave(mirrored) is None
    say(mirrored, by_hand_under="0")
    propose(mirrored)
    assert wave(mirrored) is not None
    say(mirrored, by_hand_under="1000")
    mirrored.later(1)
    propose(mirrored)
    assert wave(mirrored) is None, "what nobody has approved gives way to the worklist"


def test_s23_what_has_begun_goes_on_however_few_are_left(mirrored: Mirrored) -> None:
    say(mirrored, first_wave="5")
    propose(mirrored)
    approve(mirrored)
    begin(mirrored)
    say(mirrored, by_hand_under="1000")
    mirrored.later(1)
    assert propose(mirrored)


def test_d6_the_oldest_silences_come_last_while_the_mail_warms_up(mirrored: Mirrored) -> None:
    found = mirrored.scores()
    old = {i for i, row in found.items() if row["band"] in waves.OLDEST}
    with reading(mirrored.engine) as connection:
        ready = [i for i, _ in waves.load_best_ready(connection, ACCOUNT, limit=1_000)]
    recent = [i for i in ready if i not in old]
    assert len(recent) >= 5
    assert len(ready) - len(recent) >= 5
    assert any(i in old for i in ready[: len(recent)]), "by worth alone they are mixed"
    say(mirrored, first_wave=str(min(50, len(recent) // 2)))
    propose(mirrored)
    assert {row["contact_id"] for row in rows(mirrored)} <= set(recent)


def test_d12_nothing_is_proposed_while_the_account_stands_still(mirrored: Mirrored) -> None:
    now = SystemClock().now()
    with mirrored.engine.begin() as tx:
        stops.stop(tx, ACCOUNT, by="ann", reason="r", at=now, now=now)
    propose(mirrored)
    assert rows(mirrored) == []


def test_whom_the_crm_has_refused_does_not_come_back_the_next_day(mirrored: Mirrored) -> None:
    say(mirrored, first_wave="10")
    propose(mirrored)
    approve(mirrored)
    begin(mirrored)
    failed = [row["contact_id"] for row in rows(mirrored)][:3]
    with mirrored.engine.begin() as tx:
        mine = enrollments.c.contact_id.in_(failed)
        tx.execute(sa.update(enrollments).where(mine).values(state="failed", started_at=None))
    for _ in range(3):
        mirrored.later(1)
        propose(mirrored)
        begin(mirrored)
    assert [r["round_no"] for r in rows(mirrored) if r["contact_id"] in failed] == [1, 1, 1]
    mirrored.later(31)
    propose(mirrored)
    assert {r["round_no"] for r in rows(mirrored) if r["contact_id"] in failed} == {1, 2}


def test_a_playbook_without_a_workflow_holds_up_none_of_the_others(mirrored: Mirrored) -> None:
    """Where the CRM starts a chosen workflow: who has one goes on, the others wait for somebody to choose."""
    say(mirrored, first_wave="10")
    propose(mirrored)
    approve(mirrored)
    begin(mirrored)
    with mirrored.engine.begin() as tx:
        bind(tx, ACCOUNT, ["customer_winback"], Binding("w", Way.TOUCHES), now=SystemClock().now())
    began = {row["contact_id"] for row in rows(mirrored)}
    mirrored.later(1)
    assert propose(mirrored)
    new = [row for row in rows(mirrored) if row["contact_id"] not in began]
    assert {row["playbook"] for row in new} == {"customer_winback"}
    for _ in range(30):
        begin(mirrored)
        mirrored.later(1)
        if not propose(mirrored) and wave(mirrored) is not None:
            break
    waiting = [row for row in rows(mirrored) if row["state"] == "proposed"]
    assert {row["playbook"] for row in waiting} == {"lead_reactivation"}
