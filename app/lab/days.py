"""Lets virtual days pass in front of a sandbox, with everything done that the clockwork would ask for."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2

from app.schedule import ask_for_due
from core.clock import pause
from core.context import Context
from core.db import reading
from core.errors import AppError
from core.jobs import store as jobs

STEP = timedelta(hours=6)
# Where it is looked at closely: as long as what nobody's answer or due message cuts short.
_CLOSELY = timedelta(hours=2)
_EVERY = 0.1
_PATIENCE = 600.0


class Days:
    """The virtual time of one sandbox."""

    def __init__(self, context: Context, sandbox: str, watch: Callable[[], None]) -> None:
        """`watch` is called again and again while the worker is at it: it raises where a process has ended."""
        self._context = context
        # One client for all: each would read the certificates of its own anew.
        self._sandbox = httpx2.Client(base_url=sandbox, timeout=600)
        self._watch = watch

    def close(self) -> None:
        self._sandbox.close()

    def now(self) -> datetime:
        answer = self._sandbox.get("/control/clock")
        return datetime.fromisoformat(answer.json()["now"])

    def advance(self, until: datetime, *, until_ending: bool = False) -> datetime:
        """Move the sandbox's clock; what happens there meanwhile happens. Answers where the clock stands then.

        With `until_ending` that is the moment at which somebody answers or does something else that ends a programme.
        """
        wanted = {"to": until.isoformat(), "until_ending": until_ending}
        answer = self._sandbox.post("/control/advance", json=wanted)
        if answer.is_error:
            raise AppError("The sandbox could not move its clock.")
        return datetime.fromisoformat(answer.json()["now"])

    def settle(self) -> None:
        """Until the sandbox has told everything and no job is due any more."""
        waited, quiet = 0.0, 0
        while quiet < 2 and waited < _PATIENCE:
            quiet = quiet + 1 if self._is_quiet() else 0
            self._watch()
            pause(_EVERY)
            waited += _EVERY

    def pass_to(
        self, until: datetime, *, told: Callable[[datetime], None] = lambda _at: None
    ) -> None:
        """Step by step to a moment; after each step all that is due is done."""
        at = self.now()
        while at < until:
            at = min(at + STEP, until)
            self.advance(at)
            self.settle()
            ask_for_due(self._context)
            self.settle()
            told(at)

    def live_to(self, until: datetime, *, next_due: Callable[[], datetime | None]) -> None:
        """To a moment, as a clockwork would: at each answer, at each message that is due, and every few hours."""
        at = self.now()
        while at < until:
            due, most = next_due(), min(at + _CLOSELY, until)
            at = self.advance(min(due, most) if due and due > at else most, until_ending=True)
            self.settle()
            ask_for_due(self._context)
            self.settle()

    def _is_quiet(self) -> bool:
        state = self._sandbox.get("/control/state").json()
        if state.get("webhooks", {}).get("pending"):
            return False
        with reading(self._context.engine) as connection:
            return not jobs.is_busy(connection, now=self._context.wall.now())
