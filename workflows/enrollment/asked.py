"""What was sent to people in our name: the messages that the CRM was asked for, over all playbooks."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of
from workflows.enrollment.tables import touches
from workflows.enrollment.touch_states import IN_VAIN, SPENT, TouchState


class Asked(NamedTuple):
    """One message that the CRM was asked for."""

    at: datetime
    channel: str


def load_asked(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> dict[str, list[Asked]]:
    """Contact → what was asked for since then; what has failed or shows no trace was no message."""
    t = touches.c
    counted = [state for state in SPENT if state is not TouchState.UNPROVED]
    found: dict[str, list[Asked]] = {}
    for ids in chunks(contact_ids):
        query = (
            sa.select(t.contact_id, t.asked_at, t.channel)
            .where(
                t.account_id == account_id,
                one_of(t.contact_id, ids),
                t.state.in_(counted),
                t.asked_at > since,
            )
            .order_by(t.asked_at)
        )
        for row in connection.execute(query):
            found.setdefault(row.contact_id, []).append(Asked(row.asked_at, row.channel))
    return found


def load_in_vain(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, list[datetime]]:
    """Contact → when the CRM was, or was about to be, asked for messages that it refused or shows no trace of."""
    t = touches.c
    moment = sa.func.coalesce(t.asked_at, t.due_at).label("moment")
    found: dict[str, list[datetime]] = {}
    for ids in chunks(contact_ids):
        query = sa.select(t.contact_id, moment).where(
            t.account_id == account_id, one_of(t.contact_id, ids), t.state.in_(IN_VAIN)
        )
        for row in connection.execute(query):
            found.setdefault(row.contact_id, []).append(row.moment)
    return found
