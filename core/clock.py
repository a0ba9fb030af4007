"""The only place that knows what time it is; everything else is told."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests that moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


def pause(seconds: float) -> None:
    """Wait in real time; jobs take it as an argument so that tests need not."""
    time.sleep(seconds)


def stopwatch() -> Callable[[], float]:
    """Start measuring; each call of the answer gives the seconds since."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start
