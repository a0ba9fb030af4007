"""Meetings of some contacts, past ones and those to come."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities


def load_meetings(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, after: datetime
) -> list[tuple[str, datetime, str | None]]:
    """(contact, when it takes place, outcome) of meetings after that moment, however far ahead."""
    a = activities.c
    found: list[tuple[str, datetime, str | None]] = []
    for ids in chunks(contact_ids):
        query = sa.select(a.contact_id, a.occurred_at, a.outcome).where(
            a.account_id == account_id,
            one_of(a.contact_id, ids),
            a.kind == "meeting",
            a.occurred_at > to_millis(after),
        )
        found += [(row[0], from_millis(row[1]), row[2]) for row in connection.execute(query)]
    return found
