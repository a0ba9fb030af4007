"""The accounts' time in a demonstration: a sandbox's virtual clock, read from its address."""

import weakref
from datetime import datetime
from functools import cached_property

import httpx2

from connector.tls import trusted


class HttpClock:
    """The virtual time of a sandbox, asked for anew each time; for demonstrations and simulations only."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> httpx2.Client:
        client = httpx2.Client(verify=trusted(), timeout=10)
        weakref.finalize(self, client.close)
        return client

    def now(self) -> datetime:
        answer = self._client.get(self._url)
        answer.raise_for_status()
        return datetime.fromisoformat(answer.json()["now"])
