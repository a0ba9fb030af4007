"""How far each account's changes have been asked for without notices, and whose turn it is."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from sync.backfill.states import RunState
from sync.backfill.tables import polls, runs


@dataclass(frozen=True, slots=True)
class Poll:
    """From where to ask on; `unexplained` is a difference of counts that stays though all was compared."""

    watermark: str
    unexplained: int


def find_poll(connection: Connection, account_id: str) -> Poll | None:
    query = sa.select(polls.c.watermark, polls.c.unexplained).where(
        polls.c.account_id == account_id
    )
    row = connection.execute(query).first()
    return None if row is None else Poll(row.watermark, row.unexplained)


def record_begun(
    connection: Connection, account_id: str, watermark: str, *, now: datetime, at: datetime
) -> None:
    """Remember the first watermark; an earlier one stays. `now` is this machine's time, `at` the accounts'."""
    row = {"account_id": account_id, "watermark": watermark, "unexplained": 0}
    insert_new(connection, polls, {**row, "polled_at": now, "polled_for": at})


def record_asked(connection: Connection, account_id: str, *, now: datetime, at: datetime) -> None:
    """Note that the account is being polled, so that a poll that fails waits its turn like any other."""
    _update(connection, account_id, polled_at=now, polled_for=at)


def record_watermark(connection: Connection, account_id: str, watermark: str) -> None:
    """Move on: everything before it has been stored."""
    _update(connection, account_id, watermark=watermark)


def record_unexplained(connection: Connection, account_id: str, difference: int) -> None:
    _update(connection, account_id, unexplained=difference)


def _update(connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(sa.update(polls).where(polls.c.account_id == account_id).values(**values))


def load_accounts_due(connection: Connection, *, before: datetime, at: datetime) -> list[str]:
    """Accounts that have been read completely and were not asked for changes since then.

    Since `before` by this machine's time or since `at` by the accounts', whichever has gone by sooner.
    """
    query = (
        sa.select(runs.c.account_id)
        .distinct()
        .select_from(runs.outerjoin(polls, polls.c.account_id == runs.c.account_id))
        .where(
            runs.c.state == RunState.DONE,
            sa.or_(
                polls.c.polled_at.is_(None),
                polls.c.polled_at <= before,
                polls.c.polled_for <= at,
            ),
        )
    )
    return [row.account_id for row in connection.execute(query)]
