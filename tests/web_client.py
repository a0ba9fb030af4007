"""A browser of our web application in this process: all of them share one event loop."""

from contextlib import ExitStack

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

_kept_open = ExitStack()
_portals: list[BlockingPortal] = []


def open_client(app: ASGIApp, address: str) -> TestClient:
    """A client at `address` that is told of a failure as a browser is.

    On its own each client would start a thread and an event loop for every request: longer than most answers take.
    """
    client = TestClient(app, base_url=address, raise_server_exceptions=False)
    if not _portals:
        _portals.append(_kept_open.enter_context(start_blocking_portal()))
    client.portal = _portals[0]
    return client
