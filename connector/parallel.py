"""A few requests at a time, where a CRM is asked for several things that do not depend on each other."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT = 4


def each(call: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """The answers in the order of `items`; raises the first error once all that is under way has ended."""
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="each") as pool:
        futures = [pool.submit(call, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
