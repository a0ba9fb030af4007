"""A rolling window: how many requests a key may still make right now, in real time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class RollingWindow:
    """Counts requests by key; refused requests do not count."""

    wall: Callable[[], float]
    _taken: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, key: str, limit: int, seconds: float) -> int | None:
        """Count a request and return how many remain, or None when the limit is reached."""
        now, taken = self.wall(), self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - seconds:
            taken.popleft()
        if len(taken) >= limit:
            return None
        taken.append(now)
        return limit - len(taken)

    def clear(self) -> None:
        """Forget every request."""
        self._taken.clear()
