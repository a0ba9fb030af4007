"""Every query on handoffs; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new, one_of
from core.moving import move
from workflows.enrollment.states import End
from workflows.handoff.states import HANDOFFS, UNDER_WAY, UNFINISHED, WATCHED, HandoffState
from workflows.handoff.tables import handoffs

Row = dict[str, Any]


def record(connection: Connection, account_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write handoffs, each once."""
    for row in rows:
        insert_new(connection, handoffs, {"account_id": account_id, **row})


def record_state(
    connection: Connection, row: Mapping[str, Any], state: HandoffState, **values: Any
) -> bool:
    """Move one handoff on; False where it is there already. Raises ImpossibleTransition."""
    h = handoffs.c
    where = [h[name] == row[name] for name in ("account_id", "contact_id", "answer_id")]
    return move(connection, HANDOFFS, h.state, state, *where, expected=1, **values) == 1


def load_of(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, list[Row]]:
    """Contact → their handoffs, the earliest answer first."""
    h = handoffs.c
    found: dict[str, list[Row]] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(handoffs)
            .where(h.account_id == account_id, one_of(h.contact_id, ids))
            .order_by(h.answered_at, h.answer_id)
        )
        for row in connection.execute(query).mappings():
            found.setdefault(row["contact_id"], []).append(dict(row))
    return found


def load_in(
    connection: Connection, account_id: str, state: HandoffState, *, at: datetime
) -> list[Row]:
    """The account's handoffs in a state, oldest first; none of which the CRM is to be told later."""
    h = handoffs.c
    query = (
        sa.select(handoffs)
        .where(h.account_id == account_id, h.state == state, h.noticed_at <= at)
        .order_by(h.noticed_at, h.contact_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_between(
    connection: Connection, account_id: str, *, since: datetime, until: datetime
) -> list[Row]:
    """What was answered, or taken over, between two moments."""
    h = handoffs.c
    query = sa.select(handoffs).where(
        h.account_id == account_id, h.answered_at >= since, h.answered_at < until
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_to_check(connection: Connection, account_id: str, *, at: datetime) -> list[Row]:
    """Tasks that are to be looked at by now."""
    h = handoffs.c
    query = (
        sa.select(handoffs)
        .where(h.account_id == account_id, h.state.in_(WATCHED), h.check_at <= at)
        .order_by(h.check_at, h.contact_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def load_accounts_due(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts of whose answers the CRM is still to be told, or whose tasks are to be looked at."""
    h = handoffs.c
    query = (
        sa.select(h.account_id)
        .distinct()
        .where(
            sa.or_(
                sa.and_(h.state.in_(UNFINISHED), h.noticed_at <= at),
                sa.and_(h.state.in_(WATCHED), h.check_at <= at),
            )
        )
    )
    return [row.account_id for row in connection.execute(query)]


def load_waiting(connection: Connection, account_id: str, *, limit: int) -> list[Row]:
    """Answers that a person is to see to: the late ones first, then by when they are due."""
    h = handoffs.c
    is_late = sa.case((h.state == HandoffState.LATE, 0), else_=1)
    query = (
        sa.select(handoffs)
        .where(h.account_id == account_id, h.state.in_(UNDER_WAY), h.needs_person)
        .order_by(is_late, sa.func.coalesce(h.due_at, h.answered_at), h.contact_id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def count_waiting(connection: Connection, account_id: str) -> int:
    h = handoffs.c
    query = sa.select(sa.func.count()).where(
        h.account_id == account_id, h.state.in_(UNDER_WAY), h.needs_person
    )
    return int(connection.execute(query).scalar_one())


def count(connection: Connection, account_id: str) -> dict[HandoffState, int]:
    """Handoffs by state."""
    h = handoffs.c
    query = sa.select(h.state, sa.func.count()).where(h.account_id == account_id).group_by(h.state)
    return {HandoffState(row[0]): row[1] for row in connection.execute(query)}


def count_tasks(connection: Connection, account_id: str) -> int:
    """How many answers have become a task in the CRM."""
    h = handoffs.c
    query = sa.select(sa.func.count()).where(
        h.account_id == account_id, h.task_id.is_not(None), h.ended_by != End.TAKEN_OVER
    )
    return int(connection.execute(query).scalar_one())


def has_failed(connection: Connection, account_id: str, *, since: datetime) -> bool:
    """Whether the CRM has refused a task since then."""
    h = handoffs.c
    query = sa.select(h.contact_id).where(
        h.account_id == account_id, h.state == HandoffState.FAILED, h.noticed_at >= since
    )
    return connection.execute(query.limit(1)).first() is not None


def follow(connection: Connection, account_id: str, today: Mapping[str, str]) -> None:
    """What hangs on ids that merges have ended is the survivors': `today` is old id → contact."""
    h = handoffs.c
    for ids in chunks(today):
        query = sa.delete(handoffs).where(h.account_id == account_id, one_of(h.contact_id, ids))
        gone = connection.execute(query.returning(*handoffs.columns)).mappings().all()
        moved = [{**row, "contact_id": today[row["contact_id"]]} for row in gone]
        for row in moved:
            insert_new(connection, handoffs, row)


def forget(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    """Delete what is known of these people's answers."""
    h = handoffs.c
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(handoffs).where(h.account_id == account_id, one_of(h.contact_id, ids))
        )
