"""Draws of the holdout and each programme's share, both remembered once they were made; account_id first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, upsert
from workflows.decisions.holdout import Batch
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


def load_left_alone(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> set[str]:
    """Those of the contacts who are being left alone, whatever the programme: drawn and not let go ahead, or since.

    Started in another programme meanwhile, they would say nothing of what comes back by itself.
    """
    d = draws.c
    found: set[str] = set()
    for ids in chunks(contact_ids):
        query = sa.select(d.contact_id).where(
            d.account_id == account_id,
            d.contact_id.in_(ids),
            d.held_out,
            sa.or_(d.assigned_at.is_(None), d.assigned_at > since),
        )
        found |= set(connection.execute(query).scalars())
    return found


def waits_for_batch(
    account_id: str, contact_id: sa.ColumnElement[str], programme: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    """Whether somebody was drawn in a batch that has not been let go ahead, as a condition for another query."""
    d = draws.c
    return sa.exists().where(
        d.account_id == account_id,
        d.contact_id == contact_id,
        d.programme == programme,
        d.assigned_at.is_(None),
    )


def count_waiting_controls(connection: Connection, account_id: str) -> int:
    """How many are left alone in batches that have not been let go ahead."""
    d = draws.c
    query = sa.select(sa.func.count()).where(
        d.account_id == account_id, d.held_out, d.assigned_at.is_(None)
    )
    return int(connection.execute(query).scalar_one())


def record_batch(
    connection: Connection, account_id: str, batch: Batch, *, wave_id: str, now: datetime
) -> None:
    """Put both arms of a batch down: new draws are made for good, who was drawn already keeps theirs.

    Who was drawn in a batch that has not been let go ahead is in this one from now on.
    """
    people = [(c, False) for c in batch.started] + [(c, True) for c in batch.controls]
    rows = [
        {
            "account_id": account_id,
            "contact_id": c.contact_id,
            "programme": c.programme,
            "held_out": held_out,
            "drawn_at": now,
            "wave_id": wave_id,
            "share": c.share,
            "track": c.track,
            "band": c.band,
            "priority": c.priority,
            "segment": c.segment,
            "p_return": c.p_return,
            "likelihood": c.likelihood,
        }
        for c, held_out in people
    ]
    # What was known of them when they were drawn stays what the arms were made alike by.
    keep = [name for name in rows[0] if name != "wave_id"] if rows else []
    upsert(connection, draws, rows, keep=keep, where=draws.c.assigned_at.is_(None))


def assign_batch(
    connection: Connection, account_id: str, wave_id: str, *, at: datetime
) -> list[str]:
    """Watch both arms of a batch from a moment on; answers who of it is left alone."""
    d = draws.c
    mine = (d.account_id == account_id, d.wave_id == wave_id, d.assigned_at.is_(None))
    statement = sa.update(draws).where(*mine).values(assigned_at=at)
    told = connection.execute(statement.returning(d.contact_id, d.held_out))
    return sorted(row.contact_id for row in told if row.held_out)


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
    nobody could say what comes back by itself. Who was drawn otherwise before belongs to neither arm of a batch.
    """
    d = draws.c
    gone: list[dict[str, Any]] = []
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(draws).where(d.account_id == account_id, d.contact_id.in_(ids))
        gone += [
            dict(row) for row in connection.execute(statement.returning(*draws.columns)).mappings()
        ]
    held_out = any(row["held_out"] for row in gone)
    kept: dict[str, dict[str, Any]] = {}
    for row in sorted(gone, key=lambda row: (row["drawn_at"], row["contact_id"])):
        first = kept.setdefault(row["programme"], row)
        if held_out and not row["held_out"]:
            first["wave_id"] = None
    rows = [{**row, "contact_id": survivor, "held_out": held_out} for row in kept.values()]
    upsert(connection, draws, rows)


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(draws).where(draws.c.account_id == account_id, draws.c.contact_id.in_(ids))
        )
