"""Lets virtual days pass in front of a sandbox, with everything done that the clockwork would ask for."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2

from app.schedule import POLL_AWAITED, ask_for_due
from core.clock import pause
from core.context import Context
from core.db import reading
from core.errors import AppError
from core.jobs import store as jobs
from oauth.store import load_installations
from workflows.enrollment import store as ledger
from workflows.touches import store as touches

STEP = timedelta(hours=6)
# What is due a little later waits for one step.
_LEAST = timedelta(minutes=20)
_EVERY = 0.1
_POLLS = 2
# A search of a pretend CRM lags behind for up to a second of real time: two such pauses and the waiting for quiet are
# more.
_SEARCH_LAG = 0.35
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
        self,
        until: datetime,
        *,
        told: Callable[[datetime], None] = lambda _at: None,
        closely: bool = False,
    ) -> None:
        """To a moment as a clockwork would, at each message that is due and every few hours; what is due then is done.

        `closely` also at each answer and at the two polls after it: what no notice tells is found by the second.
        """
        at, polls = self.now(), 0
        while at < until:
            wanted = min(at + POLL_AWAITED if polls else self._next(at), until)
            at = self.advance(wanted, until_ending=closely)
            polls = _POLLS if at < wanted else max(0, polls - 1)
            if polls:
                pause(_SEARCH_LAG)
            self.settle()
            ask_for_due(self._context)
            self.settle()
            told(at)

    def _next(self, at: datetime) -> datetime:
        """When the first start or message is due after a moment; a step later where none is."""
        with reading(self._context.engine) as connection:
            due = [
                find(connection, account.account_id)
                for account in load_installations(connection)
                for find in (ledger.find_next_due, touches.find_next_due)
            ]
        later = [moment for moment in due if moment is not None and moment > at]
        return max(min([*later, at + STEP]), at + _LEAST)

    def _is_quiet(self) -> bool:
        state = self._sandbox.get("/control/state").json()
        if state.get("webhooks", {}).get("pending"):
            return False
        with reading(self._context.engine) as connection:
            return not jobs.is_busy(connection, now=self._context.wall.now())
