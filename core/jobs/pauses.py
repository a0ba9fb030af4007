"""Work that a person has paused: nobody takes it up, and whoever is at it stops at the next safe place."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from core.jobs.tables import pauses


@dataclass(frozen=True, slots=True)
class Pause:
    """What stands still, since when, and by whom."""

    claim: str
    by: str
    since: datetime


def pause(connection: Connection, account_id: str, claim: str, *, by: str, now: datetime) -> bool:
    """Let a claim's work stand still; False where it does already."""
    row = {"claim": claim, "account_id": account_id, "by": by, "since": now}
    return insert_new(connection, pauses, row)


def resume(connection: Connection, account_id: str, claim: str) -> bool:
    """Let it go on; False where it does not stand still."""
    mine = (pauses.c.claim == claim, pauses.c.account_id == account_id)
    return connection.execute(sa.delete(pauses).where(*mine)).rowcount == 1


def is_paused(connection: Connection, claim: str) -> bool:
    query = sa.select(pauses.c.claim).where(pauses.c.claim == claim)
    return connection.execute(query).first() is not None


def load_pauses(connection: Connection, account_id: str) -> dict[str, Pause]:
    """Claim → its pause."""
    query = sa.select(pauses).where(pauses.c.account_id == account_id)
    return {r.claim: Pause(r.claim, r.by, r.since) for r in connection.execute(query)}


def paused(claim: "sa.ColumnElement[str]") -> "sa.ColumnElement[bool]":
    """Whether the claim of a row of another query stands still."""
    return sa.exists().where(pauses.c.claim == claim)
