"""What became of every round and touch of an account, for its results; account_id is the first argument."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import SPENT


def load_rounds(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """What became of every round of the account, without what only the making of it needs."""
    e = enrollments.c
    query = sa.select(
        *(e.contact_id, e.playbook, e.round_no, e.wave_id),
        *(e.state, e.channel, e.started_at, e.ended_by),
    ).where(e.account_id == account_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def load_asked(connection: Connection, account_id: str) -> list[dict[str, Any]]:
    """Every touch that the CRM was asked for, whether or not it shows: when, by which channel, with what."""
    t = touches.c
    query = sa.select(
        *(t.contact_id, t.playbook, t.round_no, t.touch_no, t.state),
        *(t.channel, t.angle, t.variant, t.asked_at, t.proved_at),
    ).where(t.account_id == account_id, t.state.in_(SPENT), t.asked_at.is_not(None))
    return [dict(row) for row in connection.execute(query).mappings()]
