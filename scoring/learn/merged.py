"""What becomes of watched outcomes when a merge makes one person of several; pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from scoring.learn.control import CONTACTED, CONTROL, WATCHED_FOR

_STEP = timedelta(milliseconds=1)


def joined(rows: Iterable[Mapping[str, Any]], survivor: str) -> list[dict[str, Any]]:
    """The rows of several contacts as rows of one, in the order of their decisions.

    Who was left alone as one contact and started as another was not left alone: where a start lies within the
    90 days before or after the draw, what they did says nothing of what comes back by itself, and the row is
    kept under an arm of its own that nothing is learnt from. The start's row stays what it was.
    Two rows of one moment and arm are one; of two arms the later in order stands a millisecond after the other.
    """
    mine = sorted(rows, key=lambda row: (row["decided_at"], row["arm"], row["contact_id"]))
    starts = [row["decided_at"] for row in mine if row["arm"] not in {CONTROL, CONTACTED}]
    kept: dict[Any, dict[str, Any]] = {}
    for row in mine:
        at, arm = row["decided_at"], row["arm"]
        if arm == CONTROL and any(abs(start - at) <= WATCHED_FOR for start in starts):
            arm = CONTACTED
        while at in kept and kept[at]["arm"] != arm:
            at += _STEP
        moved = {**row, "contact_id": survivor, "decided_at": at, "arm": arm}
        kept[at] = _told(kept[at], moved) if at in kept else moved
    return list(kept.values())


def _told(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two answers for one person the known one, and a response before none."""
    return max(one, other, key=lambda row: (row["responded"] is not None, bool(row["responded"])))
