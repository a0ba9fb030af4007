"""Every query on the decision log; account_id is the first argument, and rows are added, never changed."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of
from workflows.log.entries import Entry, What
from workflows.log.guards import KEPT_MS
from workflows.log.tables import decision_log

KEPT = timedelta(milliseconds=KEPT_MS)
# What is said of every account stands under no account.
EVERYBODY = ""
_ROWS = 1_000


def record(
    connection: Connection,
    account_id: str,
    entries: Iterable[Entry],
    *,
    at: datetime,
    now: datetime,
) -> None:
    """Add entries; `at` is the account's time, `now` this machine's."""
    rows = [_row(account_id, entry, at, now) for entry in entries]
    for first in range(0, len(rows), _ROWS):
        connection.execute(sa.insert(decision_log), rows[first : first + _ROWS])


def _row(account_id: str, entry: Entry, at: datetime, now: datetime) -> dict[str, Any]:
    told = asdict(entry)
    told["consent"] = None if entry.consent is None else orjson.dumps(dict(entry.consent)).decode()
    told["standing"] = None if entry.standing is None else str(entry.standing)
    return {"account_id": account_id, "at": at, "recorded_at": now, **told}


def load_entries(
    connection: Connection,
    account_id: str,
    *,
    contact_ids: Sequence[str] | None = None,
    after: int = 0,
    limit: int = _ROWS,
) -> list[dict[str, Any]]:
    """The next entries of an account, and of all accounts together, in the order in which they were recorded.

    `contact_ids` are the ids of one person, whose entries alone are asked for.
    """
    d = decision_log.c
    query = sa.select(decision_log).where(d.entry_id > after).order_by(d.entry_id).limit(limit)
    if contact_ids is None:
        query = query.where(d.account_id.in_([account_id, EVERYBODY]))
    else:
        query = query.where(d.account_id == account_id, one_of(d.contact_id, contact_ids))
    return [
        {**row, "consent": None if row["consent"] is None else orjson.loads(row["consent"])}
        for row in connection.execute(query).mappings()
    ]


def load_latest(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, limit: int
) -> list[dict[str, Any]]:
    """What was decided and done about one person, by all ids of theirs; the latest first."""
    d = decision_log.c
    query = (
        sa.select(decision_log)
        .where(d.account_id == account_id, one_of(d.contact_id, contact_ids))
        .order_by(d.entry_id.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def find_plan_approval(connection: Connection, account_id: str) -> tuple[str, datetime] | None:
    """Who last let a plan of values be written, and when: the plan itself is not kept for ever."""
    d = decision_log.c
    query = (
        sa.select(d.by, d.recorded_at)
        .where(
            d.account_id == account_id,
            d.contact_id.is_(None),
            d.contact_hash.is_(None),
            d.what == What.APPROVED,
        )
        .order_by(d.entry_id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.by, row.recorded_at)


def forget(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, secret: str
) -> None:
    """Leave of erased people what was decided and why; whose it was is a hash that only this Rekindle can make."""
    d = decision_log.c
    ours = sa.case((d.evidence.like("activity:%"), None), else_=d.evidence)
    statement = (
        sa.update(decision_log)
        .where(d.account_id == account_id, d.contact_id == sa.bindparam("whose"))
        .values(contact_id=None, contact_hash=sa.bindparam("hash"), evidence=ours)
    )
    rows = [{"whose": i, "hash": hash_of(account_id, i, secret=secret)} for i in contact_ids]
    for first in range(0, len(rows), _ROWS):
        connection.execute(statement, rows[first : first + _ROWS])


def hash_of(account_id: str, contact_id: str, *, secret: str) -> str:
    """What stands in the log for an erased person."""
    told = f"decision log\x00{account_id}\x00{contact_id}".encode()
    return hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()


def has_old(connection: Connection, *, now: datetime) -> bool:
    query = sa.select(decision_log.c.entry_id).where(decision_log.c.recorded_at < now - KEPT)
    return connection.execute(query.limit(1)).first() is not None


def delete_old(connection: Connection, *, now: datetime) -> int:
    """Delete some of what is older than five years; answers how many entries."""
    d = decision_log.c
    query = sa.select(d.entry_id).where(d.recorded_at < now - KEPT).limit(_ROWS)
    found = list(connection.execute(query).scalars())
    for ids in chunks([str(i) for i in found]):
        statement = sa.delete(decision_log).where(d.entry_id.in_([int(i) for i in ids]))
        connection.execute(statement)
    return len(found)
