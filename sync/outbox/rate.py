"""How fast an account is being written to, as the last minute shows."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.outbox.tables import sendings

LOOKED_BACK = timedelta(minutes=1)


def load_rate(connection: Connection, account_id: str, *, now: datetime) -> float:
    """Contacts a second within the last minute, since the first of them; 0 where none was written to."""
    s = sendings.c
    first = sa.func.min(s.sent_at, type_=s.sent_at.type)
    query = sa.select(sa.func.sum(s.contacts), first).where(
        s.account_id == account_id, s.sent_at > now - LOOKED_BACK
    )
    contacts, since = connection.execute(query).one()
    if not contacts:
        return 0.0
    return float(contacts / max(1.0, (now - since).total_seconds()))
