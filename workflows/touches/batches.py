"""Every query that changes many touches at once: one statement for all that change alike, not one for each contact."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks
from core.moving import move_all, move_each, set_each
from workflows.enrollment.tables import KEY, TOUCH_KEY, touches
from workflows.enrollment.touch_states import TOUCHES, TouchState


def record_states(
    connection: Connection,
    moves: Iterable[tuple[Mapping[str, Any], TouchState, Mapping[str, Any]]],
) -> None:
    """Move many touches on, each with values of its own. Raises ImpossibleTransition."""
    move_each(connection, TOUCHES, touches.c.state, TOUCH_KEY, moves)


def move_on(
    connection: Connection, rows: Iterable[Mapping[str, Any]], state: TouchState, **values: Any
) -> list[Mapping[str, Any]]:
    """Move many touches on with the same values; answers those that were not there yet. Raises ImpossibleTransition."""
    return move_all(connection, TOUCHES, touches.c.state, state, TOUCH_KEY, rows, **values)


def record_evidence(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """What proved each of these touches, as the rows have it."""
    told = [(row, {"evidence": row["evidence"]}) for row in rows]
    set_each(connection, touches, TOUCH_KEY, told)


def take_back(connection: Connection, rows: Sequence[Mapping[str, Any]], *, at: datetime) -> None:
    """Touches that the CRM was not asked for after all are due again, as if nobody had begun to ask."""
    further = [row for row in rows if row["touch_no"] > 1]
    move_on(connection, further, TouchState.PLANNED, plan_id=None, due_at=at)
    # These rounds have not begun: their touches are planned anew when they do.
    columns = [touches.c[name] for name in KEY]
    rounds = [tuple(row[name] for name in KEY) for row in rows if row["touch_no"] == 1]
    for some in chunks(rounds):
        connection.execute(sa.delete(touches).where(sa.tuple_(*columns).in_(some)))


def shift(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *, at: datetime
) -> list[Mapping[str, Any]]:
    """The touch after each of these is due its days after that was asked for; answers those that were the last."""
    columns = [touches.c[name] for name in TOUCH_KEY]
    following = {(*(row[n] for n in KEY), row["touch_no"] + 1): row for row in rows}
    found: dict[tuple[Any, ...], int] = {}
    for some in chunks(following):
        query = sa.select(*columns, touches.c.after_days).where(
            sa.tuple_(*columns).in_(some), touches.c.state == TouchState.PLANNED
        )
        found |= {tuple(key): days for *key, days in connection.execute(query)}
    due = [
        (dict(zip(TOUCH_KEY, key, strict=True)), {"due_at": at + timedelta(days=days)})
        for key, days in found.items()
    ]
    set_each(connection, touches, TOUCH_KEY, due)
    return [row for key, row in following.items() if key not in found]


def look_later(
    connection: Connection,
    looks: Sequence[tuple[Mapping[str, Any], datetime | None, str | None]],
) -> None:
    """When the CRM is asked about each touch again, None for never; and what was seen now."""
    told = [(row, {"look_at": until, "reason": reason}) for row, until, reason in looks]
    set_each(connection, touches, TOUCH_KEY, told)
