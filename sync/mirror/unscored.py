"""Contacts whose score is older than what the mirror knows: written with the change itself, taken by scoring.

Each mark has a stamp of its own. Who takes marks deletes those whose stamp is still the one it saw, so that a
change that comes meanwhile is looked at once more.
"""

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of, upsert
from sync.mirror.tables import unscored


def mark_unscored(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    """Mark contacts to be scored again, in the transaction that changes what is known of them."""
    stamp = uuid.uuid4().hex
    for ids in chunks(dict.fromkeys(contact_ids)):
        rows = [{"account_id": account_id, "contact_id": i, "stamp": stamp} for i in ids]
        upsert(connection, unscored, rows)


def load_unscored(
    connection: Connection, account_id: str, *, limit: int | None = None
) -> dict[str, str]:
    """Contact → stamp of those marked; with `limit` no more than so many."""
    query = (
        sa.select(unscored.c.contact_id, unscored.c.stamp)
        .where(unscored.c.account_id == account_id)
        .order_by(unscored.c.contact_id)
        .limit(limit)
    )
    return {row.contact_id: row.stamp for row in connection.execute(query)}


def forget_unscored(connection: Connection, account_id: str, taken: Mapping[str, str]) -> None:
    """Take away marks that have been dealt with, unless somebody has marked the contact anew."""
    by_stamp: dict[str, list[str]] = {}
    for contact_id, stamp in taken.items():
        by_stamp.setdefault(stamp, []).append(contact_id)
    for stamp, marked in by_stamp.items():
        for ids in chunks(marked):
            connection.execute(
                sa.delete(unscored).where(
                    unscored.c.account_id == account_id,
                    unscored.c.stamp == stamp,
                    one_of(unscored.c.contact_id, ids),
                )
            )
