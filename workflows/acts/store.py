"""Every query on what people of the team did; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, one_of
from workflows.acts.kinds import PUTS_OFF, Act, SetAside, set_aside_of
from workflows.acts.tables import acts

Row = dict[str, Any]


def record(connection: Connection, account_id: str, row: Mapping[str, Any]) -> bool:
    """Write an act; False where it was written before."""
    return insert_new(connection, acts, {"account_id": account_id, **row})


def find(connection: Connection, account_id: str, act_id: str) -> Row | None:
    query = sa.select(acts).where(acts.c.account_id == account_id, acts.c.act_id == act_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def record_undone(
    connection: Connection, account_id: str, act_id: str, *, by: str, now: datetime
) -> bool:
    """Take an act back; False where it was before."""
    a = acts.c
    done = connection.execute(
        sa.update(acts)
        .where(a.account_id == account_id, a.act_id == act_id, a.undone_at.is_(None))
        .values(undone_at=now, undone_by=by)
    )
    return bool(done.rowcount)


def load_of(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, list[Row]]:
    """Contact → what was done about them and not taken back, the latest last."""
    a = acts.c
    found: dict[str, list[Row]] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(acts)
            .where(a.account_id == account_id, one_of(a.contact_id, ids), a.undone_at.is_(None))
            .order_by(a.made_at, a.act_id)
        )
        for row in connection.execute(query).mappings():
            found.setdefault(row["contact_id"], []).append(dict(row))
    return found


def load_set_aside(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, at: datetime
) -> dict[str, SetAside]:
    """Contact → how somebody of the team has put them off, of those of whom that holds."""
    a = acts.c
    last: dict[str, SetAside | None] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(a.contact_id, a.act, a.by, a.at, a.until)
            .where(
                a.account_id == account_id,
                one_of(a.contact_id, ids),
                a.act.in_([*PUTS_OFF, Act.WAKE]),
                a.undone_at.is_(None),
            )
            .order_by(a.made_at, a.act_id)
        )
        for contact_id, *told in connection.execute(query):
            last[contact_id] = set_aside_of(*told)
    return {i: held for i, held in last.items() if held is not None and held.holds(at)}


def follow(connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str) -> None:
    """What was done about ids that merges have ended was done about the survivor."""
    a = acts.c
    for ids in chunks(old_ids):
        connection.execute(
            sa.update(acts)
            .where(a.account_id == account_id, one_of(a.contact_id, ids))
            .values(contact_id=survivor)
        )


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete what was done about these people."""
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(acts).where(acts.c.account_id == account_id, one_of(acts.c.contact_id, ids))
        )
