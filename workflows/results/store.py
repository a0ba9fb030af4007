"""Every query on the outcomes of assigned people; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows
from workflows.results.merged import joined
from workflows.results.tables import assignment_outcomes


def record_outcomes(
    connection: Connection, account_id: str, rows: Sequence[Mapping[str, Any]], *, at: datetime
) -> None:
    """What became of people by so many days; what is known already stays."""
    told = [{"account_id": account_id, **row, "recorded_at": at} for row in rows]
    insert_new_rows(connection, assignment_outcomes, told)


def load_outcomes(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """Everything that is known."""
    query = sa.select(assignment_outcomes).where(assignment_outcomes.c.account_id == account_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """What is known of the merged is known of the survivor, as `joined` says."""
    o = assignment_outcomes.c
    gone: list[dict[str, Any]] = []
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(assignment_outcomes).where(
            o.account_id == account_id, o.contact_id.in_(ids)
        )
        found = connection.execute(statement.returning(*assignment_outcomes.columns)).mappings()
        gone += [dict(row) for row in found]
    if gone:
        connection.execute(sa.insert(assignment_outcomes), joined(gone, survivor))


def forget(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    o = assignment_outcomes.c
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(assignment_outcomes).where(o.account_id == account_id, o.contact_id.in_(ids))
        )
