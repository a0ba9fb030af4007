"""What harm sends may have done to some contacts, as the mirror shows it: opt-outs, bounces, complaints."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import EVERYTHING, OF_EMAIL, OF_TEXTS
from core.db import chunks, one_of
from sync.mirror.tables import activities, contacts
from sync.mirror.wishes import load_wishes

BOUNCED, COMPLAINED = "email_bounced", "complained"
_COLUMNS = (EVERYTHING, OF_EMAIL, OF_TEXTS, BOUNCED)
# An outcome of an e-mail that a CRM or its mail service reports.
_COMPLAINTS = ("complained", "complaint", "spam")


def load_harmed(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, frozenset[str]]:
    """Contact → what it says of them: columns that are set or that a wish of theirs closes, and `complained`.

    Contacts without any are absent.
    """
    found: dict[str, set[str]] = {}
    c, a = contacts.c, activities.c
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, *(c[name] for name in _COLUMNS)).where(
            c.account_id == account_id,
            one_of(c.contact_id, ids),
            sa.or_(*(c[name].is_(True) for name in _COLUMNS)),
        )
        for row in connection.execute(query).mappings():
            found[row["contact_id"]] = {name for name in _COLUMNS if row[name]}
        for contact_id, closed in load_wishes(connection, account_id, ids).items():
            found.setdefault(contact_id, set()).update(closed)
        complained = sa.select(a.contact_id).where(
            a.account_id == account_id, one_of(a.contact_id, ids), a.outcome.in_(_COMPLAINTS)
        )
        for contact_id in connection.execute(complained).scalars():
            found.setdefault(contact_id, set()).add(COMPLAINED)
    return {contact_id: frozenset(harms) for contact_id, harms in found.items()}
