"""Every query on the outcomes of assigned people and on the results made of them; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows, one_of, upsert
from workflows.results.merged import joined
from workflows.results.tables import assignment_outcomes, told_results


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


def record_told(
    connection: Connection, account_id: str, told: Sequence[Mapping[str, Any]], *, as_of: datetime
) -> None:
    """The account's results at several numbers of days, in place of those stored before."""
    upsert(
        connection, told_results, [{"account_id": account_id, **t, "as_of": as_of} for t in told]
    )


def find_figures(connection: Connection, account_id: str, days: int) -> str | None:
    """The results at so many days as JSON; None before they have been worked out."""
    return _find_told(connection, account_id, days, told_results.c.figures)


def find_sheet(connection: Connection, account_id: str, days: int) -> str | None:
    """The same results as CSV."""
    return _find_told(connection, account_id, days, told_results.c.sheet)


def _find_told(
    connection: Connection, account_id: str, days: int, column: "sa.ColumnElement[str]"
) -> str | None:
    t = told_results.c
    query = sa.select(column).where(t.account_id == account_id, t.days == days)
    return connection.execute(query).scalar_one_or_none()


def told_since(account_id: "sa.ColumnElement[str]", moment: datetime) -> "sa.ColumnElement[bool]":
    """Whether an account's results were worked out since a moment, as a condition for another query."""
    t = told_results.c
    return sa.exists().where(t.account_id == account_id, t.as_of > moment)


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """What is known of the merged is known of the survivor, as `joined` says."""
    o = assignment_outcomes.c
    gone: list[dict[str, Any]] = []
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(assignment_outcomes).where(
            o.account_id == account_id, one_of(o.contact_id, ids)
        )
        found = connection.execute(statement.returning(*assignment_outcomes.columns)).mappings()
        gone += [dict(row) for row in found]
    if gone:
        connection.execute(sa.insert(assignment_outcomes), joined(gone, survivor))


def forget(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    o = assignment_outcomes.c
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(assignment_outcomes).where(
                o.account_id == account_id, one_of(o.contact_id, ids)
            )
        )
