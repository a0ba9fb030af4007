"""Everything that will happen later: a heap of due times and what to do then."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import NamedTuple

Action = Callable[[], None]


class Entry(NamedTuple):
    due: datetime
    number: int
    action: Action


class Agenda:
    """Keeps actions in order of their due time, and of their arrival where due times are equal."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._heap)

    def schedule(self, due: datetime, action: Action) -> None:
        """Plan `action` for `due`; an action due in the past happens at the next advance."""
        heapq.heappush(self._heap, Entry(due, next(self._numbers), action))

    def next_due(self, until: datetime) -> Entry | None:
        """Take the earliest entry due no later than `until`, or None when there is none."""
        if self._heap and self._heap[0].due <= until:
            return heapq.heappop(self._heap)
        return None

    def clear(self) -> None:
        """Forget everything planned."""
        self._heap.clear()
