"""What both arms did by 7, 30, 60 and 90 days after their assignment, told once and for good (S21, N8)."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.db import reading
from scoring.features.input_frames import EVENT_COLUMNS
from sync.mirror.reactions import load_reactions
from sync.mirror.tables import activities, contacts
from tests.scoring.mirrored import ACCOUNT, START, Mirrored
from workflows import jobs
from workflows.decisions import draws
from workflows.decisions.holdout import Batch, Candidate
from workflows.results import store
from workflows.results.measuring import HORIZONS, TRUTHS, Watched, measure

pytestmark = pytest.mark.integration

Told = tuple[str, float, str, str | None, str | None, float | None]


def events(*told: Told) -> pl.DataFrame:
    """(contact, days after START, kind, direction, outcome, amount)."""
    rows = [
        dict(
            zip(
                ("contact_id", "occurred_at", "kind", "direction", "outcome", "amount"),
                (i, START + timedelta(days=days), *rest),
                strict=True,
            )
        )
        for i, days, *rest in told
    ]
    return pl.DataFrame(rows, schema=EVENT_COLUMNS)


def watched(contact_id: str = "a", days: int = 30, channels: str = "email sms") -> Watched:
    return Watched(contact_id, "p", START, days, channels)


def told_of(
    *happened: Told, meetings: tuple[tuple[str, float, str | None], ...] = (), **refusals: bool
) -> set[str]:
    """What is true of somebody who is watched for 30 days."""
    met = [(i, START + timedelta(days=days), outcome) for i, days, outcome in meetings]
    (row,) = measure([watched()], events(*happened), met, {"a": refusals})
    return {name for name in TRUTHS if row[name]}


@pytest.mark.parametrize(
    ("kind", "direction", "outcome", "true"),
    [
        ("email", "in", None, {"responded", "answered"}),
        ("sms", "in", "positive", {"responded", "answered", "positive"}),
        ("email", "in", "negative", {"responded", "answered", "negative"}),
        ("email", "in", "unclear", {"responded", "answered"}),
        ("call", "in", None, {"responded", "answered"}),
        ("call", "out", "completed", {"responded", "answered"}),
        ("form", "in", None, {"responded", "answered"}),
        ("click", "in", None, {"responded"}),
        ("click", "in", "machine", set()),
        ("visit", "in", None, {"responded"}),
        ("open", "in", None, set()),
        ("purchase", None, None, {"responded", "sold"}),
        ("meeting", None, "completed", {"responded", "showed"}),
        ("meeting", None, "no_show", set()),
        ("sms", "in", "opted_out", {"opted_out"}),
        ("email", "in", "left_alone", {"opted_out"}),
        ("email", "in", "harassment", {"opted_out", "complained"}),
        ("email", "in", "deceased", {"opted_out"}),
        ("sms", "in", "opted_in", {"responded", "answered"}),
        # What the business does is nobody's answer; a person of it who writes spoils a control.
        ("email", "out", None, {"staff_wrote"}),
        ("email", "out", "automated", set()),
        ("note", None, None, set()),
    ],
)
def test_s21_what_each_event_says(
    kind: str, direction: str | None, outcome: str | None, true: set[str]
) -> None:
    assert told_of(("a", 5, kind, direction, outcome, None)) == true
    assert told_of(("a", -1, kind, direction, outcome, None)) == set(), "before the assignment"
    assert told_of(("a", 31, kind, direction, outcome, None)) == set(), "after the days"
    assert told_of(("b", 5, kind, direction, outcome, None)) == set(), "somebody else"


def test_s21_a_meeting_to_come_is_booked_and_one_that_was_called_off_is_not() -> None:
    assert told_of(meetings=(("a", 40, None),)) == {"booked"}
    assert told_of(meetings=(("a", 40, "cancelled"),)) == set()
    assert told_of(meetings=(("a", 4, "no_show"),)) == {"booked"}
    assert told_of(meetings=(("b", 4, None),)) == set()


@pytest.mark.parametrize(
    ("channels", "refusal", "harm"),
    [
        ("email sms", "email_opt_out", True),
        ("sms", "email_opt_out", False),
        ("email", "sms_opt_out", False),
        ("email sms", "sms_opt_out", True),
        ("email", "do_not_contact", True),
        ("", "do_not_contact", False),
    ],
)
def test_s21_a_channel_that_was_open_and_is_closed_now_is_an_opt_out(
    channels: str, refusal: str, *, harm: bool
) -> None:
    (row,) = measure([watched(channels=channels)], events(), [], {"a": {refusal: True}})
    assert row["opted_out"] is harm


def test_s21_money_is_added_up_within_the_days() -> None:
    bought = events(
        ("a", 1, "purchase", None, None, 100.10),
        ("a", 20, "purchase", None, None, 0.25),
        ("a", 20, "purchase", None, None, None),
        ("a", 40, "purchase", None, None, 999.0),
    )
    asked = [watched(days=days) for days in (7, 30, 60)]
    found = measure(asked, bought, [], {})
    assert [row["revenue_minor"] for row in found] == [10_010, 10_035, 109_935]
    assert {row["responded_at"] for row in found} == {START + timedelta(days=1)}


@settings(max_examples=30)
@given(
    happened=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(-5, 100), st.sampled_from(["form", "open"])),
        max_size=10,
    )
)
def test_n8_what_was_done_by_a_day_was_done_by_every_later_one(
    happened: list[tuple[str, int, str]],
) -> None:
    frame = events(*((i, float(day), kind, "in", None, None) for i, day, kind in happened))
    asked = [watched(i, days) for i in "ab" for days in HORIZONS]
    for row, w in zip(measure(asked, frame, [], {}), asked, strict=True):
        due = any(i == w.contact_id and 0 < d <= w.days and k == "form" for i, d, k in happened)
        assert row["responded"] is due


# The job.


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


def candidate(contact_id: str) -> Candidate:
    return Candidate(
        *(contact_id, "p", "lead", "180_364", "A", "other", 0.1, 0.2, 0.3), channels="email sms"
    )


def assign(mirrored: Mirrored, started: str, controls: str) -> None:
    """People by a letter each, in one batch that is let go ahead now."""
    batch = Batch(tuple(map(candidate, started)), tuple(map(candidate, controls)))
    with mirrored.engine.begin() as tx:
        # Nobody is drawn before it is settled which share is left alone.
        draws.set_share(tx, ACCOUNT, "p", 0.2, now=SystemClock().now())
        draws.record_batch(tx, ACCOUNT, batch, wave_id="w", now=SystemClock().now())
        draws.assign_batch(tx, ACCOUNT, "w", at=mirrored.clock.now())


def known(mirrored: Mirrored) -> dict[tuple[str, int], dict[str, Any]]:
    with reading(mirrored.engine) as connection:
        rows = store.load_outcomes(connection, ACCOUNT)
    return {(row["contact_id"], row["days"]): row for row in rows}


def due(mirrored: Mirrored) -> list[str]:
    with reading(mirrored.engine) as connection:
        return draws.load_accounts_to_measure(connection, at=mirrored.clock.now())


def test_s21_n8_outcomes_are_told_at_7_30_60_and_90_days_and_then_stay(mirrored: Mirrored) -> None:
    mirrored.know("a", "b", "c")
    assign(mirrored, "ab", "c")
    mirrored.later(5)
    mirrored.happen(("a", 1, "email"))
    mirrored.later(1)
    assert due(mirrored) == []
    mirrored.run(jobs.record_outcomes)
    assert known(mirrored) == {}
    mirrored.later(1)
    assert due(mirrored) == [ACCOUNT]
    mirrored.run(jobs.record_outcomes)
    mirrored.run(jobs.record_outcomes)
    first = known(mirrored)
    assert {who: row["answered"] for who, row in first.items()} == {
        ("a", 7): True,
        ("b", 7): False,
        ("c", 7): False,
    }
    assert due(mirrored) == []
    mirrored.later(40)
    mirrored.happen(("c", 1, "purchase"), ("b", 38, "form"))  # the form is read late
    mirrored.later(43)
    mirrored.run(jobs.record_outcomes)  # nobody asked for a while: all that is due at once
    rows = known(mirrored)
    assert {who: row for who, row in rows.items() if who[1] == 7} == first, "what is known stays"
    assert {(i, days) for i, days in rows} == {(i, days) for i in "abc" for days in HORIZONS}
    assert [rows["c", days]["sold"] for days in HORIZONS] == [False, False, True, True]
    assert rows["c", 60]["revenue_minor"] == 20_000
    assert [rows["b", days]["answered"] for days in HORIZONS] == [False, True, True, True]
    assert due(mirrored) == []


def test_s21_bookings_and_opt_outs_come_from_the_mirror(mirrored: Mirrored) -> None:
    mirrored.know("a", "b", "c")
    assign(mirrored, "ab", "c")
    mirrored.later(7)
    mirrored.happen(("a", -10, "meeting"))
    with mirrored.engine.begin() as tx:
        gone = sa.update(contacts).where(contacts.c.contact_id == "b")
        tx.execute(gone.values(email_opt_out=True))
        tx.execute(sa.update(activities).values(direction=None))
    mirrored.run(jobs.record_outcomes)
    rows = known(mirrored)
    assert [i for i in "abc" if rows[i, 7]["booked"]] == ["a"]
    assert [i for i in "abc" if rows[i, 7]["showed"]] == [], "it has not taken place"
    assert [i for i in "abc" if rows[i, 7]["opted_out"]] == ["b"]


def test_s18_s21_a_meeting_that_was_called_off_is_booked_by_nobody(mirrored: Mirrored) -> None:
    """Neither do results count it, nor does it end a round."""
    mirrored.know("a", "b", "c")
    assign(mirrored, "ab", "c")
    mirrored.happen(("a", -3, "meeting"), outcome="cancelled")
    mirrored.happen(("b", -3, "meeting"), outcome="scheduled")
    mirrored.later(7)
    mirrored.run(jobs.record_outcomes)
    assert [i for i in "abc" if known(mirrored)[i, 7]["booked"]] == ["b"]
    with reading(mirrored.engine) as connection:
        since = dict.fromkeys("abc", START)
        found = load_reactions(connection, ACCOUNT, since, at=mirrored.clock.now())
    assert [i for i, reaction in found.items() if reaction.ends] == ["b"]


def test_s21_outcomes_follow_a_merge_and_an_erasure(mirrored: Mirrored) -> None:
    mirrored.know("a", "b", "c")
    assign(mirrored, "ab", "c")
    mirrored.happen(("a", -2, "purchase"), ("b", -1, "form"))
    mirrored.later(7)
    mirrored.run(jobs.record_outcomes)
    with mirrored.engine.begin() as tx:
        store.follow_merge(tx, ACCOUNT, ["a"], "b")
    (one,) = [row for row in known(mirrored).values() if row["contact_id"] == "b"]
    assert (one["sold"], one["answered"], one["revenue_minor"]) == (True, True, 20_000)
    assert one["responded_at"] == START + timedelta(days=1)
    mirrored.run(lambda account_id: jobs.erase_people(account_id, "b"))
    assert {i for i, _ in known(mirrored)} == {"c"}


def test_s21_who_was_in_both_arms_before_a_merge_is_in_neither(mirrored: Mirrored) -> None:
    mirrored.know("a", "b", "c", "d")
    assign(mirrored, "ab", "cd")
    with mirrored.engine.begin() as tx:
        draws.follow_merge(tx, ACCOUNT, ["a"], "c")
        draws.follow_merge(tx, ACCOUNT, ["b"], "x")
        drawn = draws.load_draws(tx, ACCOUNT, ["c", "x"])
        arms = {row["contact_id"]: row["held_out"] for row in draws.load_assignments(tx, ACCOUNT)}
    assert drawn == {("c", "p"): True, ("x", "p"): False}, "nobody who was left alone is started"
    assert arms == {"d": True, "x": False}


def test_assigned_people_are_told_of_by_the_clockwork_alone(mirrored: Mirrored) -> None:
    """Who waits for an approval is not watched yet."""
    batch = Batch((candidate("a"),), (candidate("b"),))
    with mirrored.engine.begin() as tx:
        draws.record_batch(tx, ACCOUNT, batch, wave_id="w", now=SystemClock().now())
    mirrored.later(30)
    assert due(mirrored) == []
    with mirrored.engine.begin() as tx:
        assert draws.assign_batch(tx, ACCOUNT, "w", at=mirrored.clock.now()) == ["b"]
        assert draws.assign_batch(tx, ACCOUNT, "w", at=mirrored.clock.now()) == [], "once"
