"""Every query on scores; account_id is the first argument."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import upsert
from scoring.tables import scores, scorings
from sync.store import chunks

_ROWS = 5_000


def save_scores(
    connection: Connection,
    account_id: str,
    rows: Iterator[dict[str, Any]],
    *,
    as_of: datetime,
    scored_at: datetime,
) -> None:
    """Replace an account's scores; contacts that are no longer scored lose theirs."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append({"account_id": account_id, **row, "as_of": as_of, "scored_at": scored_at})
        if len(batch) == _ROWS:
            upsert(connection, scores, batch)
            batch = []
    upsert(connection, scores, batch)
    connection.execute(
        sa.delete(scores).where(scores.c.account_id == account_id, scores.c.scored_at != scored_at)
    )


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(scores).where(scores.c.account_id == account_id, scores.c.contact_id.in_(ids))
        )


def record_scoring(connection: Connection, account_id: str, row: dict[str, Any]) -> None:
    upsert(connection, scorings, [{"account_id": account_id, **row}])


def find_scoring(connection: Connection, account_id: str) -> dict[str, Any] | None:
    query = sa.select(scorings).where(scorings.c.account_id == account_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def find_score(connection: Connection, account_id: str, contact_id: str) -> dict[str, Any] | None:
    query = sa.select(scores).where(
        scores.c.account_id == account_id, scores.c.contact_id == contact_id
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def load_scores(connection: Connection, account_id: str) -> Sequence[dict[str, Any]]:
    """All scores of an account, the most worthwhile first."""
    query = (
        sa.select(scores)
        .where(scores.c.account_id == account_id)
        .order_by(
            scores.c.priority.is_(None),
            scores.c.priority,
            scores.c.expected_value.desc(),
            scores.c.quiet_days,
            scores.c.contact_id,
        )
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_best(
    connection: Connection, account_id: str, *, limit: int, segment: str | None = None
) -> Sequence[dict[str, Any]]:
    """The most worthwhile contacts that have a priority."""
    query = sa.select(scores).where(
        scores.c.account_id == account_id, scores.c.priority.is_not(None)
    )
    if segment is not None:
        query = query.where(scores.c.segment == segment)
    query = query.order_by(
        scores.c.priority, scores.c.expected_value.desc(), scores.c.quiet_days, scores.c.contact_id
    ).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]
