"""What tests with a real browser share: starting it, serving the product to it, and what a page must never do."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.types import ASGIApp

from sandbox.serving import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

# The first is Chromium without its windows: a page opens in a fifth of the time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
# What Chrome does with "block third-party cookies".
_BLOCKED = "--test-third-party-cookie-phaseout"


@contextmanager
def opened_browser() -> "Iterator[Browser]":
    """Chromium that sends no third party's cookies; skips the test where there is none."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  slow to load, and used here alone

    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=[*_FLAGS, _BLOCKED])
        yield opened
        opened.close()


@contextmanager
def served(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The address at which a browser finds the product."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "our web process")
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def axe_findings(page: "Page | Frame") -> list[str]:
    """What axe calls serious or critical on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  used here alone

    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(_RUN_AXE)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


_RUN_AXE = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


def too_wide(page: "Page | Frame", what: str) -> list[str]:
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{what}: {overflow} px too wide"] if overflow > 0 else []
