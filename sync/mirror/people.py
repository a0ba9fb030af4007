"""What the mirror knows of some contacts that decides whether they may be contacted, and why they went quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.records import REFUSALS
from contact_rules.wishes import OPTED_OUT
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities, contacts, deals

# Presence is all that is asked of an address; of a number also where it may be.
_ASKED = (
    *("contact_id", "archived", "email", "phone", *REFUSALS),
    *("unengaged_sends", "in_sequence", "timezone", "region", "known"),
)
# Activities that may say why somebody went quiet, whatever was written in them.
_TROUBLE = ("ticket", "feedback", "refund")


@dataclass(frozen=True, slots=True)
class Happenings:
    """What goes on with some contacts, by contact."""

    next_meeting_at: dict[str, datetime]
    last_staff_at: dict[str, datetime]  # somebody of the business wrote or called, by hand
    open_tickets: frozenset[str]
    open_deals: frozenset[str]


def load_contact_rows(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> list[sa.RowMapping]:
    """The columns of these contacts that decide about contacting them; up to a few hundred at once."""
    query = sa.select(*(contacts.c[name] for name in _ASKED)).where(
        contacts.c.account_id == account_id, contacts.c.contact_id.in_(contact_ids)
    )
    return list(connection.execute(query).mappings())


def load_happenings(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> Happenings:
    """Meetings to come, the team's last touch, open tickets and open deals of these contacts."""
    a, now = activities.c, to_millis(at)
    mine = (a.account_id == account_id, a.contact_id.in_(contact_ids))

    def moments(column: Any, *where: Any) -> dict[str, datetime]:
        query = sa.select(a.contact_id, column).where(*mine, *where).group_by(a.contact_id)
        return {row[0]: from_millis(row[1]) for row in connection.execute(query)}

    tickets = sa.select(a.contact_id).where(*mine, a.kind == "ticket", a.outcome == "open")
    d = deals.c
    open_deals = sa.select(d.contact_id).where(
        d.account_id == account_id, d.contact_id.in_(contact_ids), d.is_closed.is_(False)
    )
    return Happenings(
        next_meeting_at=moments(
            sa.func.min(a.occurred_at),
            a.kind == "meeting",
            a.occurred_at > now,
            sa.or_(a.outcome.is_(None), a.outcome == "scheduled"),
        ),
        last_staff_at=moments(
            sa.func.max(a.occurred_at),
            a.kind.in_(["call", "email", "sms"]),
            a.direction == "out",
            # A newsletter or a workflow's message is no touch of a person.
            sa.or_(a.outcome.is_(None), a.outcome.not_in(["automated", OPTED_OUT])),
            a.occurred_at <= now,
        ),
        open_tickets=frozenset(connection.execute(tickets).scalars()),
        open_deals=frozenset(connection.execute(open_deals).scalars()),
    )


def load_reason_fields(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, tuple[str, datetime | None]]:
    """Contact → what its own field says of why it went quiet, and by when."""
    c = contacts.c
    query = sa.select(c.contact_id, c.reason, c.reason_at).where(
        c.account_id == account_id, c.contact_id.in_(contact_ids), c.reason.is_not(None)
    )
    return {
        row.contact_id: (row.reason, None if row.reason_at is None else from_millis(row.reason_at))
        for row in connection.execute(query)
    }


def load_telling_events(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> list[dict[str, Any]]:
    """The activities and ended deals up to then that may say why somebody went quiet."""
    a, d, until = activities.c, deals.c, to_millis(at)
    told = sa.select(
        a.contact_id,
        a.occurred_at,
        a.kind,
        a.outcome,
        a.reason,
        a.reason_confidence,
        a.reason_source,
    ).where(
        a.account_id == account_id,
        a.contact_id.in_(contact_ids),
        a.occurred_at <= until,
        sa.or_(a.kind.in_(_TROUBLE), a.reason.is_not(None)),
    )
    ended = sa.select(
        d.contact_id,
        d.closed_at.label("occurred_at"),
        sa.case((d.is_won, "purchase"), else_="lost_deal").label("kind"),
        sa.null().label("outcome"),
        d.reason,
        d.reason_confidence,
        sa.null().label("reason_source"),
    ).where(
        d.account_id == account_id,
        d.contact_id.in_(contact_ids),
        d.is_closed,
        d.closed_at <= until,
    )
    return [dict(row) for query in (told, ended) for row in connection.execute(query).mappings()]
