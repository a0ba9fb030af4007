"""What happened between one contact and the business, the latest first: one list of activities and sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import one_of
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities, deals
from sync.mirror.wishes import said_wish

SALE = "purchase"


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry; `direction` is in where the contact acted, `minor` what a sale came to, `wish` what was said."""

    at: datetime
    kind: str
    direction: str | None = None
    outcome: str | None = None
    wish: str | None = None
    minor: int | None = None


def load_timeline(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, at: datetime, limit: int
) -> list[Happened]:
    """The latest of one person, whose records these are, up to a moment; meetings to come are among them."""
    a, d, until = activities.c, deals.c, to_millis(at)
    acts = (
        sa.select(a.occurred_at, a.kind, a.direction, a.outcome, said_wish().label("wish"))
        .where(a.account_id == account_id, one_of(a.contact_id, contact_ids))
        .where(sa.or_(a.occurred_at <= until, a.kind == "meeting"))
        .order_by(a.occurred_at.desc())
        .limit(limit)
    )
    sales = (
        sa.select(d.closed_at, d.amount_minor)
        .where(d.account_id == account_id, one_of(d.contact_id, contact_ids))
        .where(d.is_won.is_(True), d.closed_at <= until)
        .order_by(d.closed_at.desc())
        .limit(limit)
    )
    found = [
        Happened(from_millis(row.occurred_at), row.kind, row.direction, row.outcome, row.wish)
        for row in connection.execute(acts)
    ]
    found += [
        Happened(from_millis(row.closed_at), SALE, "in", minor=row.amount_minor)
        for row in connection.execute(sales)
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]
