"""Every query on lists; account_id is the first argument."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from core.moving import move
from workflows.lists.states import LISTS, ListState
from workflows.lists.tables import contact_lists

Row = dict[str, Any]


def record(connection: Connection, account_id: str, row: Row) -> None:
    """Keep what somebody asked for."""
    insert_new(connection, contact_lists, {"account_id": account_id, **row})


def record_state(
    connection: Connection, account_id: str, list_id: str, state: ListState, **values: Any
) -> bool:
    """Move a list on; False where it is there already, or there is none. Raises ImpossibleTransition."""
    c = contact_lists.c
    where = (c.account_id == account_id, c.list_id == list_id)
    return move(connection, LISTS, c.state, state, *where, expected=1, **values) == 1


def find(connection: Connection, account_id: str, list_id: str) -> Row | None:
    c = contact_lists.c
    query = sa.select(contact_lists).where(c.account_id == account_id, c.list_id == list_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def load(connection: Connection, account_id: str, *, limit: int) -> list[Row]:
    """The account's lists, the latest first."""
    c = contact_lists.c
    query = (
        sa.select(contact_lists)
        .where(c.account_id == account_id)
        .order_by(c.asked_at.desc(), c.list_id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_unfinished(connection: Connection, account_id: str) -> list[Row]:
    """What a person has let go ahead and is not done, the earliest first."""
    c = contact_lists.c
    under_way = (ListState.APPROVED, ListState.WRITING)
    query = sa.select(contact_lists).where(c.account_id == account_id, c.state.in_(under_way))
    rows = connection.execute(query.order_by(c.settled_at, c.list_id)).mappings()
    return [dict(row) for row in rows]
