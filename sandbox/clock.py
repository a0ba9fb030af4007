"""The sandbox's own time: a clock that stands still until the stage moves it forward."""

from datetime import UTC, datetime


class VirtualClock:
    """Tells the sandbox's time; only the stage moves it, and only forward."""

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
        """Set the time freely: for the stage, when a different past is about to be loaded."""
        self._now = moment.astimezone(UTC)
