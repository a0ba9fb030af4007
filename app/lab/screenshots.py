"""`rekindle screenshots`: a picture of every page in the states of an account, and of a card in each of its own."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import uvicorn

from app.lab.account_states import SOMEBODY, STATES, context_at
from app.lab.bench_account import ACCOUNT, opened_place
from app.lab.card_states import STATES as CARDS
from app.migrate import migrate
from app.pages.session import sign_link
from app.processes import free_port
from app.templating import environment
from app.web import create_app
from cards.actions import SNOOZES
from cards.telling import card_of
from connector.registry import PROVIDERS
from core.clock import pause, stopwatch
from core.context import Context
from core.errors import AppError
from core.wording import gettext, shown_to

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    "contact": f"/admin/contacts/{SOMEBODY}",
    "wishes": "/admin/wishes",
    "do-not-contact": "/admin/do-not-contact",
    "policy": "/admin/policy",
    "notices": "/admin/notices",
    "numbers": "/admin/numbers",
}
Scheme = Literal["light", "dark"]
SIZES: tuple[tuple[int, Scheme], ...] = ((1440, "light"), (768, "light"), (320, "dark"))
CARD_SIZES: tuple[tuple[int, Scheme], ...] = ((352, "light"), (320, "dark"))
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_CONTACTS = 2_000
_LAST_IN_GUIDE = "scope-missing"
# All other pages are told of in an account where people are under way.
_IN_GUIDE = {"progress": "reading", "dry-run": "waiting", "notices": _LAST_IN_GUIDE}
_COLOURS = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """One file that was written."""

    file: str
    path: str
    status: int


def take_pictures(folder: Path, *, tell: Callable[[str], None]) -> list[Picture]:
    """Write PNG files into the folder, named <state>-<page>-<width>-<scheme>; raises AppError without a browser."""
    taken: list[Picture] = []
    with _studio(folder) as studio:
        tell("State: nobody")
        migrate(studio.context.engine)
        taken += studio.take("nobody", OUTSIDE, signed_in=False)
        for state, prepare in STATES.items():
            tell(f"State: {state}")
            prepare(studio.context, _CONTACTS)
            is_gone = state == "uninstalled"
            taken += studio.take(state, OUTSIDE if is_gone else INSIDE, signed_in=not is_gone)
        tell("Cards")
        for width, scheme in CARD_SIZES:
            taken += studio.take_cards(width, scheme, "card-{}-" + f"{width}-{scheme}.png")
    return taken


def take_guide(folder: Path, *, tell: Callable[[str], None]) -> list[Picture]:
    """Write the pictures of the admin's guide: each page in the state it is told of in, and every card."""
    taken: list[Picture] = []
    with _studio(folder) as studio:
        for state, prepare in STATES.items():
            tell(f"State: {state}")
            prepare(studio.context, _CONTACTS)
            pages = {name: path for name, path in INSIDE.items() if state_in_guide(name) == state}
            if pages:
                taken += studio.take_for_guide(pages)
            if state == _LAST_IN_GUIDE:
                break
        tell("Cards")
        taken += studio.take_cards(*CARD_SIZES[0], "card-{}.png")
    for one in taken:
        _make_small(folder / one.file)
    return taken


def _make_small(file: Path) -> None:
    """Few colours: a page has no photographs, and the guide is read from a repository."""
    from PIL import Image  # noqa: PLC0415  a package of developers

    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def state_in_guide(page: str) -> str:
    """The state of the account in which the admin's guide tells of a page."""
    return _IN_GUIDE.get(page, "running")


def card_name(case: str) -> str:
    """The case as a part of a file's name."""
    return case.replace(" ", "-").replace(",", "")


@dataclass(frozen=True, slots=True)
class _Studio:
    """A browser in front of the product with one made-up account, whose CRM answers nobody."""

    browser: "Browser"
    context: Context
    address: str
    folder: Path

    def take(self, state: str, pages: Mapping[str, str], *, signed_in: bool) -> list[Picture]:
        taken = []
        for width, scheme in SIZES:
            page = self._open(width, scheme, signed_in=signed_in)
            for name, path in pages.items():
                file = f"{state}-{name}-{width}-{scheme}.png"
                taken.append(self._shoot(page, file, path, whole=True))
            page.close()
        return taken

    def take_for_guide(self, pages: Mapping[str, str]) -> list[Picture]:
        """What a screen shows first."""
        page = self._open(1280, "light", signed_in=True)
        taken = [self._shoot(page, f"{n}.png", path, whole=False) for n, path in pages.items()]
        page.close()
        return taken

    def take_cards(self, width: int, scheme: Scheme, named: str) -> list[Picture]:
        """Each card by itself, as wide as a CRM's side bar and as narrow as the smallest phone."""
        taken = []
        page = self.browser.new_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
        for case in CARDS:
            page.set_content(draw_card(case))
            file = self.folder / named.format(card_name(case))
            page.screenshot(path=file, full_page=True)
            taken.append(Picture(file.name, "", 200))
        page.close()
        return taken

    def _open(self, width: int, scheme: Scheme, *, signed_in: bool) -> "Page":
        page = self.browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        if signed_in:
            page.goto(sign_link(self.context, ACCOUNT))
        return page

    def _shoot(self, page: "Page", file: str, path: str, *, whole: bool) -> Picture:
        answer = page.goto(self.address + path)
        page.screenshot(path=self.folder / file, full_page=whole)
        return Picture(file, path, answer.status if answer is not None else 0)


@contextmanager
def _studio(folder: Path) -> Iterator[_Studio]:
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
    with opened_place(None) as place, sync_playwright() as playwright:
        port = free_port()
        address = f"http://localhost:{port}"
        context = context_at(place, address)
        with _served(context, port):
            browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
            yield _Studio(browser, context, address, folder)
            browser.close()
        context.engine.dispose()


def draw_card(case: str) -> str:
    """The page of one made-up contact's card."""
    found, _ = CARDS[case]
    with shown_to("en-US", ZoneInfo(found.own.timezone)):
        snoozes = [(days, gettext(label)) for days, label in SNOOZES]
        template = environment().get_template("card_alone.html")
        return template.render(card=card_of(found), snoozes=snoozes)


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
