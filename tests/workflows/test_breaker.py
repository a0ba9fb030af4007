"""When a programme stops by itself: from so many sends on, where chance does not explain the harm (D6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.stops.breaker import LIMITS, Harm, Sent, find_trips, is_too_much, wilson_low

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def sends(
    count: int, harmed: int, harm: Harm, *, programme: str = "p", days: float = 0.1
) -> list[Sent]:
    at = NOW - timedelta(days=days)
    return [
        Sent(programme, "email", at, frozenset({harm} if i < harmed else ())) for i in range(count)
    ]


@given(sends=st.integers(1, 5_000), share=st.floats(0, 0.2))
def test_the_lower_end_is_wilsons(sends: int, share: float) -> None:
    harmed = int(sends * share)
    from scipy.stats import binomtest  # noqa: PLC0415  a second to load

    low = binomtest(harmed, sends).proportion_ci(method="wilson").low
    assert wilson_low(harmed, sends) == pytest.approx(float(low), abs=1e-9)


@pytest.mark.parametrize("harm", list(Harm))
def test_d6_fewer_than_200_sends_never_stop_a_programme(harm: Harm) -> None:
    assert not is_too_much(harm, 199, 199)
    assert is_too_much(harm, 200, 200)


@pytest.mark.parametrize(
    ("harm", "count", "fine", "too_much"),
    [
        (Harm.OPT_OUT, 500, 7, 8),
        (Harm.OPT_OUT, 5_000, 51, 53),
        (Harm.ERROR, 500, 28, 29),
        (Harm.COMPLAINT, 200, 0, 1),
        (Harm.COMPLAINT, 5_000, 7, 10),
    ],
)
def test_d6_a_share_beyond_its_limit_stops_even_where_chance_is_allowed_for(
    harm: Harm, count: int, fine: int, too_much: int
) -> None:
    assert find_trips(sends(count, fine, harm), at=NOW, counted_from={}) == []
    (trip,) = find_trips(sends(count, too_much, harm), at=NOW, counted_from={})
    assert (trip.harm, trip.sends, trip.harmed, trip.days) == (harm, count, too_much, 1)
    assert f"{too_much} " in trip.says
    assert f"{LIMITS[harm]:.2%}" in trip.says


def test_d6_each_programme_and_channel_is_judged_by_itself() -> None:
    bad = sends(300, 30, Harm.OPT_OUT, programme="bad")
    good = sends(3_000, 3, Harm.OPT_OUT, programme="good")
    assert [trip.programme for trip in find_trips([*bad, *good], at=NOW, counted_from={})] == [
        "bad"
    ]
    few_of_each = [
        Sent("p", channel, NOW, one.harms)
        for channel in ("email", "sms")
        for one in sends(150, 150, Harm.ERROR)
    ]
    assert find_trips(few_of_each, at=NOW, counted_from={}) == []


def test_d6_seven_days_count_as_well_as_one() -> None:
    slow = [one for day in range(6) for one in sends(50, 2, Harm.OPT_OUT, days=day + 0.5)]
    (trip,) = find_trips(slow, at=NOW, counted_from={})
    assert (trip.days, trip.sends, trip.harmed) == (7, 300, 12)
    long_ago = sends(300, 30, Harm.OPT_OUT, days=8)
    assert find_trips(long_ago, at=NOW, counted_from={}) == []


def test_d6_what_a_person_has_seen_and_let_go_on_counts_no_more() -> None:
    seen = sends(300, 30, Harm.OPT_OUT, days=2)
    since = {"p": NOW - timedelta(days=1)}
    assert find_trips(seen, at=NOW, counted_from=since) == []
    again = [*seen, *sends(300, 30, Harm.OPT_OUT)]
    (trip,) = find_trips(again, at=NOW, counted_from=since)
    assert trip.sends == 300
