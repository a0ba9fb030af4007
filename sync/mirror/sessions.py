"""Makes visits of web sessions that a CRM remembers without their time."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.records import ActivityRow, Page, WebSession, heard_columns
from core.db import chunks, one_of
from sync.mirror.tables import activities, contacts

_PREFIX = "session:"


def date_sessions(connection: Connection, account_id: str, page: Page) -> Page:
    """The page with a visit for each session that the mirror does not have yet.

    A session that is new with a contact who was read before, and came after what was read, happened when the CRM
    says. Any other is only known not to be older than the contact, and to be no news when it is met again.
    """
    if not page.sessions:
        return page
    ids = list({session.contact_id for session in page.sessions})
    known = _load_known(connection, account_id, ids)
    read_as_of = _load_updated(connection, account_id, ids)
    visits = [
        _visit(session, read_as_of.get(session.contact_id))
        for session in page.sessions
        if (session.contact_id, session.mark) not in known
    ]
    return replace(page, activities=[*page.activities, *visits], sessions=())


def _visit(session: WebSession, read_as_of: int | None) -> ActivityRow:
    at = session.since
    if session.at is not None and read_as_of is not None and session.at >= read_as_of:
        at = session.at
    return ActivityRow(
        activity_id=f"{_PREFIX}{session.contact_id}:{session.mark}",
        contact_id=session.contact_id,
        occurred_at=at,
        kind="visit",
        direction="in",
        outcome=None,
        **heard_columns(),
    )


def _load_known(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> set[tuple[str, str]]:
    """(contact, mark) of the sessions that have been met."""
    a = activities.c
    found: set[tuple[str, str]] = set()
    for ids in chunks(contact_ids):
        query = sa.select(a.contact_id, a.activity_id).where(
            a.account_id == account_id, one_of(a.contact_id, ids), a.activity_id.startswith(_PREFIX)
        )
        for contact_id, activity_id in connection.execute(query):
            found.add((contact_id, activity_id.rpartition(":")[2]))
    return found


def _load_updated(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, int]:
    """Contact → when it had last changed as we know it, by the CRM's clock."""
    c = contacts.c
    found: dict[str, int] = {}
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.updated_at).where(
            c.account_id == account_id, one_of(c.contact_id, ids), c.updated_at.is_not(None)
        )
        found |= {row.contact_id: row.updated_at for row in connection.execute(query)}
    return found
