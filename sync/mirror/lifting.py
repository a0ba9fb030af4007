"""Wishes that an admin sets aside with a reason, and the list of those that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import OPTED_IN, Wish
from core.db import chunks, insert_new_rows, one_of
from core.moments import from_millis
from sync.mirror.tables import activities, lifted_wishes
from sync.mirror.unscored import mark_unscored
from sync.mirror.wishes import Said, said_wish


@dataclass(frozen=True, slots=True)
class Lifted:
    """A wish that was set aside: by whom, when and why."""

    contact_id: str
    activity_id: str
    wish: Wish
    by: str
    at: datetime
    reason: str


def load_latest(connection: Connection, account_id: str, *, limit: int) -> list[Said]:
    """The latest wishes of an account that count, the newest first."""
    a, wish = activities.c, said_wish()
    query = (
        sa.select(a.contact_id, a.activity_id, a.kind, wish, a.occurred_at)
        .where(
            a.account_id == account_id,
            a.wish.is_not(None),
            wish.is_not(None),
            wish != OPTED_IN,
        )
        .order_by(a.occurred_at.desc(), a.activity_id)
        .limit(limit)
    )
    return [
        Said(contact_id, activity_id, kind, Wish(said), from_millis(at))
        for contact_id, activity_id, kind, said, at in connection.execute(query)
    ]


def load_lifted(connection: Connection, account_id: str, *, limit: int) -> list[Lifted]:
    """What was set aside lately, the newest first."""
    w = lifted_wishes.c
    query = (
        sa.select(w.contact_id, w.activity_id, w.wish, w.lifted_by, w.lifted_at, w.reason)
        .where(w.account_id == account_id)
        .order_by(w.lifted_at.desc(), w.activity_id)
        .limit(limit)
    )
    return [
        Lifted(contact_id, activity_id, Wish(wish), by, at, reason)
        for contact_id, activity_id, wish, by, at, reason in connection.execute(query)
    ]


def lift(
    connection: Connection,
    account_id: str,
    contact_id: str,
    activity_id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
) -> bool:
    """Set one wish aside, and mark its contact to be scored again; False where there is none that counts."""
    a, wish = activities.c, said_wish()
    query = sa.select(wish).where(
        a.account_id == account_id, a.contact_id == contact_id, a.activity_id == activity_id
    )
    found = connection.execute(query).scalar()
    if found is None:
        return False
    row = {
        "account_id": account_id,
        "contact_id": contact_id,
        "activity_id": activity_id,
        "wish": found,
        "lifted_at": at,
        "lifted_by": by,
        "reason": reason,
    }
    insert_new_rows(connection, lifted_wishes, [row])
    mark_unscored(connection, account_id, [contact_id])
    return True


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """What was set aside of the old records is set aside of the one they have become."""
    w = lifted_wishes.c
    for ids in chunks(old_ids):
        gone = sa.delete(lifted_wishes).where(w.account_id == account_id, one_of(w.contact_id, ids))
        rows = connection.execute(gone.returning(*lifted_wishes.columns)).mappings().all()
        moved = [{**row, "contact_id": survivor} for row in rows]
        insert_new_rows(connection, lifted_wishes, moved)
