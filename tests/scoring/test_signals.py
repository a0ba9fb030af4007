"""S10: signals begin, last and end by date; the weightiest stands, and a coming back is A at once."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.canon import UTC_MS
from scoring.features import Days
from scoring.models.renewal import Cycle
from scoring.score import ScoreSettings
from scoring.signals import SIGNALS, find_signals, still_lasts
from tests.scoring.people import NOW, Row, contact, event, row, score

MIDNIGHT = NOW.replace(hour=0)
CYCLE = Cycle(300, 365, 500)


def signal_of(
    *events: Row, later: float = 0.0, cycle: Cycle | None = None, **fields: Any
) -> tuple[str | None, float | None, float | None]:
    """The signal of one contact so many days later, and in how many days from NOW's it began and ends."""
    at = NOW + timedelta(days=later)
    found = row(score([contact("a", **fields)], events, as_of=at, settings=ScoreSettings(cycle=cycle)))
    days = (
        None if found[name] is None else (found[name] - MIDNIGHT) / timedelta(days=1)
        for name in ("signal_at", "signal_until")
    )
    began, ends = days
    return found["signal"], began, ends


VISIT = event("a", 2, "visit")


@pytest.mark.parametrize(
    ("before", "signal"), [(91, None), (92, "came_back"), (400, "came_back"), (20, None)]
)
def test_back_after_90_days_of_silence_s10(before: float, signal: str | None) -> None:
    assert signal_of(event("a", before), VISIT)[0] == signal


def test_a_coming_back_lasts_a_week_s10() -> None:
    story = [event("a", 400), VISIT]
    assert signal_of(*story) == ("came_back", -2, 5)
    assert signal_of(*story, later=4.49)[0] == "came_back"
    assert signal_of(*story, later=4.5)[0] is None


def test_who_visits_again_after_coming_back_is_back_no_longer_than_a_week_s10() -> None:
    story = [event("a", 400), event("a", 6, "visit"), event("a", 1, "visit")]
    assert signal_of(*story) == ("came_back", -6, 1)
    assert signal_of(*story, later=1)[0] is None


def test_the_first_sign_of_life_of_somebody_long_known_is_a_coming_back_s10() -> None:
    assert signal_of(VISIT)[0] == "came_back"
    assert signal_of(VISIT, created_at=NOW - timedelta(days=50))[0] is None
    assert signal_of(VISIT, created_at=None)[0] is None


@pytest.mark.parametrize("kind", [{"kind": "open"}, {"kind": "email", "direction": "out"}])
def test_opens_and_our_own_sends_bring_nobody_back_s10_s1(kind: dict[str, Any]) -> None:
    assert signal_of(event("a", 400), event("a", 2) | kind)[0] is None


@pytest.mark.parametrize(
    ("ago", "signal"), [(299, None), (300, "due"), (365, "due"), (499, "due"), (500, None)]
)
def test_due_from_the_earliest_day_of_the_cycle_to_its_last_s10_s25_n12(
    ago: float, signal: str | None
) -> None:
    bought = event("a", ago, "purchase")
    assert signal_of(bought, cycle=CYCLE)[0] in ({signal} if signal else {None, "season"})
    if signal:
        assert signal_of(bought, cycle=CYCLE) == ("due", 300 - ago, 500 - ago)


def test_the_last_purchase_decides_who_is_due_s10() -> None:
    bought = [event("a", 400, "purchase"), event("a", 120, "purchase")]
    assert signal_of(*bought, cycle=CYCLE)[0] != "due"
    assert signal_of(event("a", 400), cycle=CYCLE)[0] is None


@pytest.mark.parametrize(
    ("ago", "signal"),
    [(100, None), (274, None), (275, "renewal"), (364, "renewal"), (365, None), (366, None),
     (639, None), (640, "renewal"), (729, "renewal")],
)  # fmt: skip
def test_lost_to_a_competitor_whose_yearly_contract_ends_soon_s10_s7(
    ago: float, signal: str | None
) -> None:
    lost = {"reason": "Went with another provider", "reason_at": NOW - timedelta(days=ago)}
    found = signal_of(event("a", 800), **lost)
    assert found[0] == signal
    if signal:
        assert found[2] == 365 - ago % 365
    other = {"reason": "Too expensive", "reason_at": NOW - timedelta(days=ago)}
    assert signal_of(event("a", 800), **other)[0] is None


@pytest.mark.parametrize(
    ("ago", "signal"),
    [(20, None), (334, None), (336, "season"), (365, "season"), (366, None), (390, None),
     (701, "season"), (730, "season")],
)  # fmt: skip
def test_bought_at_this_time_of_a_former_year_s10(ago: float, signal: str | None) -> None:
    assert signal_of(event("a", ago, "purchase"))[0] == signal


def test_the_weightiest_signal_stands_s10() -> None:
    bought = event("a", 350, "purchase")
    lost = {"reason": "Competitor", "reason_at": NOW - timedelta(days=300)}
    assert signal_of(bought)[0] == "season"
    assert signal_of(bought, **lost)[0] == "renewal"
    assert signal_of(bought, cycle=CYCLE, **lost)[0] == "due"
    assert signal_of(bought, VISIT, cycle=CYCLE, **lost)[0] == "came_back"


def test_who_came_back_is_a_at_once_and_says_for_how_long_they_were_away_s10_s9() -> None:
    crowd = [contact(str(i)) for i in range(60)]
    worth_more = [event(str(i), 100, "purchase", amount=900.0) for i in range(60)]
    scored = score([*crowd, contact("a")], [*worth_more, event("a", 400), VISIT])
    found = row(scored)
    assert (found["priority"], found["band"], found["signal_gap"]) == ("A", "active", 398)
    assert found["likelihood"] is not None
    assert found["explanation"].startswith("Back after a long silence: a visit 2 days ago.")
    assert scored.frame.filter(pl.col("signal").ne_missing("came_back"))["signal_gap"].null_count() == 61


def test_an_active_contact_that_was_not_away_has_no_priority_s10() -> None:
    found = row(score([contact("a")], [event("a", 20), VISIT]))
    assert (found["signal"], found["priority"]) == (None, None)


def test_who_came_back_but_cannot_be_reached_has_no_priority_s10() -> None:
    found = row(score([contact("a", has_email=False)], [event("a", 400), VISIT]))
    assert (found["signal"], found["priority"]) == ("came_back", None)


_day = st.integers(15_000, 16_500)  # since 1970
_cycle = st.sampled_from([None, CYCLE, Cycle(20, 30, 60)])


def signals_at(
    today: int, contacts: list[int], bought: list[int], lost: int | None, cycle: Cycle | None
) -> Row:
    """The signal of one contact on a day since 1970, out of such days."""
    at = today * timedelta(days=1) + MIDNIGHT.replace(year=1970, month=1, day=1)
    when = None if lost is None else at.replace(year=1970, month=1, day=1) + timedelta(days=lost)
    frame = pl.DataFrame(
        {"reason": ["competitor" if when else None], "reason_at": [when], "created_at": [None]},
        schema={"reason": pl.String, "reason_at": UTC_MS, "created_at": UTC_MS},
    )
    known = sorted({*contacts, *bought})
    days, purchases = (
        Days(np.zeros(len(part), dtype=np.int32), np.array(part, dtype=np.int32))
        for part in (known, sorted(set(bought)))
    )
    return find_signals(frame, days, purchases, as_of=at, cycle=cycle).row(0, named=True)


@settings(max_examples=60, deadline=None)
@given(
    contacts=st.lists(_day, max_size=4),
    bought=st.lists(_day, max_size=3),
    lost=st.none() | _day,
    cycle=_cycle,
    last=st.integers(0, 400),
)
def test_nothing_changes_by_date_before_the_day_that_was_foretold_s10_s20(
    contacts: list[int], bought: list[int], lost: int | None, cycle: Cycle | None, last: int
) -> None:
    everything = [*contacts, *bought, *([] if lost is None else [lost])]
    today = max(everything, default=15_000) + last
    now = signals_at(today, contacts, bought, lost, cycle)
    midnight = MIDNIGHT.replace(year=1970, month=1, day=1) + timedelta(days=today)
    turns = [now[name] for name in ("signal_until", "signal_next") if now[name] is not None]
    assert all(turn > midnight for turn in turns)
    assert now["signal"] is None or now["signal_at"] <= midnight
    first = min(((turn - midnight).days for turn in turns), default=420)
    for ahead in {1, first // 3, first // 2, first - 2, first - 1} - {0}:
        if 0 < ahead < first:
            later = signals_at(today + ahead, contacts, bought, lost, cycle)
            assert (later["signal"], later["signal_until"]) == (now["signal"], now["signal_until"])
    # On the day foretold something begins or ends.
    if turns:
        then = signals_at(today + first, contacts, bought, lost, cycle)
        masked = now["signal"] is not None and now["signal_until"] > midnight + timedelta(days=first)
        assert masked or (then["signal"], then["signal_at"]) != (now["signal"], now["signal_at"])


def test_a_signal_counts_until_its_last_moment() -> None:
    assert still_lasts(NOW + timedelta(seconds=1), NOW)
    assert not still_lasts(NOW, NOW)
    assert not still_lasts(None, NOW)


@settings(max_examples=40, deadline=None)
@given(
    people=st.lists(
        st.tuples(st.lists(_day, max_size=3), st.lists(_day, max_size=2), st.none() | _day),
        min_size=2,
        max_size=5,
    ),
    cycle=_cycle,
)
def test_several_people_have_the_signals_that_each_would_have_alone(
    people: list[tuple[list[int], list[int], int | None]], cycle: Cycle | None
) -> None:
    today = 16_501
    alone = [signals_at(today, *one, cycle) for one in people]
    epoch = MIDNIGHT.replace(year=1970, month=1, day=1)
    frame = pl.DataFrame(
        {
            "reason": [None if lost is None else "competitor" for *_, lost in people],
            "reason_at": [None if lost is None else epoch + timedelta(days=lost) for *_, lost in people],
            "created_at": [None] * len(people),
        },
        schema={"reason": pl.String, "reason_at": UTC_MS, "created_at": UTC_MS},
    )
    both = []
    for chosen in (lambda c, b: {*c, *b}, lambda _, b: {*b}):
        pairs = [(i, day) for i, (c, b, _) in enumerate(people) for day in sorted(chosen(c, b))]
        columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        both.append(Days(columns[:, 0], columns[:, 1]))
    at = epoch + timedelta(days=today)
    found = find_signals(frame, *both, as_of=at, cycle=cycle)
    assert list(found.iter_rows(named=True)) == alone
    assert set(found["signal"].drop_nulls()) <= set(SIGNALS)
