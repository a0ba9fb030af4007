"""How a contact's chance of an answer has moved: kept where it changed by a whole one in 100, for two years."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows, one_of
from scoring.tables import chances, scores

KEPT = timedelta(days=730)


def record_changes(
    connection: Connection, account_id: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Keep what these rows change of the scores that stand.

    Called before the rows are stored. Both sides of a step are kept, the last moment of the old value and the first
    of the new: what lies between two steps was level. Who is scored for the first time has no step.
    """
    if not rows:
        return
    new = {row["contact_id"]: row for row in rows}
    s = scores.c
    for ids in chunks(new):
        query = sa.select(s.contact_id, s.as_of, s.likelihood).where(
            s.account_id == account_id, one_of(s.contact_id, ids)
        )
        steps: list[tuple[str, datetime, float | None]] = []
        for old in connection.execute(query):
            row = new[old.contact_id]
            if in_100(old.likelihood) != in_100(row.get("likelihood")) and old.as_of < row["as_of"]:
                steps.append((old.contact_id, old.as_of, old.likelihood))
                steps.append((old.contact_id, row["as_of"], row.get("likelihood")))
        keep_steps(connection, account_id, steps)


def load_outdated(
    connection: Connection, account_id: str, *, at: datetime, limit: int
) -> list[str]:
    """Contacts with steps that are older than two years."""
    c = chances.c
    query = (
        sa.select(c.contact_id)
        .where(c.account_id == account_id, c.at < at - KEPT)
        .distinct()
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def forget_outdated(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> None:
    c = chances.c
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(chances).where(
                c.account_id == account_id, one_of(c.contact_id, ids), c.at < at - KEPT
            )
        )


def keep_steps(
    connection: Connection, account_id: str, steps: Sequence[tuple[str, datetime, float | None]]
) -> None:
    """Keep contacts' chances at these moments; what is known of a moment already stays."""
    for some in chunks(steps):
        rows = [
            {"account_id": account_id, "contact_id": contact_id, "at": at, "chance": chance}
            for contact_id, at, chance in some
        ]
        insert_new_rows(connection, chances, rows)


def load_changes(
    connection: Connection, account_id: str, contact_id: str
) -> list[tuple[datetime, float | None]]:
    """The steps of one contact, oldest first; None while nothing was foretold of them."""
    c = chances.c
    query = (
        sa.select(c.at, c.chance)
        .where(c.account_id == account_id, c.contact_id == contact_id)
        .order_by(c.at)
    )
    return [(row.at, row.chance) for row in connection.execute(query)]


def forget_changes(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    connection.execute(
        sa.delete(chances).where(
            chances.c.account_id == account_id, one_of(chances.c.contact_id, contact_ids)
        )
    )


def in_100(chance: float | None) -> int | None:
    """A chance as people read it."""
    return None if chance is None else round(chance * 100)
