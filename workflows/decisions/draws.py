"""Draws of the holdout and each programme's share, both remembered once they were made; account_id first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, one_of, upsert
from workflows.decisions.holdout import Batch
from workflows.decisions.tables import draws, programmes
from workflows.results.measuring import Watched, next_look
from workflows.results.store import told_since


def load_draws(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[tuple[str, str], bool]:
    """(contact, programme) → whether held out, of those of the contacts who have been drawn."""
    d = draws.c
    found: dict[tuple[str, str], bool] = {}
    for ids in chunks(contact_ids):
        query = sa.select(d.contact_id, d.programme, d.held_out).where(
            d.account_id == account_id, one_of(d.contact_id, ids)
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
            one_of(d.contact_id, ids),
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
            "channels": c.channels,
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
    values = {"assigned_at": at, "measure_at": next_look(at, 0)}
    statement = sa.update(draws).where(*mine).values(**values)
    told = connection.execute(statement.returning(d.contact_id, d.held_out))
    return sorted(row.contact_id for row in told if row.held_out)


def load_to_measure(
    connection: Connection, account_id: str, *, at: datetime, limit: int
) -> list[Watched]:
    """Some of those of whom it is time to tell what they did, of either arm."""
    d = draws.c
    query = (
        sa.select(d.contact_id, d.programme, d.assigned_at, d.measure_at, d.channels)
        .where(d.account_id == account_id, d.measure_at <= at)
        .order_by(d.measure_at, d.contact_id, d.programme)
        .limit(limit)
    )
    return [
        Watched(
            row.contact_id,
            row.programme,
            row.assigned_at,
            (row.measure_at - row.assigned_at).days,
            row.channels or "",
        )
        for row in connection.execute(query)
    ]


def load_accounts_to_measure(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with somebody of whom it is time to tell what they did."""
    d, p = draws.c, programmes.c
    due = sa.exists().where(d.account_id == p.account_id, d.measure_at <= at)
    query = sa.select(p.account_id).distinct().where(due)
    return [row.account_id for row in connection.execute(query)]


def record_measured(connection: Connection, account_id: str, told: Iterable[Watched]) -> None:
    """What these did by their days is known: it is looked at again after the next."""
    d = draws.c
    by_days: dict[tuple[datetime, int], list[tuple[str, str]]] = {}
    for w in told:
        by_days.setdefault((w.assigned_at, w.days), []).append((w.contact_id, w.programme))
    for (assigned_at, days), people in by_days.items():
        later = next_look(assigned_at, days)
        for programme in sorted({programme for _, programme in people}):
            mine = [contact_id for contact_id, of in people if of == programme]
            for ids in chunks(mine):
                statement = sa.update(draws).where(
                    d.account_id == account_id, d.programme == programme, one_of(d.contact_id, ids)
                )
                connection.execute(statement.values(measure_at=later))


def load_assignments(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """Everybody who is watched in a batch, of either arm, with what was known of them at the draw."""
    d = draws.c
    query = (
        sa.select(draws)
        .where(d.account_id == account_id, d.wave_id.is_not(None), d.assigned_at.is_not(None))
        .order_by(d.assigned_at, d.wave_id, d.contact_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_accounts_to_tell(connection: Connection, *, before: datetime) -> list[str]:
    """Accounts with a batch that was let go ahead, whose results were last worked out before that moment, or never."""
    d, p = draws.c, programmes.c
    watched = sa.exists().where(d.account_id == p.account_id, d.assigned_at.is_not(None))
    query = sa.select(p.account_id).distinct().where(~told_since(p.account_id, before), watched)
    return [row.account_id for row in connection.execute(query)]


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
        statement = sa.delete(draws).where(d.account_id == account_id, one_of(d.contact_id, ids))
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
            sa.delete(draws).where(
                draws.c.account_id == account_id, one_of(draws.c.contact_id, ids)
            )
        )
