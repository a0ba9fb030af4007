"""Serves a sandbox in a thread and talks to it: for tests that need a CRM behind real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from starlette.types import ASGIApp

from sandbox.config import SandboxConfig
from sandbox.kit.tls import trusted
from sandbox.server import server

Answer = dict[str, Any]


class SandboxError(Exception):
    """The sandbox refused a control request, or something awaited did not come."""


@dataclass(slots=True)
class SandboxClient:
    """One running sandbox: `http` speaks to its root, `control` steers it."""

    url: str
    http: httpx.Client

    def control(self, path: str, payload: object = None, method: str | None = None) -> Answer:
        """A control request; raises SandboxError when it is refused."""
        verb = method or ("GET" if payload is None else "POST")
        reply = self.http.request(verb, f"/control/{path}", json=payload)
        if not reply.is_success:
            raise SandboxError(f"{verb} /control/{path}: {reply.status_code} {reply.text}")
        answer: Answer = reply.json()
        return answer


@contextmanager
def serving(
    config: SandboxConfig, around: Callable[[ASGIApp], ASGIApp] | None = None
) -> Iterator[SandboxClient]:
    """Serve a sandbox until the block ends; raises SandboxError when it does not start.

    `around` puts something between the sandbox and the network, such as a recorder.
    """
    running = server(config, around)
    thread = threading.Thread(target=running.run, name="sandbox", daemon=True)
    thread.start()
    while not running.started:
        if not thread.is_alive():
            raise SandboxError("the sandbox stopped while it started")
        time.sleep(0.01)
    try:
        with httpx.Client(verify=trusted(), base_url=running.url(), timeout=30) as http:
            yield SandboxClient(running.url(), http)
    finally:
        running.should_exit = True
        thread.join()


def eventually(check: Callable[[], bool], what: str, *, seconds: float = 10) -> None:
    """Wait until the check holds; raises SandboxError when it does not within the time."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise SandboxError(f"did not come: {what}")
        time.sleep(0.01)
