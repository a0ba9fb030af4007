"""Rounds that are running: by which channel they go on, and until when an answer is waited for; account_id is first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.moving import move, set_each
from workflows.enrollment.states import UNDONE, EnrollmentState
from workflows.enrollment.tables import KEY, enrollments


def set_channels(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """The channel of each row is the one by which its running round goes on."""
    told = [(row, {"channel": row["channel"]}) for row in rows]
    set_each(connection, enrollments, KEY, told)


def wait_each(connection: Connection, waits: Sequence[tuple[Mapping[str, Any], datetime]]) -> None:
    """A round whose last touch was asked for is over then, if nothing ends it before; of many rounds."""
    told = [(row, {"due_at": until}) for row, until in waits]
    is_running = enrollments.c.state == EnrollmentState.STARTED
    set_each(connection, enrollments, KEY, told, is_running)


def load_over(connection: Connection, account_id: str, *, at: datetime) -> list[str]:
    """Contacts whose running round has been waited for long enough."""
    e = enrollments.c
    query = sa.select(e.contact_id).where(
        e.account_id == account_id, e.state == EnrollmentState.STARTED, e.due_at <= at
    )
    return list(connection.execute(query).scalars())


def load_accounts_over(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with a running round that has been waited for long enough."""
    e = enrollments.c
    query = (
        sa.select(e.account_id).distinct().where(e.state == EnrollmentState.STARTED, e.due_at <= at)
    )
    return [row.account_id for row in connection.execute(query)]


def load_accounts_running(connection: Connection) -> set[str]:
    """Accounts with a running round: somebody may answer at any time."""
    e = enrollments.c
    query = sa.select(e.account_id).distinct().where(e.state == EnrollmentState.STARTED)
    return {row.account_id for row in connection.execute(query)}


def load_to_begin(
    connection: Connection, account_id: str, *, until: datetime, limit: int
) -> list[dict[str, Any]]:
    """Rounds that a person has let go on and that begin by then, the next first."""
    e = enrollments.c
    query = (
        sa.select(enrollments)
        .where(e.account_id == account_id, e.state == EnrollmentState.APPROVED, e.due_at <= until)
        .order_by(e.due_at, e.contact_id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def move_back(
    connection: Connection,
    row: Mapping[str, Any],
    old: EnrollmentState,
    new: EnrollmentState,
    **values: Any,
) -> bool:
    """Let a round be what it was before a person's act; False where it is not any more what the act made of it."""
    e = enrollments.c
    where = [*_of(row), e.state == old]
    return move(connection, UNDONE, e.state, new, *where, **values) == 1


def _of(row: Mapping[str, Any]) -> "list[sa.ColumnElement[bool]]":
    """The round that a row belongs to."""
    return [enrollments.c[name] == row[name] for name in KEY]
