"""What becomes of who was started and who was left alone: watched from the decision on, known after 90 days (N8)."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from app.pages.standing import load_standing
from app.reports.results.assemble import assemble
from app.reports.results.loading import load
from core.db import reading
from core.facts import OutcomesMatured
from scoring.features.input_frames import EVENT_COLUMNS
from scoring.learn import outcomes
from scoring.plans import PLANS
from scoring.tables import cohorts
from tests.rekindle import Rekindle
from tests.scoring.mirrored import ACCOUNT, START, Mirrored
from workflows.decisions import store as decision_store
from workflows.enrollment import store
from workflows.enrollment.states import EnrollmentState
from workflows.jobs import record_outcomes
from workflows.results.outcome import control_rows, responses, started_rows

pytestmark = pytest.mark.integration

HUMAN = ("form", "visit", "purchase", "email", "sms", "call", "click", "meeting")


def events(*told: tuple[str, float, str, str | None]) -> pl.DataFrame:
    """(contact, days after START, kind, direction)."""
    rows = [
        {"contact_id": i, "occurred_at": START + timedelta(days=days), "kind": kind, "direction": d}
        for i, days, kind, d in told
    ]
    return pl.DataFrame(rows, schema=EVENT_COLUMNS)


@pytest.mark.parametrize(
    ("days", "kind", "direction", "responded"),
    [
        *((1, kind, "in", True) for kind in HUMAN),
        (1, "open", "in", False),
        (1, "email", "out", False),
        (1, "sms", "out", False),
        (1, "note", None, False),
        (1, "ticket", "in", False),
        (0, "form", "in", False),  # what led to the decision is no answer to it
        (-1, "form", "in", False),
        (90, "form", "in", True),
        (90.001, "form", "in", False),
    ],
)
def test_s21_only_what_they_did_themselves_within_90_days_is_a_response(
    days: float, kind: str, direction: str | None, *, responded: bool
) -> None:
    found = responses([("a", START)], events(("a", days, kind, direction)))
    assert found == [("a", START, responded)]


@given(
    told=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-10, 120), st.sampled_from([*HUMAN, "open"])),
        max_size=12,
    ),
    asked=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5, 5)), unique=True),
)
def test_each_decision_is_answered_by_itself(
    told: list[tuple[str, int, str]], asked: list[tuple[str, int]]
) -> None:
    ripe = [(i, START + timedelta(days=day)) for i, day in asked]
    found = responses(ripe, events(*((i, float(day), kind, "in") for i, day, kind in told)))
    assert [(i, at) for i, at, _ in found] == ripe
    for (who, decided), (_, _, did) in zip(asked, found, strict=True):
        slow = any(i == who and 0 < day - decided <= 90 and k != "open" for i, day, k in told)
        assert did is slow


SCORE: dict[str, Any] = {
    "contact_id": "a",
    "plan": "email_sms_email",
    "channels": "email call",
    "traits": '{"input_bought":"Aid"}',
}


# What is kept of a score with a decision: nothing that is filled in later teaches who answers.
KEPT = {name: SCORE[name] for name in ("contact_id", "channels", "traits")}


def test_control_are_those_left_alone_who_have_a_score_and_are_not_watched_yet() -> None:
    held = ["a", "gone"]
    scores = {"a": SCORE, "b": {**SCORE, "contact_id": "b"}}
    told = {**KEPT, "arm": "control"}
    assert control_rows(held, scores, set()) == [told]
    assert control_rows(held, scores, {"a"}) == [], "who is watched already is not watched twice"


def test_who_is_started_is_watched_with_their_plan() -> None:
    told = {**KEPT, "arm": "email_sms_email"}
    assert started_rows([SCORE, {**SCORE, "contact_id": "b", "plan": None}]) == [told]


# The job.


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


def watch(mirrored: Mirrored, *people: str, arm: str = "control") -> None:
    rows = [{"contact_id": i, "arm": arm, "channels": "email sms"} for i in people]
    with mirrored.engine.begin() as tx:
        outcomes.open_cohorts(tx, ACCOUNT, rows, at=mirrored.clock.now())


def known(mirrored: Mirrored) -> dict[tuple[str, datetime], bool]:
    with reading(mirrored.engine) as connection:
        rows = outcomes.load_outcomes(connection, ACCOUNT)
    return {(r["contact_id"], r["decided_at"]): r["responded"] for r in rows}


def test_s21_outcomes_are_known_after_90_days_and_then_for_good(mirrored: Mirrored) -> None:
    mirrored.know("a", "b", "c")
    watch(mirrored, "a", "b")
    watch(mirrored, "a")  # told twice
    mirrored.later(10)
    mirrored.happen(("a", 0, "form"))
    watch(mirrored, "c", arm="email")
    mirrored.later(79)
    assert mirrored.run(record_outcomes) == []
    mirrored.later(1)
    assert mirrored.run(record_outcomes) == [OutcomesMatured(ACCOUNT)]
    assert known(mirrored) == {("a", START): True, ("b", START): False}
    mirrored.happen(("b", 1, "form"))  # read late: what was said stays said
    assert mirrored.run(record_outcomes) == []
    assert known(mirrored) == {("a", START): True, ("b", START): False}
    watch(mirrored, "a")  # a further decision is a further row
    mirrored.later(90)
    mirrored.run(record_outcomes)
    assert len(known(mirrored)) == 4


# The whole way, against the pretend CRM.


def cohort_rows(rekindle: Rekindle) -> list[dict[str, Any]]:
    with reading(rekindle.context.engine) as connection:
        query = sa.select(cohorts).where(cohorts.c.account_id == rekindle.account_id)
        return [dict(row) for row in connection.execute(query).mappings()]


def test_s9_s21_from_the_start_of_a_wave_to_a_model_that_has_learnt_from_it(
    rekindle: Rekindle,
) -> None:
    rekindle.ready()
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/plans/{standing.plan_id}/approve")
    rekindle.drain()
    standing = load_standing(rekindle.context, rekindle.account_id)
    rekindle.press("/admin/plan", f"/waves/{standing.wave_id}/approve")
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        decided = decision_store.count_decisions(connection, rekindle.account_id)
        started = store.count_enrollments(connection, rekindle.account_id)[EnrollmentState.STARTED]
    held = sum(count for status, _, _, count in decided if status == "held_out")
    arms = [row["arm"] for row in cohort_rows(rekindle)]
    assert arms.count("control") == held > 0
    assert len(arms) - held == started > 0
    assert {arm for arm in arms if arm != "control"} <= set(PLANS)
    assert all({*row["channels"].split()} & {"email", "sms"} for row in cohort_rows(rekindle))
    rekindle.lab.control("advance", {"days": 91})
    for _ in range(2):
        rekindle.queue.run(rekindle.context, "workflows.jobs.record_outcomes", rekindle.account_id)
    assert "scoring.jobs.learn_account" in rekindle.queue.ran
    rows = cohort_rows(rekindle)
    assert all(row["responded"] is not None for row in rows if row["matured_at"])
    assert sum(row["matured_at"] is not None for row in rows) == len(arms)
    found = assemble(load(rekindle.context, rekindle.account_id), days=90)
    # By assignment: whom the gate refused at the start is in the arm that they were drawn for.
    assert found.assigned.left_alone == held
    assert found.assigned.started >= started
    at90 = found.horizons[90]
    assert (at90.started.people, at90.left_alone.people) == (found.assigned.started, held)
    assert at90.lifts["responded"].difference is not None
