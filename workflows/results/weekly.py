"""Every query on weekly reports; account_id is the first argument."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from core.moving import move
from workflows.results.tables import weekly_reports
from workflows.results.weekly_states import TASKS, UNFINISHED, TaskState

Row = dict[str, Any]


def record(connection: Connection, account_id: str, row: Row) -> bool:
    """Keep a week's report; False where that week has one already, which stays as it is."""
    return insert_new(connection, weekly_reports, {"account_id": account_id, **row})


def record_task(
    connection: Connection, account_id: str, week: str, state: TaskState, **values: Any
) -> None:
    """Move a report's task on. Raises ImpossibleTransition."""
    w = weekly_reports.c
    where = (w.account_id == account_id, w.week == week)
    move(connection, TASKS, w.task_state, state, *where, expected=1, **values)


def find(connection: Connection, account_id: str, week: str | None = None) -> Row | None:
    """The report of a week, or the latest; None where there is none."""
    w = weekly_reports.c
    query = sa.select(weekly_reports).where(w.account_id == account_id)
    if week is not None:
        query = query.where(w.week == week)
    row = connection.execute(query.order_by(w.week.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else dict(row)


def find_before(connection: Connection, account_id: str, week: str) -> Row | None:
    """The latest report before a week's."""
    w = weekly_reports.c
    query = sa.select(weekly_reports).where(w.account_id == account_id, w.week < week)
    row = connection.execute(query.order_by(w.week.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else dict(row)


def load_weeks(connection: Connection, account_id: str, *, limit: int) -> list[str]:
    """The weeks that have a report, the latest first."""
    w = weekly_reports.c
    query = sa.select(w.week).where(w.account_id == account_id).order_by(w.week.desc())
    return list(connection.execute(query.limit(limit)).scalars())


def load_unfinished(connection: Connection, account_id: str) -> list[Row]:
    """Reports that somebody is still to be told of by a task, the oldest first."""
    w = weekly_reports.c
    query = (
        sa.select(weekly_reports)
        .where(w.account_id == account_id, w.task_state.in_(UNFINISHED))
        .order_by(w.week)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_accounts_unfinished(connection: Connection) -> list[str]:
    """Accounts with a task that is still to be made."""
    w = weekly_reports.c
    query = sa.select(w.account_id).distinct().where(w.task_state.in_(UNFINISHED))
    return list(connection.execute(query).scalars())


def told_until(account_id: "sa.ColumnElement[str]", at: datetime) -> "sa.ColumnElement[bool]":
    """Whether the last week that was over at a moment has its report, as a condition for another query."""
    w = weekly_reports.c
    return sa.exists().where(w.account_id == account_id, w.next_at > at)
