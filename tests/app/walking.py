"""A person on their way through our pages: nothing but what they see is pressed, and each page is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Engine

from app.processes import free_port
from app.schedule import ask_for_due
from sandbox.conduct import Conduct
from sandbox.serving import eventually
from tests.browsing import axe_findings, served, too_wide
from tests.contract.rekindle import CrmRekindle, build_rekindle

if TYPE_CHECKING:
    from playwright.sync_api import Frame, FrameLocator, Locator, Page

_MANY_TABS = 400


@contextmanager
def opened_crm(crm: str, engine: Engine, database_url: str) -> Iterator[CrmRekindle]:
    """A pretend CRM where nothing is installed yet, with the product where the CRM's own pages can reach it."""
    with import_module(f"tests.contract.crm_sides.{crm}").open_side(
        Conduct(staff_work=False), 40
    ) as side:
        port = free_port()
        side.public_url = f"http://localhost:{port}"
        made = build_rekindle(side, engine, database_url)
        with served(made.web.app, port):
            yield made


def work(made: CrmRekindle) -> None:
    """What the worker and the clockwork do; the web runs by itself."""
    assert list(made.crm_side.posts()) == [], "the CRM tells the web process"
    ask_for_due(made.context)
    made.drain()


def open_account(page: "Page", made: CrmRekindle) -> None:
    """The pretend CRM's own pages of the account."""
    side: Any = made.crm_side
    page.goto(f"{side.url}/control/")
    page.locator(f"a.button[href*='{side.account}']").click()


@dataclass
class Walker:
    """By the mouse or by the keyboard alone; no address is typed and no page loaded again.

    `frame` is where our pages are, once they are inside a CRM's. `problems` are what was wrong with pages on the way.
    """

    page: "Page"
    by_keyboard: bool = False
    frame: "FrameLocator | None" = None
    presses: int = 0
    problems: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def link(self, name: str) -> None:
        self.press(self._here.get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        self.press(self._here.get_by_role("button", name=name).first)

    def ticks(self, label: str) -> None:
        self.press(self._here.get_by_label(label, exact=True), key="Space")

    def types(self, label: str, text: str) -> None:
        """And sends it; what it brings is there when this returns."""
        self.press(self._here.get_by_label(label, exact=True).first, key="")
        self.page.keyboard.type(text)
        self._document.evaluate("() => { window.isOld = true }")
        self.page.keyboard.press("Enter")
        eventually(self._is_new, "the page that Enter brings")

    def press(self, wanted: "Locator", *, key: str = "Enter") -> None:
        """By a click, or from where the focus is on to it by Tab."""
        wanted.wait_for()
        self.presses += 1
        if not self.by_keyboard:
            wanted.click()
            return
        for _ in range(_MANY_TABS):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("e => e === document.activeElement"):
                break
        else:
            raise AssertionError(f"no way to it by Tab: {wanted}")
        if key:
            self.page.keyboard.press(key)

    def downloads(self, link: str) -> bytes:
        with self.page.expect_download() as begun:
            self.link(link)
        return begun.value.path().read_bytes()

    def turn_to(self, page: "Page") -> None:
        """Goes on in another tab."""
        self.page = page
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sees(self, heading: str) -> None:
        """Waits until the page has come, and looks at it."""
        self._here.get_by_role("heading", name=heading).first.wait_for()
        where = f"{heading!r} at {self.page.viewport_size}"
        self.problems += too_wide(self._document, where)
        self.problems += [f"{where}: {one}" for one in axe_findings(self._document)]

    def sees_it_printed(self, heading: str) -> None:
        """On A4: nothing is wider than the sheet, and no ways through the pages are on it."""
        size = self.page.viewport_size
        self.page.emulate_media(media="print")
        self.page.set_viewport_size({"width": 680, "height": 960})
        self._here.get_by_role("heading", name=heading).first.wait_for()
        self.problems += too_wide(self._document, f"{heading!r} printed")
        assert not self._here.get_by_role("navigation").first.is_visible()
        self.page.emulate_media(media="screen")
        if size is not None:
            self.page.set_viewport_size(size)

    def waits_for(self, text: str) -> None:
        self._here.get_by_text(text).first.wait_for()

    def _is_new(self) -> bool:
        from playwright.sync_api import Error  # noqa: PLC0415  slow to load, and used here alone

        try:
            return bool(self._document.evaluate("() => !window.isOld"))
        except Error:  # between two pages there is none
            return False

    @property
    def _here(self) -> "Page | FrameLocator":
        return self.frame or self.page

    @property
    def _document(self) -> "Page | Frame":
        """Our own page, which the CRM's page around it says nothing about."""
        if self.frame is None:
            return self.page
        ours = self.frame.owner.element_handle().content_frame()
        assert ours is not None
        return ours
