"""How many messages a business sends a day, as its own record shows."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.moments import to_millis
from sync.mirror.tables import activities

_LOOKED_BACK = timedelta(days=60)


def count_sent_a_day(connection: Connection, account_id: str, *, before: datetime) -> float:
    """E-mails and texts that went out a day, on average of the sixty days before a moment."""
    a = activities.c
    query = sa.select(sa.func.count()).where(
        a.account_id == account_id,
        a.kind.in_(["email", "sms"]),
        a.direction == "out",
        a.occurred_at > to_millis(before - _LOOKED_BACK),
        a.occurred_at <= to_millis(before),
    )
    return int(connection.execute(query).scalar_one()) / _LOOKED_BACK.days
