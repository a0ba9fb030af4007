"""The sandbox's own time: a clock that stands still until it is moved forward."""

from datetime import UTC, datetime


class VirtualClock:
    """Tells the sandbox's time; it is moved forward only."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware time, such as 2026-11-16T14:00:00Z")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Set the time; raises ValueError when `moment` lies in the past."""
        if moment < self._now:
            raise ValueError("the sandbox's clock cannot run backwards")
        self._now = moment.astimezone(UTC)

    def restart_at(self, moment: datetime) -> None:
        """Set the time freely: before a different past is loaded."""
        self._now = moment.astimezone(UTC)
