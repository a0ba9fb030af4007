"""Every query on what has opened a session, and on who is known as an admin of an account."""

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new, upsert
from core.errors import Forbidden
from oauth.store import Installation
from oauth.tables import account_admins, used_entries

# A CRM's message about who looks has no date of its own: it is remembered for as long as its reader may be gone.
_REMEMBERED = timedelta(days=400)


def use_once(connection: Connection, entry: str, *, now: datetime) -> None:
    """Remember a ticket or a message as used; raises Forbidden for one that was."""
    connection.execute(sa.delete(used_entries).where(used_entries.c.used_at < now - _REMEMBERED))
    row = {"entry_hash": hashlib.sha256(entry.encode()).hexdigest(), "used_at": now}
    if not insert_new(connection, used_entries, row):
        raise Forbidden("This way in was used before. Open Rekindle from your CRM again.")


def record_admin(connection: Connection, account_id: str, person: str, *, now: datetime) -> None:
    """Somebody whom the CRM lets install apps has agreed for this account."""
    row = {"account_id": account_id, "person": person, "since": now}
    upsert(connection, account_admins, [row])


def is_known_admin(connection: Connection, account: Installation, person: str) -> bool:
    """Whether the person has agreed for the account since it was installed: it may have changed hands before."""
    a = account_admins.c
    query = sa.select(a.since).where(
        a.account_id == account.account_id, a.person == person, a.since >= account.installed_at
    )
    return connection.execute(query).first() is not None
