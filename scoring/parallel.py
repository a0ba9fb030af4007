"""The same work on many parts at once: numpy and polars let other threads run meanwhile."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")


def spread(work: Callable[[Part], Made], parts: Iterable[Part]) -> list[Made]:
    """What `work` makes of each part, in their order; on as many threads as there are cores."""
    waiting = list(parts)
    if len(waiting) < 2:  # one part needs no company
        return [work(part) for part in waiting]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as threads:
        return list(threads.map(work, waiting))
