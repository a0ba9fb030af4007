"""When a touch may reach a person (D4): windows in their own local time, on every day of the year."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.local_time import US_ZONES, QuietHours, Window, next_open
from contact_rules.us_states import STATE_ZONES
from core.moments import from_millis

HOURS = QuietHours()
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
MOMENTS = st.integers(1_700_000_000_000, 4_100_000_000_000).map(from_millis)


def local(zone: str, *at: int) -> datetime:
    return datetime(*at, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type,misc]


def is_decent(moment: datetime, zone: str, state: str | None = None) -> bool:
    there = moment.astimezone(ZoneInfo(zone))
    opens, closes = (12, 20) if there.weekday() == 6 else (9, 20)
    if state == "KY":
        opens = max(opens, 10)
    if state == "RI":
        opens, closes = [(9, 18), (10, 17), (12, 17)][max(0, there.weekday() - 4)]
    return time(opens) <= there.time() < time(closes)


@given(at=MOMENTS, zone=ZONES, state=st.sampled_from([None, "KY", "RI", "NY"]))
def test_the_next_open_moment_is_decent_not_past_and_the_first_d4(
    at: datetime, zone: str, state: str | None
) -> None:
    opens = next_open(at, [zone], hours=HOURS, state=state)
    assert opens >= at
    assert opens.tzinfo is UTC
    assert is_decent(opens, zone, state)
    # The first: nothing decent in between, looked at every quarter of an hour.
    steps = int((opens - at) / timedelta(minutes=15))
    assert not any(is_decent(at + timedelta(minutes=15 * i), zone, state) for i in range(steps))
    assert next_open(opens, [zone], hours=HOURS, state=state) == opens


@given(at=MOMENTS, zones=st.lists(st.sampled_from(US_ZONES), min_size=1, unique=True))
def test_several_zones_leave_what_is_decent_in_all_d4(at: datetime, zones: list[str]) -> None:
    opens = next_open(at, zones, hours=HOURS)
    assert all(is_decent(opens, zone) for zone in zones)
    assert next_open(at, list(reversed(zones)), hours=HOURS) == opens


@given(at=MOMENTS, state=st.sampled_from(sorted(STATE_ZONES)))
def test_no_state_is_wider_than_the_default_d4(at: datetime, state: str) -> None:
    opens = next_open(at, STATE_ZONES[state], hours=HOURS, state=state)
    assert all(is_decent(opens, zone) for zone in STATE_ZONES[state])


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        # America/New_York: the clocks go forward on Sunday 8 March and back on Sunday 1 November 2026.
        (("America/New_York", 2026, 3, 7, 21), ("America/New_York", 2026, 3, 8, 12)),
        (("America/New_York", 2026, 3, 8, 1, 59), ("America/New_York", 2026, 3, 8, 12)),
        (("America/New_York", 2026, 3, 8, 19, 59), ("America/New_York", 2026, 3, 8, 19, 59)),
        (("America/New_York", 2026, 3, 8, 20), ("America/New_York", 2026, 3, 9, 9)),
        (("America/New_York", 2026, 11, 1, 1, 30), ("America/New_York", 2026, 11, 1, 12)),
        (("America/New_York", 2026, 10, 31, 20), ("America/New_York", 2026, 11, 1, 12)),
        # Europe/Berlin: Sunday 29 March and Sunday 25 October 2026.
        (("Europe/Berlin", 2026, 3, 28, 20), ("Europe/Berlin", 2026, 3, 29, 12)),
        (("Europe/Berlin", 2026, 3, 29, 3, 30), ("Europe/Berlin", 2026, 3, 29, 12)),
        (("Europe/Berlin", 2026, 10, 25, 2, 30), ("Europe/Berlin", 2026, 10, 25, 12)),
        (("Europe/Berlin", 2026, 10, 24, 23), ("Europe/Berlin", 2026, 10, 25, 12)),
        # Ordinary days, at the edges.
        (("Europe/Berlin", 2026, 5, 4, 8, 59, 59), ("Europe/Berlin", 2026, 5, 4, 9)),
        (("Europe/Berlin", 2026, 5, 4, 9), ("Europe/Berlin", 2026, 5, 4, 9)),
        (("Europe/Berlin", 2026, 5, 2, 19, 59, 59), ("Europe/Berlin", 2026, 5, 2, 19, 59, 59)),
        (("Europe/Berlin", 2026, 5, 3, 9), ("Europe/Berlin", 2026, 5, 3, 12)),
        (("Europe/Berlin", 2026, 5, 3, 20), ("Europe/Berlin", 2026, 5, 4, 9)),
    ],
)
def test_days_of_2026_when_the_clocks_change_d4(
    asked: tuple[str, int, int, int, int], opens: tuple[str, int, int, int, int]
) -> None:
    at = local(*asked).astimezone(UTC)
    assert next_open(at, [asked[0]], hours=HOURS) == local(*opens)


@pytest.mark.parametrize(
    ("state", "day", "opens", "closes"),
    [
        ("KY", 2, (10, 0), (20, 0)),
        ("KY", 7, (10, 0), (20, 0)),
        ("KY", 8, (12, 0), (20, 0)),
        ("RI", 6, (9, 0), (18, 0)),  # a Friday
        ("RI", 7, (10, 0), (17, 0)),  # the weekend is tighter
        ("RI", 8, (12, 0), (17, 0)),
    ],
)
def test_states_with_tighter_hours_d4(
    state: str, day: int, opens: tuple[int, int], closes: tuple[int, int]
) -> None:
    zone = "America/New_York"
    first = next_open(local(zone, 2026, 2, day, 0), [zone], hours=HOURS, state=state)
    assert first == local(zone, 2026, 2, day, *opens)
    last = local(zone, 2026, 2, day, *closes) - timedelta(seconds=1)
    assert next_open(last, [zone], hours=HOURS, state=state) == last
    after = next_open(local(zone, 2026, 2, day, *closes), [zone], hours=HOURS, state=state)
    assert after.astimezone(ZoneInfo(zone)).day == day + 1


def test_zones_without_a_common_hour_are_refused_d4() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="no hour in common"):
        next_open(at, ["America/Los_Angeles", "Asia/Kolkata"], hours=HOURS)


def test_hours_that_never_open_are_refused_d4() -> None:
    shut = QuietHours(weekday=Window(time(9), time(9)), sunday=Window(time(12), time(12)))
    with pytest.raises(ValueError, match="hour"):
        next_open(datetime(2026, 7, 1, tzinfo=UTC), ["UTC"], hours=shut)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        next_open(datetime(2026, 7, 1), ["UTC"], hours=HOURS)  # noqa: DTZ001  that is the point
