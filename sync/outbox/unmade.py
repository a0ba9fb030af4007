"""Which of our properties the CRM did not make in an account, so that nobody plans to write them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.writing import Provisioned
from sync.outbox.tables import unmade_properties


def record_unmade(
    connection: Connection, account_id: str, provisioned: Provisioned, *, now: datetime
) -> None:
    """Note what is missing now; what was missing before and is there now is no longer."""
    u = unmade_properties
    connection.execute(sa.delete(u).where(u.c.account_id == account_id))
    rows = [
        {
            "account_id": account_id,
            "name": name,
            "reason": provisioned.reason or "",
            "crm_limit": provisioned.limit,
            "noted_at": now,
        }
        for name in provisioned.missing
    ]
    if rows:
        connection.execute(sa.insert(u), rows)


def load_unmade(connection: Connection, account_id: str) -> frozenset[str]:
    u = unmade_properties.c
    query = sa.select(u.name).where(u.account_id == account_id)
    return frozenset(connection.execute(query).scalars())
