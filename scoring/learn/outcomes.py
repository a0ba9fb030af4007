"""Cohorts as rows: opened when somebody is started or left alone, matured 90 days later; account_id first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of, upsert
from scoring.learn.merged import joined
from scoring.tables import cohorts

_NOT_KNOWN = {"responded": None, "matured_at": None}


def open_cohorts(
    connection: Connection, account_id: str, rows: Iterable[Mapping[str, Any]], *, at: datetime
) -> None:
    """Begin to watch what these do who were started, or left alone, at a moment; each once.

    Rows have contact_id, arm, channels and traits.
    """
    opened = [{"account_id": account_id, **row, "decided_at": at, **_NOT_KNOWN} for row in rows]
    upsert(connection, cohorts, opened, keep=[c.name for c in cohorts.columns])


def load_watched(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> set[str]:
    """Those of the contacts whose 90 days are still running."""
    c = cohorts.c
    found: set[str] = set()
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id).where(
            c.account_id == account_id, c.responded.is_(None), one_of(c.contact_id, ids)
        )
        found |= set(connection.execute(query).scalars())
    return found


def load_ripe(
    connection: Connection, account_id: str, *, decided_by: datetime
) -> list[tuple[str, datetime]]:
    """(contact, decided at) of all that were decided by then and whose outcome is not known."""
    c = cohorts.c
    query = (
        sa.select(c.contact_id, c.decided_at)
        .where(c.account_id == account_id, c.responded.is_(None), c.decided_at <= decided_by)
        .order_by(c.contact_id, c.decided_at)
    )
    return [(row.contact_id, row.decided_at) for row in connection.execute(query)]


def load_accounts_ripe(connection: Connection, *, decided_by: datetime) -> list[str]:
    c = cohorts.c
    query = (
        sa.select(c.account_id).distinct().where(c.responded.is_(None), c.decided_at <= decided_by)
    )
    return [row.account_id for row in connection.execute(query)]


def record_outcomes(
    connection: Connection,
    account_id: str,
    found: Sequence[tuple[str, datetime, bool]],
    *,
    at: datetime,
) -> None:
    """Whether each (contact, decided at) responded; what is known already stays."""
    if not found:
        return
    c = cohorts.c
    statement = (
        sa.update(cohorts)
        .where(
            c.account_id == account_id,
            c.contact_id == sa.bindparam("of_contact"),
            c.decided_at == sa.bindparam("of_decision"),
            c.responded.is_(None),
        )
        .values(responded=sa.bindparam("did"), matured_at=at)
    )
    connection.execute(
        statement, [{"of_contact": i, "of_decision": d, "did": did} for i, d, did in found]
    )


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """All that is watched of the merged is watched of the survivor, as `joined` says."""
    c = cohorts.c
    gone: list[dict[str, Any]] = []
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(cohorts).where(c.account_id == account_id, one_of(c.contact_id, ids))
        found = connection.execute(statement.returning(*cohorts.columns)).mappings()
        gone += [dict(row) for row in found]
    if gone:
        connection.execute(sa.insert(cohorts), joined(gone, survivor))


def load_outcomes(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """Every cohort row whose outcome is known."""
    c = cohorts.c
    query = (
        sa.select(
            c.contact_id,
            c.decided_at,
            c.arm,
            c.channels,
            c.traits,
            c.responded,
            c.matured_at,
        )
        .where(c.account_id == account_id, c.responded.is_not(None))
        .order_by(c.decided_at, c.contact_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def count_outcomes(connection: Connection, account_id: str, *, since: datetime) -> int:
    """How many outcomes have become known after that."""
    c = cohorts.c
    query = (
        sa.select(sa.func.count())
        .select_from(cohorts)
        .where(c.account_id == account_id, c.matured_at > since)
    )
    return int(connection.execute(query).scalar_one())
