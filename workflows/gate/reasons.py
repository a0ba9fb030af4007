"""Why these contacts went quiet, as the mirror has it at this moment: the same answer that scoring gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.moments import from_millis, to_millis
from sync.tables import activities, contacts, deals

if TYPE_CHECKING:
    import polars as pl

_TROUBLE = ("ticket", "feedback", "refund")


def load_reasons(
    connection: Connection,
    account_id: str,
    last_human: Mapping[str, datetime | None],
    *,
    at: datetime,
) -> dict[str, str]:
    """Contact → reason, for those who have one; `last_human` is contact → their last sign of life."""
    fields = _fields(connection, account_id, list(last_human))
    happened = _happened(connection, account_id, list(last_human), at=at)
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


def _fields(
    connection: Connection, account_id: str, ids: Sequence[str]
) -> dict[str, tuple[str, datetime | None]]:
    """Contact → what its own field says, and by when."""
    c = contacts.c
    query = sa.select(c.contact_id, c.reason, c.reason_at).where(
        c.account_id == account_id, c.contact_id.in_(ids), c.reason.is_not(None)
    )
    return {
        row.contact_id: (row.reason, None if row.reason_at is None else from_millis(row.reason_at))
        for row in connection.execute(query)
    }


def _happened(
    connection: Connection, account_id: str, ids: Sequence[str], *, at: datetime
) -> list[dict[str, Any]]:
    """The activities and ended deals that may say why."""
    a, d, until = activities.c, deals.c, to_millis(at)
    told = sa.select(
        a.contact_id,
        a.occurred_at,
        a.kind,
        a.outcome,
        a.reason,
        a.reason_confidence,
        a.reason_source,
    ).where(
        a.account_id == account_id,
        a.contact_id.in_(ids),
        a.occurred_at <= until,
        sa.or_(a.kind.in_(_TROUBLE), a.reason.is_not(None)),
    )
    ended = sa.select(
        d.contact_id,
        d.closed_at.label("occurred_at"),
        sa.case((d.is_won, "purchase"), else_="lost_deal").label("kind"),
        sa.null().label("outcome"),
        d.reason,
        d.reason_confidence,
        sa.null().label("reason_source"),
    ).where(d.account_id == account_id, d.contact_id.in_(ids), d.is_closed, d.closed_at <= until)
    return [dict(row) for query in (told, ended) for row in connection.execute(query).mappings()]


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
