"""Why these contacts went quiet, as the mirror has it at this moment: the same answer that scoring gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from sync.mirror.people import load_reason_fields, load_telling_events

if TYPE_CHECKING:
    import polars as pl


def load_reasons(
    connection: Connection,
    account_id: str,
    last_human: Mapping[str, datetime | None],
    *,
    at: datetime,
) -> dict[str, str]:
    """Contact → reason, for those who have one; `last_human` is contact → their last sign of life."""
    fields = load_reason_fields(connection, account_id, list(last_human))
    happened = load_telling_events(connection, account_id, list(last_human), at=at)
    if not fields and not happened:
        return {}
    # polars is loaded by who needs columns, not with the process.
    import polars as pl  # noqa: PLC0415

    from scoring.features.reason import resolve_reasons  # noqa: PLC0415

    moment = pl.Datetime("ms", "UTC")
    people = [
        (contact_id, *fields.get(contact_id, (None, None)), seen)
        for contact_id, seen in last_human.items()
    ]
    schema: dict[str, Any] = {
        "contact_id": pl.String,
        "reason": pl.String,
        "reason_at": moment,
        "last_human_at": moment,
    }
    frame = pl.DataFrame(people, schema=schema, orient="row")
    found = resolve_reasons(frame, _events(happened), frame, as_of=at)
    known = found.filter(pl.col("reason").is_not_null()).select("contact_id", "reason")
    return dict(known.iter_rows())


def _events(rows: Sequence[Mapping[str, Any]]) -> "pl.DataFrame":
    """Rows of the mirror in the shape of scoring's events."""
    import polars as pl  # noqa: PLC0415

    schema: dict[str, Any] = {
        "contact_id": pl.String,
        "occurred_at": pl.Int64,
        "kind": pl.String,
        "outcome": pl.String,
        "reason": pl.String,
        "reason_confidence": pl.Float64,
        "reason_source": pl.String,
    }
    events = pl.DataFrame(rows, schema=schema)
    return events.with_columns(pl.col("occurred_at").cast(pl.Datetime("ms", "UTC")))
