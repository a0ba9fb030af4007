"""The account's admin at a browser: tries again after an error page, as a person does."""

import threading
import time
from collections.abc import Callable

import httpx2

from app.lab.browser import Browser
from core.errors import AppError
from tests.chaos.crm_side import CrmSide

_PATIENCE = 120.0
_PAUSE = 0.7


class Reader(Browser):
    """A browser that keeps the error pages it was shown."""

    def __init__(self) -> None:
        super().__init__(timeout=30)
        self.error_pages: list[str] = []

    def _show(self, response: httpx2.Response) -> None:
        if response.is_error:
            self.error_pages.append(response.text)
        super()._show(response)


class Admin:
    """Presses what has to be pressed, in a thread of its own, so that faults may strike meanwhile."""

    def __init__(self, public_url: str, crm_side: CrmSide) -> None:
        self._url = public_url
        self._crm_side = crm_side
        self._browser = Reader()

    @property
    def error_pages(self) -> list[str]:
        return self._browser.error_pages

    def install(self) -> None:
        """Consent in the CRM, until our own pages greet us."""
        address = f"{self._url}/oauth/{self._crm_side.provider}/install"

        def once() -> None:
            try:
                self._browser.open(address)
                self._browser.press()
            except (AppError, httpx2.HTTPError):
                self._crm_side.withdraw()
                raise

        _until_done(once)

    def approve(self, what: str, *, unless: Callable[[], bool]) -> None:
        """Press the approval of a plan or wave on the dry-run page, unless that is done already."""

        def once() -> None:
            if not unless():
                self._browser.open(f"{self._url}/admin/plan")
                self._browser.press(f"/admin/{what}/")

        _until_done(once)


class Deed:
    """Something done beside the main thread; `check` says whether it has ended, and raises what it raised."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="admin", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001  told to the main thread
            self._error = error

    def check(self) -> bool:
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True


def _until_done(once: Callable[[], None]) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            once()
        except (AppError, httpx2.HTTPError):
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return
