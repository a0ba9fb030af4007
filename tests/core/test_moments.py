"""Moments as whole milliseconds and back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import FixedClock
from core.moments import EPOCH, from_millis, to_millis


@given(millis=st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_milliseconds_survive_the_way_there_and_back(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


@given(at=st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_at_most_a_millisecond_earlier(at: datetime) -> None:
    assert timedelta(0) <= at - from_millis(to_millis(at)) < timedelta(milliseconds=1)


def test_zones_are_only_spellings_of_the_same_moment() -> None:
    there = datetime(2026, 3, 29, 14, tzinfo=timezone(timedelta(hours=14)))
    assert from_millis(to_millis(there)) == there
    assert from_millis(0) == EPOCH


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_millis(datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(EPOCH)
    assert clock.now() == clock.now() == EPOCH
    clock.advance(timedelta(days=1))
    assert clock.now() == EPOCH + timedelta(days=1)
