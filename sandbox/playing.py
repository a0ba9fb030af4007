"""Lets time pass while people watch: in steps, with time in between for the app to do its part of each."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.kit.counters import Counters
from sandbox.kit.crm import PretendCrm
from sandbox.virtual_time import VirtualTime

STEP = timedelta(hours=6)
_LOOKS = 0.2  # seconds between looks at what the app does
# An app looks at the time about once a second; who is at it longer than this is no longer waited for.
_LEAST, _QUIET, _MOST = 2.0, 0.8, 60.0


@dataclass(slots=True)
class Player:
    """Moves the time of one sandbox; `moving` is held while it moves."""

    clock: VirtualTime
    crms: Sequence[PretendCrm]
    counters: Counters
    moving: asyncio.Lock
    wall: Callable[[], float] = time.monotonic
    begins: datetime | None = None
    until: datetime | None = None
    _task: asyncio.Task[None] | None = field(default=None)

    @property
    def is_playing(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def share(self) -> float:
        """How much of what was begun last has passed."""
        if self.begins is None or self.until is None:
            return 1.0
        return (self.clock.now() - self.begins) / (self.until - self.begins)

    def play(self, hours: int) -> datetime:
        """Begin to let hours pass, unless that goes on already; answers when what goes on has begun."""
        if self.begins is None or not self.is_playing:
            self.begins = self.clock.now()
            self.until = self.begins + timedelta(hours=hours)
            self._task = asyncio.get_running_loop().create_task(self._run(self.until))
        return self.begins

    async def _run(self, until: datetime) -> None:
        while self.clock.now() < until:
            async with self.moving:
                # Somebody else may have moved it meanwhile.
                at = max(self.clock.now(), min(self.clock.now() + STEP, until))
                self.clock.advance_to(at)
            await self._wait_for_the_app()

    async def _wait_for_the_app(self) -> None:
        """Until an app that is installed has had a moment, and asks for nothing and is told nothing any more."""
        if not any(account.installed for crm in self.crms for account in crm.accounts()):
            await asyncio.sleep(0)
            return
        began, asked, quiet_since = self.wall(), -1, self.wall()
        while self.wall() - began < _MOST:
            now_asked = self.counters.requests.total()
            if now_asked != asked or any(crm.delivery.pending() for crm in self.crms):
                asked, quiet_since = now_asked, self.wall()
            if self.wall() - began >= _LEAST and self.wall() - quiet_since >= _QUIET:
                return
            await asyncio.sleep(_LOOKS)
