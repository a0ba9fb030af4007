"""What people did since a moment: whether they answered, booked or bought, and whether they only looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.clicks import MACHINE, OPENING
from contact_rules.wishes import WISHES
from core.db import chunks, one_of
from core.moments import from_millis, to_millis
from sync.mirror.tables import activities, deals

ANSWERED_CALLS = ("answered", "completed", "connected")


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one contact did since then; of what happened several times, when it did first, of clicks when last."""

    opened: bool = False
    clicked: bool = False
    clicked_at: datetime | None = None  # the last time
    answered_at: datetime | None = None
    answer_id: str | None = None  # the activity
    booked_at: datetime | None = None
    bought_at: datetime | None = None

    @property
    def ends(self) -> bool:
        return any((self.answered_at, self.booked_at, self.bought_at))


def load_reactions(
    connection: Connection, account_id: str, since: Mapping[str, datetime], *, at: datetime
) -> dict[str, Reaction]:
    """Contact → what they did after `since` and by `at`; contacts who did nothing are absent."""
    found: dict[str, Reaction] = {}
    for ids in chunks(since):
        earliest = to_millis(min(since[contact_id] for contact_id in ids))
        bought = _load_bought(connection, account_id, ids, after=earliest, until=to_millis(at))
        rows = _load_activities(connection, account_id, ids, after=earliest, until=to_millis(at))
        for contact_id in ids:
            begins = to_millis(since[contact_id])
            mine = [row for row in rows.get(contact_id, ()) if row.occurred_at > begins]
            sales = [moment for moment in bought.get(contact_id, ()) if moment > begins]
            reaction = _reaction(mine, sales)
            if reaction != Reaction():
                found[contact_id] = reaction
    return found


def _reaction(rows: list[Any], sales: list[int]) -> Reaction:
    clicks = [row.occurred_at for row in rows if row.kind == "click" and row.outcome != MACHINE]
    answers = [row for row in rows if is_answer(row)]
    meetings = [
        row.occurred_at for row in rows if row.kind == "meeting" and row.outcome != "cancelled"
    ]
    first = min(answers, key=lambda row: row.occurred_at, default=None)
    purchases = [*sales, *(row.occurred_at for row in rows if row.kind == "purchase")]
    return Reaction(
        opened=any(row.kind == OPENING and row.outcome != MACHINE for row in rows),
        clicked=bool(clicks),
        clicked_at=from_millis(max(clicks)) if clicks else None,
        answered_at=from_millis(first.occurred_at) if first else None,
        answer_id=first.activity_id if first else None,
        booked_at=from_millis(min(meetings)) if meetings else None,
        bought_at=from_millis(min(purchases)) if purchases else None,
    )


def is_answer(row: Any) -> bool:
    """Something they wrote, said or filled in; who writes to be left alone has answered too."""
    if row.kind == "form":
        return True
    if row.kind == "call":
        return row.direction == "in" or row.outcome in ANSWERED_CALLS
    return row.kind in {"email", "sms", "other"} and (
        row.direction == "in" or row.outcome in WISHES
    )


def _load_activities(
    connection: Connection, account_id: str, ids: list[str], *, after: int, until: int
) -> dict[str, list[Any]]:
    a = activities.c
    query = sa.select(
        a.contact_id, a.activity_id, a.occurred_at, a.kind, a.direction, a.outcome
    ).where(
        a.account_id == account_id,
        one_of(a.contact_id, ids),
        a.occurred_at > after,
        # Meetings lie ahead of the day on which they are booked.
        sa.or_(a.occurred_at <= until, a.kind == "meeting"),
        a.kind.in_(
            ["email", "sms", "other", "call", "form", "click", OPENING, "meeting", "purchase"]
        ),
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query).all():
        found.setdefault(row.contact_id, []).append(row)
    return found


def _load_bought(
    connection: Connection, account_id: str, ids: list[str], *, after: int, until: int
) -> dict[str, list[int]]:
    d = deals.c
    query = sa.select(d.contact_id, d.closed_at).where(
        d.account_id == account_id,
        one_of(d.contact_id, ids),
        d.is_won.is_(True),
        d.closed_at > after,
        d.closed_at <= until,
    )
    found: dict[str, list[int]] = {}
    for contact_id, closed_at in connection.execute(query):
        found.setdefault(contact_id, []).append(closed_at)
    return found


def load_sent(
    connection: Connection, account_id: str, since: Mapping[str, datetime]
) -> dict[str, list[tuple[str, int, str]]]:
    """Contact → (channel, when in ms, activity) of messages that went out to them after a moment each."""
    a = activities.c
    found: dict[str, list[tuple[str, int, str]]] = {}
    for ids in chunks(since):
        earliest = to_millis(min(since[contact_id] for contact_id in ids))
        query = (
            sa.select(a.contact_id, a.kind, a.occurred_at, a.activity_id)
            .where(
                a.account_id == account_id,
                one_of(a.contact_id, ids),
                a.kind.in_(["email", "sms"]),
                a.direction == "out",
                a.occurred_at >= earliest,
            )
            .order_by(a.occurred_at)
        )
        for row in connection.execute(query):
            if row.occurred_at >= to_millis(since[row.contact_id]):
                sent = (row.kind, row.occurred_at, row.activity_id)
                found.setdefault(row.contact_id, []).append(sent)
    return found
