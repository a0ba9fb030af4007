"""What the mirror knows of some contacts that a message to them may refer to: a name, and when they did what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import WISHES
from core.db import chunks, one_of
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities, contacts, deals

# What came of them: a meeting that was called off or missed is nothing to refer to.
_HELD = ("completed",)
_ANSWERED = ("answered", "completed", "connected")


@dataclass(frozen=True, slots=True)
class Told:
    """One contact; `last` is a kind of activity → when they last did it, those that they did themselves alone."""

    first_name: str | None = None
    created_at: datetime | None = None
    last: Mapping[str, datetime] = field(default_factory=dict)


def load_told(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> dict[str, Told]:
    """Contact → what is known of them up to a moment; of those that are not archived."""
    found: dict[str, Told] = {}
    for ids in chunks(contact_ids):
        last = _load_last(connection, account_id, ids, until=to_millis(at))
        c = contacts.c
        query = sa.select(c.contact_id, c.first_name, c.created_at).where(
            c.account_id == account_id, one_of(c.contact_id, ids), c.archived.is_(False)
        )
        for contact_id, first_name, created_at in connection.execute(query).all():
            since = None if created_at is None else from_millis(created_at)
            found[contact_id] = Told(first_name, since, last.get(contact_id, {}))
    return found


def _load_last(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, until: int
) -> dict[str, dict[str, datetime]]:
    a, d = activities.c, deals.c
    said = sa.or_(a.outcome.is_(None), a.outcome.not_in(WISHES))
    theirs = sa.or_(
        a.kind.in_(("purchase", "form")),
        sa.and_(a.kind == "meeting", sa.or_(a.outcome.is_(None), a.outcome.in_(_HELD))),
        sa.and_(a.kind == "call", sa.or_(a.direction == "in", a.outcome.in_(_ANSWERED))),
        sa.and_(a.kind.in_(("email", "sms")), a.direction == "in", said),
    )
    acts = (
        sa.select(a.contact_id, a.kind, sa.func.max(a.occurred_at).label("at"))
        .where(a.account_id == account_id, one_of(a.contact_id, contact_ids))
        .where(a.occurred_at <= until, theirs)
        .group_by(a.contact_id, a.kind)
    )
    sales = (
        sa.select(d.contact_id, sa.literal("purchase"), sa.func.max(d.closed_at))
        .where(d.account_id == account_id, one_of(d.contact_id, contact_ids))
        .where(d.is_won, d.closed_at <= until)
        .group_by(d.contact_id)
    )
    found: dict[str, dict[str, datetime]] = {}
    for query in (acts, sales):
        for contact_id, kind, at in connection.execute(query).all():
            if at is None:
                continue
            last = found.setdefault(contact_id, {})
            last[kind] = max(from_millis(at), last.get(kind, from_millis(at)))
    return found
