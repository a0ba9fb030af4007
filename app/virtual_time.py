"""The accounts' time in a demonstration: a sandbox's virtual clock, read from its address."""

import time
from datetime import datetime

import httpx2


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
