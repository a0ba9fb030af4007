"""Rounds that are running: by which channel they go on, and until when an answer is waited for; account_id is first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments


def set_channel(connection: Connection, row: Mapping[str, Any], channel: str) -> None:
    """The channel by which a running round goes on."""
    connection.execute(sa.update(enrollments).where(*_of(row)).values(channel=channel))


def wait_until(connection: Connection, row: Mapping[str, Any], until: datetime) -> None:
    """A round whose last touch was asked for is over then, if nothing ends it before."""
    e = enrollments.c
    connection.execute(
        sa.update(enrollments)
        .where(*_of(row), e.state == EnrollmentState.STARTED)
        .values(due_at=until)
    )


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


def _of(row: Mapping[str, Any]) -> "list[sa.ColumnElement[bool]]":
    """The round that a row belongs to."""
    names = ("account_id", "contact_id", "playbook", "round_no")
    return [enrollments.c[name] == row[name] for name in names]
