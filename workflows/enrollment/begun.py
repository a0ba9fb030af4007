"""Queries on rounds that have begun, running or over; account_id is the first argument."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of
from workflows.enrollment.states import End
from workflows.enrollment.tables import enrollments

# How long who has answered is a person's turn, if nothing else is to be said of them.
ANSWERED_FOR = timedelta(days=30)


def load_latest_begun(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> dict[str, dict[str, Any]]:
    """Contact → their latest round that has begun since then, running or over."""
    e = enrollments.c
    found: dict[str, dict[str, Any]] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(enrollments)
            .where(e.account_id == account_id, one_of(e.contact_id, ids), e.started_at >= since)
            .order_by(e.started_at)
        )
        found |= {row["contact_id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def load_answered(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> frozenset[str]:
    """Those of these contacts who have answered, booked or gone to book since then, which ended a round of theirs."""
    e = enrollments.c
    found: set[str] = set()
    for ids in chunks(contact_ids):
        query = sa.select(e.contact_id).where(
            e.account_id == account_id,
            one_of(e.contact_id, ids),
            e.ended_by.in_([End.ANSWERED, End.BOOKED, End.CLICKED]),
            e.ended_at >= since,
        )
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def load_rounds_of(
    connection: Connection, account_id: str, contact_id: str
) -> list[dict[str, Any]]:
    """Every round of one contact, begun or not, the latest last."""
    e = enrollments.c
    query = (
        sa.select(enrollments)
        .where(e.account_id == account_id, e.contact_id == contact_id)
        .order_by(e.created_at, e.round_no)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
