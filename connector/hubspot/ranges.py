"""Ranges of ids in which HubSpot's streams are read: split, cut to their end, and their order checked; no I/O."""

from collections.abc import Sequence
from itertools import pairwise

from connector.hubspot.parse import Record
from connector.port.records import IdRange, OrderBroken

PAGE = 100  # the list endpoint's maximum


def halve(part: IdRange, cursor: str | None) -> tuple[IdRange, IdRange] | None:
    """Split what is left of a range at the middle of its ids; None for open or narrow ones."""
    if part.upper is None:
        return None
    lower = int(cursor or part.lower or 0)
    upper = int(part.upper)
    if upper - lower <= 2 * PAGE:
        return None
    middle = str((lower + upper) // 2)
    return IdRange(str(lower), middle), IdRange(middle, part.upper)


def check_order(results: Sequence[Record], after: str | None, following: str | None) -> None:
    """Ranges lean on two undocumented facts, checked on every page: ids ascend, the cursor is the last id."""
    ids = [str(r["id"]) for r in results]
    if not all(i.isdigit() for i in ids) or (following is not None and not following.isdigit()):
        raise OrderBroken
    numbers = [int(after or 0), *map(int, ids)]
    if any(a >= b for a, b in pairwise(numbers)):
        raise OrderBroken
    # A cursor behind nothing would be followed for ever.
    if following is not None and (not ids or int(following) not in (numbers[-1], numbers[-1] + 1)):
        raise OrderBroken


def cut(
    results: Sequence[Record], following: str | None, upper: str | None
) -> tuple[Sequence[Record], str | None]:
    """The records up to the end of a range, and the cursor behind them where there are more in it."""
    if upper is None:
        return results, following
    end = int(upper)
    inside = [r for r in results if int(r["id"]) <= end]
    if len(inside) < len(results) or (following is not None and int(following) >= end):
        return inside, None
    return inside, following
