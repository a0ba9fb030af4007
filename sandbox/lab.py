"""Serves a sandbox in a thread and talks to it: for tests that need a CRM behind real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from sandbox.config import SandboxConfig
from sandbox.hubspot.accounts import HARBOR
from sandbox.hubspot.config import HubSpotLimits, HubSpotOptions
from sandbox.server import server

Answer = dict[str, Any]


def easy_limits() -> HubSpotLimits:
    """Limits that a test does not meet by accident, an index without lag, orderly webhooks."""
    return HubSpotLimits(
        requests=10_000,
        searches_per_second=10_000,
        search_lag_min_seconds=0,
        search_lag_max_seconds=0,
        webhook_duplicate_rate=0,
        webhook_reorder_rate=0,
        webhook_pause_seconds=0.05,
        webhook_linger_seconds=0.02,
    )


def easy_hubspot() -> HubSpotOptions:
    """HubSpot's options with easy limits."""
    return HubSpotOptions(limits=easy_limits())


class LabError(Exception):
    """The sandbox refused a control request, or something awaited did not come."""


@dataclass(slots=True)
class Lab:
    """One running sandbox: `http` speaks to its root, `control` steers it."""

    url: str
    http: httpx.Client
    portal: int = HARBOR

    def control(self, path: str, payload: object = None, method: str | None = None) -> Answer:
        """A control request; raises LabError when it is refused."""
        verb = method or ("GET" if payload is None else "POST")
        reply = self.http.request(verb, f"/control/{path}", json=payload)
        if not reply.is_success:
            raise LabError(f"{verb} /control/{path}: {reply.status_code} {reply.text}")
        answer: Answer = reply.json()
        return answer

    def token(self, scopes: list[str] | None = None, portal: int | None = None) -> str:
        """An access token, as if the app had been installed."""
        wanted: dict[str, object] = {"portal": portal or self.portal}
        if scopes is not None:
            wanted["scopes"] = scopes
        return str(self.control("token", wanted)["access_token"])

    def api(
        self, method: str, path: str, payload: object = None, *, token: str | None = None
    ) -> httpx.Response:
        """An API request, with a fresh token unless one is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.http.request(method, path, json=payload, headers=headers)

    def describe(self, portal: int | None = None) -> Answer:
        """What the state says of one account."""
        portals: list[Answer] = self.control("state")["portals"]
        return next(p for p in portals if p["portal"] == (portal or self.portal))

    def contact(self, **values: str | None) -> str:
        """A contact that staff make by hand; returns its id."""
        return str(self.control(f"records/{self.portal}/contacts", values)["id"])

    def stored(self, record_id: str, kind: str = "contacts") -> dict[str, str]:
        """The values a record really has."""
        found = self.control(f"records/{self.portal}/{kind}/{record_id}")
        return dict(found["properties"])


@contextmanager
def serving(config: SandboxConfig) -> Iterator[Lab]:
    """Serve a sandbox until the block ends; raises LabError when it does not start."""
    running = server(config)
    thread = threading.Thread(target=running.run, name="sandbox", daemon=True)
    thread.start()
    while not running.started:
        if not thread.is_alive():
            raise LabError("the sandbox stopped while it started")
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=running.url(), timeout=30) as http:
            yield Lab(running.url(), http)
    finally:
        running.should_exit = True
        thread.join()


def eventually(check: Callable[[], bool], what: str, *, seconds: float = 10) -> None:
    """Wait until the check holds; raises LabError when it does not within the time."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise LabError(f"did not come: {what}")
        time.sleep(0.01)
