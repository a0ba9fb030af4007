"""What becomes of told outcomes when a merge makes one person of several; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from workflows.results.measuring import TRUTHS


def joined(rows: Iterable[Mapping[str, Any]], survivor: str) -> list[dict[str, Any]]:
    """The rows of several contacts as rows of one: what any of them did, the person did."""
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows:
        mine = kept.setdefault(
            (row["programme"], row["days"]), {**row, "contact_id": survivor, "revenue_minor": 0}
        )
        mine.update({name: mine[name] or row[name] for name in TRUTHS})
        mine["revenue_minor"] += row["revenue_minor"]
        first = [at for at in (mine["responded_at"], row["responded_at"]) if at is not None]
        mine["responded_at"] = min(first, default=None)
    return list(kept.values())
