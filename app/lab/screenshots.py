"""`rekindle screenshots`: a picture of every page in the states of an account, and of a card in each of its own."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import uvicorn

from app.lab.bench_account import (
    ACCOUNT,
    contact_id,
    context_of,
    environment_of,
    install,
    make_account,
    opened_place,
)
from app.lab.card_states import STATES
from app.lab.made_up_results import make_results
from app.migrate import migrate
from app.pages.session import sign_link
from app.processes import free_port
from app.templating import environment
from app.web import create_app
from cards.actions import SNOOZES
from cards.telling import card_of
from connector.registry import PROVIDERS, sandbox_variables
from core.clock import pause, stopwatch
from core.context import Context
from core.errors import AppError
from core.wording import gettext, shown_to
from oauth.store import record_disconnected
from scoring.over_time import keep_steps
from workflows.stops.store import stop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Of the made-up people somebody who has written, and who may be started.
_SOMEBODY = contact_id(10)
# What everybody may see, and what an admin of an account sees: name → address.
OUTSIDE: Mapping[str, str] = {
    "first-page": "/",
    **{f"first-page-of-{name}": f"/start/{name}" for name in PROVIDERS},
    **{f"framed-by-{name}": f"/enter/{name}" for name in PROVIDERS},
    "installed": "/installed",
    "no-such-page": "/nothing-here",
    "not-signed-in": "/admin/progress",
}
INSIDE: Mapping[str, str] = {
    "progress": "/admin/progress",
    "accounts": "/admin/accounts",
    "fields": "/admin/fields",
    "fields-unread": "/admin/fields/unread?source=email&name=email",
    "audit": "/admin/audit",
    "audit-people": "/admin/audit/people",
    "lists": "/admin/lists",
    "audit-report": "/admin/audit/report",
    "dry-run": "/admin/plan",
    "playbooks": "/admin/playbooks",
    "playbooks-copy": "/admin/playbooks/copy",
    "live": "/admin/live",
    "results": "/admin/results",
    "weekly": "/admin/weekly",
    "desk": "/admin/desk",
    "contacts": "/admin/contacts",
    "contact": f"/admin/contacts/{_SOMEBODY}",
    "wishes": "/admin/wishes",
    "do-not-contact": "/admin/do-not-contact",
    "policy": "/admin/policy",
    "notices": "/admin/notices",
    "numbers": "/admin/numbers",
}
Scheme = Literal["light", "dark"]
SIZES: tuple[tuple[int, Scheme], ...] = ((1440, "light"), (768, "light"), (320, "dark"))
CARD_SIZES: tuple[tuple[int, Scheme], ...] = ((352, "light"), (320, "dark"))
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_NOWHERE = "http://127.0.0.1:9"  # nobody answers there
_CONTACTS = 2_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One file that was written."""

    file: str
    path: str
    status: int


def take_pictures(folder: Path, *, tell: Callable[[str], None]) -> list[Picture]:
    """Write PNG files into the folder, named <state>-<page>-<width>-<scheme>; raises AppError without a browser."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if chromium is None:
        raise AppError(f"Install Chromium: none of {', '.join(_CHROMIUMS)} is on the PATH.")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  a package of developers
    except ImportError:
        raise AppError(
            "Install the development packages: ./run does it for this command."
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Picture] = []
    with opened_place(None) as place, sync_playwright() as playwright:
        port = free_port()
        address = f"http://localhost:{port}"
        crms: dict[str, str] = {}
        for name in PROVIDERS:
            crms |= sandbox_variables(name, _NOWHERE)
        context = context_of(environment_of(place, public_url=address, **crms))
        with _served(context, port):
            browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
            for state, prepare in _STATES.items():
                tell(f"State: {state}")
                prepare(context, tell)
                pages = OUTSIDE if state in {"nobody", "uninstalled"} else INSIDE
                signed_in = state != "nobody"
                taken += _take(browser, context, address, folder, state, pages, signed_in)
            tell("Cards")
            taken += _take_cards(browser, folder)
            browser.close()
        context.engine.dispose()
    return taken


def _take(
    browser: "Browser",
    context: Context,
    address: str,
    folder: Path,
    state: str,
    pages: Mapping[str, str],
    signed_in: bool,
) -> list[Picture]:
    taken = []
    for width, scheme in SIZES:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        if signed_in and state != "uninstalled":
            page.goto(sign_link(context, ACCOUNT))
        for name, path in pages.items():
            taken.append(
                _shoot(page, address, folder / f"{state}-{name}-{width}-{scheme}.png", path)
            )
        page.close()
    return taken


def _take_cards(browser: "Browser", folder: Path) -> list[Picture]:
    """Each card by itself, as wide as a CRM's side bar and as narrow as the smallest phone."""
    taken = []
    for width, scheme in CARD_SIZES:
        page = browser.new_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
        for case in STATES:
            page.set_content(draw_card(case))
            file = folder / f"card-{case.replace(' ', '-').replace(',', '')}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
            taken.append(Picture(file.name, "", 200))
        page.close()
    return taken


def draw_card(case: str) -> str:
    """The page of one made-up contact's card."""
    found, _ = STATES[case]
    with shown_to("en-US", ZoneInfo(found.own.timezone)):
        snoozes = [(days, gettext(label)) for days, label in SNOOZES]
        template = environment().get_template("card_alone.html")
        return template.render(card=card_of(found), snoozes=snoozes)


def _shoot(page: "Page", address: str, file: Path, path: str) -> Picture:
    answer = page.goto(address + path)
    page.screenshot(path=file, full_page=True)
    return Picture(file.name, path, answer.status if answer is not None else 0)


def _is_new(context: Context, _tell: Callable[[str], None]) -> None:
    install(context.engine, now=context.wall.now())


def _is_scored(context: Context, tell: Callable[[str], None]) -> None:
    make_account(context, _CONTACTS, tell=tell)


def _is_measured(context: Context, _tell: Callable[[str], None]) -> None:
    make_results(context, ACCOUNT, people=900)
    at = context.wall.now()
    course = (
        (400, 0.21),
        (310, 0.21),
        (309, 0.26),
        (160, 0.26),
        (159, 0.34),
        (40, 0.34),
        (39, 0.31),
    )
    steps = [(_SOMEBODY, at - timedelta(days=ago), chance) for ago, chance in course]
    with context.engine.begin() as tx:
        keep_steps(tx, ACCOUNT, steps)


def _stands_still(context: Context, _tell: Callable[[str], None]) -> None:
    now = context.wall.now()
    with context.engine.begin() as tx:
        stop(tx, ACCOUNT, by="operator", reason="A holiday", at=now, now=now)


def _has_left(context: Context, _tell: Callable[[str], None]) -> None:
    with context.engine.begin() as tx:
        record_disconnected(tx, ACCOUNT, now=context.wall.now())


# The CRM answers nobody all the while.
_STATES: Mapping[str, Callable[[Context, Callable[[str], None]], None]] = {
    "nobody": lambda context, _tell: migrate(context.engine),
    "new": _is_new,
    "waiting": _is_scored,
    "measured": _is_measured,
    "stopped": _stands_still,
    "uninstalled": _has_left,
}


@contextmanager
def _served(context: Context, port: int) -> Iterator[None]:
    """The product's web application in a thread of this process."""
    config = uvicorn.Config(create_app(context), port=port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    elapsed = stopwatch()
    while not server.started:
        if elapsed() > 30:
            raise AppError("The web application did not start.")
        pause(0.05)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
