"""Draws of the holdout and each programme's share, both remembered once they were made; account_id first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, upsert
from workflows.decisions.tables import draws, programmes


def load_draws(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[tuple[str, str], bool]:
    """(contact, programme) → whether held out, of those of the contacts who have been drawn."""
    d = draws.c
    found: dict[tuple[str, str], bool] = {}
    for ids in chunks(contact_ids):
        query = sa.select(d.contact_id, d.programme, d.held_out).where(
            d.account_id == account_id, d.contact_id.in_(ids)
        )
        found |= {(row[0], row[1]): row[2] for row in connection.execute(query)}
    return found


def record_draws(
    connection: Connection,
    account_id: str,
    drawn: Mapping[tuple[str, str], bool],
    *,
    now: datetime,
) -> None:
    """Keep (contact, programme) → whether held out; an earlier draw lasts."""
    rows = [
        {
            "account_id": account_id,
            "contact_id": contact_id,
            "programme": programme,
            "held_out": held_out,
            "drawn_at": now,
        }
        for (contact_id, programme), held_out in drawn.items()
    ]
    upsert(connection, draws, rows, keep=["held_out", "drawn_at"])


def load_shares(connection: Connection, account_id: str) -> dict[str, float]:
    """Programme → the share of those drawn from now on that is left alone."""
    p = programmes.c
    query = sa.select(p.programme, p.share).where(p.account_id == account_id)
    return {row.programme: row.share for row in connection.execute(query)}


def set_share(
    connection: Connection, account_id: str, programme: str, share: float, *, now: datetime
) -> None:
    """Set a programme's share where it has none; it stays until a person changes it."""
    row = {"account_id": account_id, "programme": programme, "share": share, "set_at": now}
    insert_new(connection, programmes, row)


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str], survivor: str
) -> None:
    """One draw for each programme that any of the merged was drawn for, as old as the earliest.

    Who was left alone under one id is left alone in all of these: under the other id they would be started, and
    nobody could say what comes back by itself.
    """
    d = draws.c
    drawn: dict[str, datetime] = {}
    held_out = False
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(draws).where(d.account_id == account_id, d.contact_id.in_(ids))
        for row in connection.execute(statement.returning(d.programme, d.held_out, d.drawn_at)):
            drawn[row.programme] = min(drawn.get(row.programme, row.drawn_at), row.drawn_at)
            held_out = held_out or row.held_out
    rows = [
        {
            "account_id": account_id,
            "contact_id": survivor,
            "programme": programme,
            "held_out": held_out,
            "drawn_at": drawn_at,
        }
        for programme, drawn_at in drawn.items()
    ]
    upsert(connection, draws, rows)


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(draws).where(draws.c.account_id == account_id, draws.c.contact_id.in_(ids))
        )
