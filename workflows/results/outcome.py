"""What became of people within 90 days: did they do something themselves, started or left alone; pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scoring.learn.control import CONTROL, WATCHED_FOR

if TYPE_CHECKING:
    import polars as pl


def control_rows(
    held_out: Iterable[str], scores: Mapping[str, Mapping[str, Any]], watched: Collection[str]
) -> list[dict[str, Any]]:
    """Who is left alone though nothing speaks against a start, and is not being watched yet."""
    return [
        _row(scores[contact_id], CONTROL)
        for contact_id in held_out
        if contact_id in scores and contact_id not in watched
    ]


def started_rows(scores: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who was started, each with the plan that was meant for them; who has none teaches nothing."""
    return [_row(score, score["plan"]) for score in scores if score["plan"]]


def _row(score: Mapping[str, Any], arm: str) -> dict[str, Any]:
    kept = {name: score[name] for name in ("contact_id", "channels", "traits")}
    return {**kept, "arm": arm}


def responses(
    ripe: Sequence[tuple[str, datetime]], events: "pl.DataFrame"
) -> list[tuple[str, datetime, bool]]:
    """Whether each (contact, decided at) made something happen within 90 days after.

    What counts is what counts for a score: never an open, never what the business sent.
    """
    # polars is loaded by who needs columns, not with the process.
    import polars as pl  # noqa: PLC0415

    from scoring.features.input_frames import UTC_MS, is_human  # noqa: PLC0415

    asked = pl.DataFrame(
        list(ripe), schema={"contact_id": pl.String, "decided_at": UTC_MS}, orient="row"
    )
    acted = events.filter(is_human()).select("contact_id", "occurred_at")
    after = pl.col("occurred_at") > pl.col("decided_at")
    within = pl.col("occurred_at") <= pl.col("decided_at") + WATCHED_FOR
    found = asked.join(acted, on="contact_id").filter(after & within).select(asked.columns).unique()
    did = set(found.iter_rows())
    return [(i, at, (i, at) in did) for i, at in asked.iter_rows()]
