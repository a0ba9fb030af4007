"""The only place that knows what time it is; everything else is told."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx2


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


class HttpClock:
    """The virtual time of a sandbox, read from its address; for demonstrations and simulations only."""

    def __init__(self, url: str, *, keep: float = 0.5) -> None:
        self._url = url
        self._keep = keep
        self._read: tuple[float, datetime] | None = None

    def now(self) -> datetime:
        if self._read is None or time.monotonic() - self._read[0] > self._keep:
            answer = httpx2.get(self._url, timeout=10)
            answer.raise_for_status()
            self._read = (time.monotonic(), datetime.fromisoformat(answer.json()["now"]))
        return self._read[1]


def pause(seconds: float) -> None:
    """Wait in real time; jobs take it as an argument so that tests need not."""
    time.sleep(seconds)


def stopwatch() -> Callable[[], float]:
    """Start measuring; each call of the answer gives the seconds since."""
    start = time.perf_counter()
    return lambda: time.perf_counter() - start
