"""What the mirror knows of some contacts that decides whether they may be contacted, and why they went quiet."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.clicks import MACHINE
from connector.port.records import REFUSALS
from contact_rules.wishes import COMPLAINED, WISHES
from core.db import chunks, one_of
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities, contacts, corrected_reasons, deals

# Presence is all that is asked of an address; of a number also where it may be.
_ASKED = (
    *("contact_id", "archived", "created_at", "email", "phone", *REFUSALS),
    *("unengaged_sends", "in_sequence", "timezone", "region", "known"),
)
# Activities that may say why somebody went quiet, whatever was written in them.
_TROUBLE = ("ticket", "feedback", "refund")


# What somebody does who wants to know something of the business; a visit or a click alone is less.
_INQUIRIES = ("email", "sms", "other", "call", "form")
# So many e-mails that came back within so long, and the address rests.
_BOUNCES, _BOUNCED_WITHIN = 3, timedelta(days=90)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Happenings:
    """What goes on with some contacts, by contact."""

    next_meeting_at: dict[str, datetime]
    last_staff_at: dict[str, datetime]  # somebody of the business wrote or called, by hand
    open_tickets: frozenset[str]
    open_deals: frozenset[str]
    complained: frozenset[str]
    clicked: frozenset[str]  # followed a link of an e-mail, ever
    last_inquiry_at: dict[str, datetime]  # wrote, called, filled in a form or met somebody
    last_purchase_at: dict[str, datetime]
    soft_bounced_at: dict[str, datetime]  # the last of three e-mails that came back
    # What software sent to many within the last week, from the first on.
    marketing: dict[str, list[datetime]]


def load_contact_rows(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> list[sa.RowMapping]:
    """The columns of these contacts that decide about contacting them; up to a few hundred at once."""
    query = sa.select(*(contacts.c[name] for name in _ASKED)).where(
        contacts.c.account_id == account_id, one_of(contacts.c.contact_id, contact_ids)
    )
    return list(connection.execute(query).mappings())


def load_owners(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, str]:
    """Contact → the CRM's user whose contact it is, of those who have one."""
    c = contacts.c
    found: dict[str, str] = {}
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.owner_id).where(
            c.account_id == account_id, one_of(c.contact_id, ids), c.owner_id.is_not(None)
        )
        found |= {row.contact_id: row.owner_id for row in connection.execute(query).all()}
    return found


def load_happenings(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> Happenings:
    """What the activities and the deals of these contacts say for or against contacting them now."""
    a, d, now = activities.c, deals.c, to_millis(at)
    one, past, came = a.contact_id, a.occurred_at <= now, a.direction == "in"
    met = sa.and_(a.kind == "meeting", sa.or_(a.outcome.is_(None), a.outcome == "completed"))
    wrote = sa.and_(a.kind.in_(_INQUIRIES), came, _is_none_of(a.outcome, WISHES))
    clicked = sa.and_(a.kind == "click", a.outcome.is_distinct_from(MACHINE), past)
    by_hand = _by_hand()
    coming = sa.and_(
        a.kind == "meeting",
        a.occurred_at > now,
        sa.or_(a.outcome.is_(None), a.outcome == "scheduled"),
    )
    # One pass over what they have on record.
    query = (
        sa.select(
            one,
            sa.func.min(sa.case((coming, a.occurred_at))),
            sa.func.max(sa.case((sa.and_(by_hand, past), a.occurred_at))),
            sa.func.max(sa.case((sa.and_(sa.or_(met, wrote), past), a.occurred_at))),
            sa.func.max(sa.case((sa.and_(a.kind == "ticket", a.outcome == "open"), 1), else_=0)),
            sa.func.max(sa.case((a.outcome == COMPLAINED, 1), else_=0)),
            sa.func.max(sa.case((clicked, 1), else_=0)),
        )
        .where(a.account_id == account_id, one.in_(contact_ids))
        .group_by(one)
    )
    rows = [tuple(row) for row in connection.execute(query).all()]
    sold = (
        sa.select(
            d.contact_id,
            sa.func.max(sa.case((d.is_closed, 0), else_=1)),
            sa.func.max(sa.case((sa.and_(d.is_won, d.closed_at <= now), d.closed_at))),
        )
        .where(d.account_id == account_id, one_of(d.contact_id, contact_ids))
        .group_by(d.contact_id)
    )
    sales = [tuple(row) for row in connection.execute(sold).all()]
    sent = _load_sent(connection, account_id, contact_ids, at=at)
    return Happenings(
        next_meeting_at=_moments(rows, 1),
        last_staff_at=_moments(rows, 2),
        last_inquiry_at=_moments(rows, 3),
        open_tickets=frozenset(row[0] for row in rows if row[4]),
        complained=frozenset(row[0] for row in rows if row[5]),
        clicked=frozenset(row[0] for row in rows if row[6]),
        open_deals=frozenset(row[0] for row in sales if row[1]),
        last_purchase_at=_moments(sales, 2),
        soft_bounced_at=_soft_bounces(sent),
        marketing=_by_contact(row for row in sent if row[2] == "automated" and row[1] > at - _WEEK),
    )


def load_staff_acts(
    connection: Connection,
    account_id: str,
    contact_ids: Collection[str],
    *,
    since: datetime,
    until: datetime,
) -> dict[str, list[tuple[str, datetime]]]:
    """Contact → (channel, moment) of what somebody of the business wrote or called by hand."""
    a = activities.c
    found: dict[str, list[tuple[str, datetime]]] = {}
    if not contact_ids:
        return found
    query = sa.select(a.contact_id, a.kind, a.occurred_at).where(
        a.account_id == account_id,
        one_of(a.contact_id, contact_ids),
        _by_hand(),
        a.occurred_at > to_millis(since),
        a.occurred_at <= to_millis(until),
    )
    for contact_id, kind, at in connection.execute(query).all():
        found.setdefault(contact_id, []).append((kind, from_millis(at)))
    return found


def _by_hand() -> "sa.ColumnElement[bool]":
    a = activities.c
    return sa.and_(
        a.kind.in_(["call", "email", "sms"]),
        a.direction == "out",
        # A newsletter or a workflow's message is no touch of a person, and what came back reached nobody.
        _is_none_of(a.outcome, ("automated", "bounced", COMPLAINED, *WISHES)),
    )


def _is_none_of(
    outcome: "sa.ColumnElement[str | None]", words: Sequence[str]
) -> "sa.ColumnElement[bool]":
    return sa.or_(outcome.is_(None), outcome.not_in(words))


def _moments(rows: Iterable[tuple[Any, ...]], place: int) -> dict[str, datetime]:
    return {row[0]: from_millis(row[place]) for row in rows if row[place] is not None}


def _load_sent(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime
) -> list[tuple[str, datetime, str]]:
    """Contact, moment and outcome of what was sent to many within a week, and of e-mails that came back; by time."""
    a = activities.c
    recent = sa.and_(a.kind.in_(["email", "sms"]), a.outcome == "automated")
    query = (
        sa.select(a.contact_id, a.occurred_at, a.outcome)
        .where(
            a.account_id == account_id,
            one_of(a.contact_id, contact_ids),
            a.direction == "out",
            a.occurred_at <= to_millis(at),
            sa.or_(
                sa.and_(recent, a.occurred_at > to_millis(at - _WEEK)),
                sa.and_(
                    a.kind == "email",
                    a.outcome == "bounced",
                    a.occurred_at > to_millis(at - 2 * _BOUNCED_WITHIN),
                ),
            ),
        )
        .order_by(a.occurred_at)
    )
    return [(row[0], from_millis(row[1]), row[2]) for row in connection.execute(query).all()]


def _by_contact(rows: Iterable[tuple[str, datetime, str]]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for contact_id, moment, _ in rows:
        found.setdefault(contact_id, []).append(moment)
    return found


def _soft_bounces(rows: Iterable[tuple[str, datetime, str]]) -> dict[str, datetime]:
    """Contact → the last e-mail that came back as the third within 90 days."""
    came_back = _by_contact(row for row in rows if row[2] == "bounced")
    found: dict[str, datetime] = {}
    for contact_id, moments in came_back.items():
        pairs = zip(moments, moments[_BOUNCES - 1 :], strict=False)
        thirds = [third for first, third in pairs if third - first <= _BOUNCED_WITHIN]
        if thirds:
            found[contact_id] = thirds[-1]
    return found


def load_reason_fields(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, tuple[str, datetime | None]]:
    """Contact → what the team or its own field says of why it went quiet, and by when."""
    c, said = contacts.c, corrected_reasons.c
    reason = sa.func.coalesce(said.reason, c.reason).label("reason")
    at = sa.func.coalesce(said.corrected_at, c.reason_at).label("reason_at")
    mine = sa.and_(said.account_id == c.account_id, said.contact_id == c.contact_id)
    query = (
        sa.select(c.contact_id, reason, at)
        .select_from(contacts.outerjoin(corrected_reasons, mine))
        .where(c.account_id == account_id, one_of(c.contact_id, contact_ids), reason.is_not(None))
    )
    return {
        row.contact_id: (row.reason, None if row.reason_at is None else from_millis(row.reason_at))
        for row in connection.execute(query).all()
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
        one_of(a.contact_id, contact_ids),
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
        one_of(d.contact_id, contact_ids),
        d.is_closed,
        d.closed_at <= until,
    )
    return [dict(row) for query in (told, ended) for row in connection.execute(query).mappings()]
