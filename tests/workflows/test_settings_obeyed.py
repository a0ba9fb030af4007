"""What an account's settings say is what its jobs do: sizes of waves, approvals, the holdout, pauses."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.db import reading
from core.facts import ControlsDrawn, PlanApproved, WaveApproved
from oauth.account_settings.changing import change, owner_of
from scoring import jobs as scoring_jobs
from scoring import store as scores
from scoring.learn.control import control_share
from sync.outbox.changes import Limits, reason_to_wait
from sync.outbox.tables import plans
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import jobs, waves
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.tables import bindings, enrollments

pytestmark = pytest.mark.integration

PEOPLE = 120
PROPOSE: Callable[[str], None] = jobs.propose_wave


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    """Everybody has been scored; nobody has been decided about."""
    made = Mirrored(engine)
    made.crowd(PEOPLE)
    made.run(scoring_jobs.score_account)
    return made


def say(mirrored: Mirrored, by: str = "ann", **typed: str) -> None:
    with reading(mirrored.engine) as connection:
        owner = owner_of(connection, ACCOUNT)
        seen = connection.execute(sa.text("SELECT MAX(version) FROM account_settings")).scalar()
    change(mirrored.context, owner, typed, looked_at=seen or 0, by=by)


def decide(mirrored: Mirrored) -> None:
    """Decide about everybody, as the job does after a scoring."""
    with reading(mirrored.engine) as connection:
        ids = scores.load_ids(connection, ACCOUNT, after="", limit=PEOPLE)
    with mirrored.engine.begin() as tx:
        decisions.record_counted(tx, ACCOUNT)
    mirrored.run(lambda account_id: jobs.plan_contacts(account_id, *ids))


def wave(mirrored: Mirrored) -> tuple[str, int] | None:
    with reading(mirrored.engine) as connection:
        return ledger.find_wave(connection, ACCOUNT)


def start_the_first(mirrored: Mirrored) -> None:
    """The wave that waits has been approved and started."""
    with mirrored.engine.begin() as tx:
        started = {"state": "started", "started_at": mirrored.clock.now()}
        tx.execute(sa.update(enrollments).values(**started))


def test_d12_waves_are_as_large_as_the_account_says(mirrored: Mirrored) -> None:
    say(mirrored, first_wave="7", later_wave="11")
    decide(mirrored)
    mirrored.run(PROPOSE)
    found = wave(mirrored)
    assert found is not None
    assert found[1] in {6, 7}
    start_the_first(mirrored)
    mirrored.later(1)
    mirrored.run(PROPOSE)
    found = wave(mirrored)
    assert found is not None
    assert found[1] in {10, 11}


@pytest.mark.parametrize("allowed", ["yes", "no"])
def test_d12_later_waves_start_by_themselves_only_where_the_account_says_so(
    mirrored: Mirrored, allowed: str
) -> None:
    say(mirrored, first_wave="7", later_wave="11", waves_without_approval=allowed)
    decide(mirrored)
    told = mirrored.run(PROPOSE)
    assert WaveApproved(ACCOUNT) not in told, "the first always waits for a person"
    assert wave(mirrored) is not None
    start_the_first(mirrored)
    mirrored.later(1)
    say(mirrored, by="bo", later_wave="12")
    say(mirrored, by="bo", later_wave="11")
    told = mirrored.run(PROPOSE)
    assert (WaveApproved(ACCOUNT) in told) is (allowed == "yes")
    with reading(mirrored.engine) as connection:
        due = ledger.load_due(connection, ACCOUNT, at=mirrored.clock.now())
    assert len(due) in ({10, 11} if allowed == "yes" else {0})
    assert {row["approved_by"] for row in due} == ({"ann"} if allowed == "yes" else set())


def test_a_wave_whose_workflow_nobody_has_chosen_waits_for_a_person(mirrored: Mirrored) -> None:
    """Where a CRM starts a chosen workflow, one playbook's was chosen and the other's was not."""
    say(mirrored, first_wave="7", waves_without_approval="yes")
    decide(mirrored)
    mirrored.run(PROPOSE)
    start_the_first(mirrored)
    row = {
        "account_id": ACCOUNT,
        "way": "touches",
        "workflow_id": "w",
        "bound_at": SystemClock().now(),
    }
    with mirrored.engine.begin() as tx:
        tx.execute(sa.insert(bindings).values(playbook="another", **row))
    mirrored.later(1)
    assert WaveApproved(ACCOUNT) not in mirrored.run(PROPOSE)
    found = wave(mirrored)
    assert found is not None
    with mirrored.engine.begin() as tx:
        for playbook in ledger.load_wave_playbooks(tx, ACCOUNT, found[0]):
            tx.execute(sa.insert(bindings).values(playbook=playbook, **row))
        assert waves.has_workflows(tx, ACCOUNT, found[0])


def test_d7_a_longer_pause_keeps_more_people_back_and_says_how_long(mirrored: Mirrored) -> None:
    """Who was started 100 days ago may be approached again after 90 days, not where the account says 200."""
    ids = sorted(mirrored.scores())
    with mirrored.engine.begin() as tx:
        ledger.propose(
            tx,
            ACCOUNT,
            [(i, "lead_reactivation") for i in ids],
            wave_id="w",
            now=mirrored.clock.now(),
        )
        started = {"state": "started", "started_at": mirrored.clock.now()}
        tx.execute(sa.update(enrollments).values(**started))
    mirrored.later(100)
    mirrored.run(scoring_jobs.score_account)
    decide(mirrored)
    assert reasons(mirrored, "D7") == set()
    say(mirrored, cooldown_days="200")
    decide(mirrored)
    assert reasons(mirrored, "D7") == {"Was approached in the last 200 days"}


def reasons(mirrored: Mirrored, rule: str) -> set[str | None]:
    with reading(mirrored.engine) as connection:
        counted = decisions.count_decisions(connection, ACCOUNT)
    return {why for _, found, why, _ in counted if found == rule}


def held(mirrored: Mirrored) -> dict[tuple[str, str], bool]:
    with reading(mirrored.engine) as connection:
        return draws.load_draws(connection, ACCOUNT, sorted(mirrored.scores()))


def test_s21_the_chosen_share_is_left_alone_and_earlier_draws_stay(mirrored: Mirrored) -> None:
    say(mirrored, holdout_share="5", later_wave="100")
    decide(mirrored)
    told = mirrored.run(PROPOSE)
    before = held(mirrored)
    drawn = {i for fact in told if isinstance(fact, ControlsDrawn) for i in fact.contact_ids}
    assert drawn == {i for (i, _), out in before.items() if out}
    assert 1 <= len(drawn) <= 4, "5 in 100 of the batch"
    start_the_first(mirrored)
    mirrored.later(60)
    say(mirrored, holdout_share="50", answers_per_day="1000")
    mirrored.know(*(f"new{i}" for i in range(200)), days=500)
    mirrored.run(scoring_jobs.score_account)
    with reading(mirrored.engine) as connection:
        ids = scores.load_ids(connection, ACCOUNT, after="", limit=1_000)
    mirrored.run(lambda account_id: jobs.plan_contacts(account_id, *ids))
    mirrored.run(PROPOSE)
    after = held(mirrored)
    assert {who: after[who] for who in before} == before, "who was drawn stays"
    new = [out for who, out in after.items() if who not in before]
    assert len(new) == 100, "the account's own limit of a batch, and all of it"
    assert 0.45 < sum(new) / len(new) < 0.55


def test_the_audit_counts_who_is_left_alone_by_the_same_share(mirrored: Mirrored) -> None:
    def left_alone() -> tuple[int, int]:
        with reading(mirrored.engine) as connection:
            found: Any = scores.find_audit(connection, ACCOUNT)
        return found.start.left_alone, found.start.eligible

    count, eligible = left_alone()
    assert count == round(eligible * control_share(eligible))
    say(mirrored, holdout_share="50")
    mirrored.run(scoring_jobs.score_again)
    assert left_alone() == (round(eligible * 0.5), eligible)
    assert count != round(eligible * 0.5)


@pytest.mark.parametrize(
    ("limits", "touched", "says"),
    [
        (Limits(), 20, None),
        (Limits(later_need_approval=True), 20, "every plan waits for a person"),
        (Limits(most_touched=0.01), 101, "more than 1% waits for a person"),
        (Limits(most_touched=0.5), 4_000, None),
        (Limits(later_need_approval=True), 5_000, "every plan waits"),
    ],
)
def test_a_plan_waits_as_the_account_says(limits: Limits, touched: int, says: str | None) -> None:
    reason = reason_to_wait(limits, is_first=False, touched=touched, contacts=10_000)
    assert reason is None if says is None else says in (reason or "")


@pytest.mark.parametrize(("allowed", "state"), [("yes", "approved"), ("no", "waiting")])
def test_a_later_plan_goes_ahead_by_itself_or_waits(
    mirrored: Mirrored, allowed: str, state: str
) -> None:
    say(mirrored, plans_without_approval=allowed)
    decide(mirrored)
    with mirrored.engine.begin() as tx:
        assert tx.execute(sa.select(plans.c.state)).scalars().all() == ["waiting"], "the first"
        tx.execute(sa.update(plans).values(state="applied"))
    mirrored.know("late", days=500)
    mirrored.change("late")
    mirrored.run(scoring_jobs.score_changed)
    told = mirrored.run(lambda account_id: jobs.plan_contacts(account_id, "late"))
    with reading(mirrored.engine) as connection:
        later = connection.execute(sa.select(plans).where(plans.c.state != "applied")).mappings()
        (plan,) = later.all()
    assert plan["state"] == state
    assert told == ([PlanApproved(ACCOUNT, plan["plan_id"])] if allowed == "yes" else [])
