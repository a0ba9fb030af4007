"""Every query on an account's do-not-contact list; account_id is the first argument."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, insert_new_rows
from workflows.gate.tables import list_changes, list_salts, listed


def find_salt(connection: Connection, account_id: str) -> str | None:
    """The account's sealed salt; None where it has no list yet."""
    query = sa.select(list_salts.c.sealed).where(list_salts.c.account_id == account_id)
    return connection.execute(query).scalar_one_or_none()


def record_salt(connection: Connection, account_id: str, sealed: str) -> str:
    """Keep a salt where there is none; answers the one that holds."""
    insert_new(connection, list_salts, {"account_id": account_id, "sealed": sealed})
    return find_salt(connection, account_id) or sealed


def add(
    connection: Connection,
    account_id: str,
    digests: Iterable[str],
    *,
    origin: str,
    by: str,
    now: datetime,
) -> int:
    """Put these on the list; answers how many are new."""
    new = 0
    for some in chunks(digests):
        rows = [
            {
                "account_id": account_id,
                "digest": d,
                "origin": origin,
                "added_by": by,
                "added_at": now,
            }
            for d in some
        ]
        new += len(insert_new_rows(connection, listed, rows))
    return new


def remove(connection: Connection, account_id: str, digests: Iterable[str]) -> int:
    """Take these off the list; answers how many were on it."""
    gone = 0
    for some in chunks(digests):
        statement = sa.delete(listed).where(
            listed.c.account_id == account_id, listed.c.digest.in_(some)
        )
        gone += connection.execute(statement).rowcount
    return gone


def load_listed(connection: Connection, account_id: str, digests: Iterable[str]) -> set[str]:
    """Those of these that are on the list."""
    found: set[str] = set()
    for some in chunks(digests):
        query = sa.select(listed.c.digest).where(
            listed.c.account_id == account_id, listed.c.digest.in_(some)
        )
        found.update(connection.execute(query).scalars())
    return found


def record_change(
    connection: Connection,
    account_id: str,
    *,
    taken_off: bool,
    entries: int,
    by: str,
    now: datetime,
) -> None:
    """Append who has put how many entries on the list, or taken them off."""
    row = {
        "account_id": account_id,
        "change_id": uuid.uuid4().hex,
        "taken_off": taken_off,
        "entries": entries,
        "changed_by": by,
        "changed_at": now,
    }
    connection.execute(sa.insert(list_changes).values(row))


def load_list_changes(
    connection: Connection, account_id: str, *, limit: int
) -> list[Mapping[str, Any]]:
    """The latest changes of the list, the newest first."""
    query = (
        sa.select(list_changes)
        .where(list_changes.c.account_id == account_id)
        .order_by(list_changes.c.changed_at.desc(), list_changes.c.change_id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def count_listed(connection: Connection, account_id: str) -> dict[str, int]:
    """Entries by where they came from."""
    query = (
        sa.select(listed.c.origin, sa.func.count())
        .where(listed.c.account_id == account_id)
        .group_by(listed.c.origin)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
