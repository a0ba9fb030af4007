"""A sandbox served over real HTTP, put back to its usual limits for every test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.config import Limits, SandboxConfig
from sandbox.server import server

HARBOR, BAYSIDE = 48210011, 48210377
# Limits that tests do not meet by accident, and an index without lag.
EASY = Limits(
    requests=10_000,
    searches_per_second=10_000,
    search_lag_min_seconds=0,
    search_lag_max_seconds=0,
    webhook_duplicate_rate=0,
    webhook_reorder_rate=0,
    webhook_pause_seconds=0.05,
    webhook_linger_seconds=0.02,
)


@dataclass
class Lab:
    """One running sandbox and how to talk to it."""

    url: str
    http: httpx.Client
    portal: int = HARBOR

    def control(self, path: str, payload: object = None, method: str | None = None) -> Any:
        """A control request that must succeed."""
        verb = method or ("GET" if payload is None else "POST")
        reply = self.http.request(verb, f"/control/{path}", json=payload)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def token(self, scopes: list[str] | None = None, portal: int | None = None) -> str:
        """An access token as if the app had been installed."""
        wanted: dict[str, object] = {"portal": portal or self.portal}
        if scopes is not None:
            wanted["scopes"] = scopes
        return str(self.control("token", wanted)["access_token"])

    def api(
        self, method: str, path: str, payload: object = None, *, token: str | None = None
    ) -> httpx.Response:
        """An API request with a fresh token."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.http.request(method, path, json=payload, headers=headers)

    def contact(self, **values: str | None) -> str:
        """A contact that staff made by hand."""
        return str(self.control(f"records/{self.portal}/contacts", values)["id"])

    def stored(self, record_id: str, kind: str = "contacts") -> dict[str, str]:
        """The values a record really has."""
        found = self.control(f"records/{self.portal}/{kind}/{record_id}")
        return dict(found["properties"])


@contextmanager
def serving(config: SandboxConfig) -> Iterator[Lab]:
    """Serve a sandbox in a thread until the block ends."""
    running = server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive(), "the server stopped while it started"
        time.sleep(0.01)
    with httpx.Client(base_url=running.url(), timeout=30) as http:
        yield Lab(running.url(), http)
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def shared_lab() -> Iterator[Lab]:
    config = SandboxConfig(contacts=150, limits=EASY)
    with serving(config) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The shared sandbox with usual limits, no faults, no rules and nothing counted."""
    usual = asdict(EASY)
    shared_lab.control("limits", usual)
    shared_lab.control("counters", method="DELETE")
    yield shared_lab
    shared_lab.control("faults", method="DELETE")
    shared_lab.control("rules", {"portal": HARBOR})
    shared_lab.control("limits", usual)


@pytest.fixture
def empty_lab() -> Iterator[Lab]:
    """A sandbox of its own, without people."""
    with serving(SandboxConfig(contacts=0, limits=EASY)) as lab:
        yield lab


def eventually(check: Callable[[], bool], what: str) -> None:
    """Wait until the check holds; background delivery needs a moment."""
    for _ in range(1_000):
        if check():
            return
        time.sleep(0.01)
    raise AssertionError(f"did not come: {what}")
