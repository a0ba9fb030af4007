"""S10: signals begin, last and end by date; the weightiest stands, and a coming back is A at once."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.history import Days
from scoring.features.input_frames import UTC_MS
from scoring.features.signal_columns import find_signals
from scoring.features.signals import SIGNALS, still_lasts
from scoring.models.cycle import Cycle
from scoring.score import ScoreSettings
from tests.scoring.people import NOW, Row, contact, event, row, score

pytestmark = pytest.mark.integration

MIDNIGHT = NOW.replace(hour=0)
CYCLE = Cycle(300, 365, 500)


def signal_of(
    *events: Row, later: float = 0.0, cycle: Cycle | None = None, **fields: Any
) -> tuple[str | None, float | None, float | None]:
    """The signal of one contact so many days later, and in how many days from NOW's it began and ends."""
    at = NOW + timedelta(days=later)
    found = row(
        score([contact("a", **fields)], events, as_of=at, settings=ScoreSettings(cycle=cycle))
    )
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
    lost: Row = {"reason": "Went with another provider", "reason_at": NOW - timedelta(days=ago)}
    found = signal_of(event("a", 800), **lost)
    assert found[0] == signal
    if signal:
        assert found[2] == 365 - ago % 365
    other: Row = {"reason": "Too expensive", "reason_at": NOW - timedelta(days=ago)}
    assert signal_of(event("a", 800), **other)[0] is None


@pytest.mark.parametrize(
    ("ahead", "signal"), [(-5, None), (1, "renewal"), (90, "renewal"), (91, None)]
)
def test_a_contract_or_warranty_of_theirs_ends_soon_s10(ahead: int, signal: str | None) -> None:
    ends: Row = {"ends_at": NOW + timedelta(days=ahead)}
    found = signal_of(event("a", 800), **ends)
    assert found[0] == signal
    if signal:
        assert found[2] == ahead
    lost: Row = {"reason": "Went with another provider", "reason_at": NOW - timedelta(days=300)}
    assert signal_of(event("a", 800), **lost, **ends)[0] == "renewal"


@pytest.mark.parametrize(
    ("ago", "signal"),
    [(20, None), (334, None), (336, "season"), (365, "season"), (366, None), (390, None),
     (701, "season"), (730, "season")],
)  # fmt: skip
def test_bought_at_this_time_of_a_former_year_s10(ago: float, signal: str | None) -> None:
    assert signal_of(event("a", ago, "purchase"))[0] == signal


def test_the_weightiest_signal_stands_s10() -> None:
    bought = event("a", 350, "purchase")
    lost: Row = {"reason": "Competitor", "reason_at": NOW - timedelta(days=300)}
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
    # No plan is meant for them, so nobody knows how many would answer one.
    assert (found["likelihood"], found["uplift"]) == (None, 0)
    assert found["explanation"].endswith("Get in touch today.")
    assert found["explanation"].startswith("Back after a long silence: a visit on Jun 28, 2026.")
    others = scored.frame.filter(pl.col("signal").ne_missing("came_back"))
    assert others["signal_gap"].to_list() == [None] * 60


def test_an_active_contact_that_was_not_away_has_no_priority_s10() -> None:
    found = row(score([contact("a")], [event("a", 20), VISIT]))
    assert (found["signal"], found["priority"]) == (None, None)


def test_who_came_back_but_cannot_be_reached_has_no_priority_s10() -> None:
    found = row(score([contact("a", has_email=False)], [event("a", 400), VISIT]))
    assert (found["signal"], found["priority"]) == ("came_back", None)


_day = st.integers(15_000, 16_500)  # since 1970
_cycle = st.sampled_from([None, CYCLE, Cycle(20, 30, 60)])


Story = tuple[
    list[int], list[int], int | None
]  # days of contact, with a purchase, lost to a competitor
_story = st.tuples(st.lists(_day, max_size=3), st.lists(_day, max_size=3), st.none() | _day)
_EPOCH = NOW.replace(year=1970, month=1, day=1, hour=0)


def signals_of(stories: list[Story], today: int, cycle: Cycle | None) -> list[tuple[Any, ...]]:
    """Signal, since, until and next of these people; all days are counted since 1970."""
    lost = [None if one is None else _EPOCH + timedelta(days=one) for *_, one in stories]
    frame = pl.DataFrame(
        {
            "reason": [one and "competitor" for one in lost],
            "reason_at": lost,
            "created_at": None,
            "ends_at": None,
        },
        schema={"reason": pl.String, "reason_at": UTC_MS, "created_at": UTC_MS, "ends_at": UTC_MS},
    )
    parts = []
    for chosen in ([{*c, *b} for c, b, _ in stories], [{*b} for _, b, _ in stories]):
        pairs = [(i, day) for i, days in enumerate(chosen) for day in sorted(days)]
        columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        parts.append(Days(columns[:, 0], columns[:, 1]))
    at = _EPOCH + timedelta(days=today, hours=7)
    found = find_signals(frame, *parts, as_of=at, cycle=cycle)
    dated = found.with_columns(pl.col("signal_at", "signal_until", "signal_next").dt.epoch("d"))
    return dated.select("signal", "signal_at", "signal_until", "signal_next").rows()


@settings(max_examples=100, deadline=None)
@given(story=_story, cycle=_cycle, last=st.integers(0, 400), at_once=st.booleans())
def test_by_date_alone_nothing_changes_before_the_day_that_was_foretold_s10_s20(
    story: Story, cycle: Cycle | None, last: int, *, at_once: bool
) -> None:
    contacts, bought, lost = story
    everything = [*contacts, *bought, *([] if lost is None else [lost])]
    today = max(everything, default=16_500) + (0 if at_once else last)
    # Who did everything a day earlier stands today where the other stands tomorrow.
    ahead = 500
    earlier: list[Story] = [
        ([c - i for c in contacts], [b - i for b in bought], None if lost is None else lost - i)
        for i in range(ahead)
    ]
    days = [
        (signal, *(None if day is None else day + i for day in (since, until)))
        for i, (signal, since, until, _) in enumerate(signals_of(earlier, today, cycle))
    ]
    signal, _, until, following = signals_of([story], today, cycle)[0]
    turns = [day for day in (until, following) if day is not None]
    assert min(turns, default=today + 1) > today
    foretold = min(turns, default=today + ahead) - today
    changed = next((i for i, day in enumerate(days) if day != days[0]), ahead)
    assert changed >= min(foretold, ahead)
    # The end of what stands is exact; what begins may be hidden behind something weightier.
    if signal is not None and until == today + foretold:
        assert changed == foretold


@pytest.mark.parametrize(
    ("story", "following"),
    [
        (([], [], 16_500), 16_500 + 275),
        (([], [], 16_500 - 365), 16_500 + 275),  # the day of an anniversary
        (([], [16_500], None), 16_500 + 336),  # bought today: in season again in eleven months
    ],
)
def test_what_begins_next_is_foretold_on_the_very_day_of_what_it_counts_from_s10_s20(
    story: Story, following: int
) -> None:
    assert signals_of([story], 16_500, None)[0][3] == following


def test_a_signal_counts_until_its_last_moment() -> None:
    assert still_lasts(NOW + timedelta(seconds=1), NOW)
    assert not still_lasts(NOW, NOW)
    assert not still_lasts(None, NOW)


@settings(max_examples=40, deadline=None)
@given(stories=st.lists(_story, min_size=2, max_size=5), cycle=_cycle)
def test_several_people_have_the_signals_that_each_would_have_alone(
    stories: list[Story], cycle: Cycle | None
) -> None:
    together = signals_of(stories, 16_501, cycle)
    assert together == [signals_of([story], 16_501, cycle)[0] for story in stories]
    assert {signal for signal, *_ in together} <= {None, *SIGNALS}
