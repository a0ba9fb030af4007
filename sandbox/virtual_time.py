"""The sandbox's own time, which all its CRMs share: it stands still until it is moved, and what is due then happens."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.agenda import Agenda
from sandbox.clock import VirtualClock

Progress = Callable[[float], None]


class VirtualTime:
    """Ties one clock to one agenda; every pretend CRM on a server shares them."""

    def __init__(self, clock: VirtualClock, agenda: Agenda) -> None:
        self.clock = clock
        self.agenda = agenda

    @classmethod
    def starting_at(cls, start: datetime) -> "VirtualTime":
        return cls(VirtualClock(start), Agenda())

    def now(self) -> datetime:
        return self.clock.now()

    def advance_to(
        self,
        until: datetime,
        progress: Progress | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
    ) -> int:
        """Move time to `until`, do what falls due, and return how many actions that was.

        Where `stop` is true after an action, time stands still at that moment.

        Actions that fall due while others run (a reply that causes a booking) happen in the same
        advance. `progress` hears the share done, from 0 to 1, at most once per virtual day.
        Raises ValueError when `until` is earlier than now.
        """
        start = self.now()
        if until < start:
            raise ValueError("the sandbox's clock cannot run backwards")
        done, next_report = 0, start + timedelta(days=1)
        while entry := self.agenda.next_due(until):
            self.clock.move_to(max(entry.due, self.now()))
            entry.action()
            done += 1
            if stop():
                return done
            if progress is not None and self.now() >= next_report:
                progress((self.now() - start) / (until - start))
                next_report = self.now() + timedelta(days=1)
        self.clock.move_to(until)
        if progress is not None:
            progress(1.0)
        return done

    def restart_at(self, moment: datetime) -> None:
        """Forget all plans and set the clock, even back: before another past is loaded.

        Accounts filled before must be emptied too; their records would lie in the future.
        """
        self.agenda.clear()
        self.clock.restart_at(moment)
