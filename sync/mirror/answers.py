"""Everything that contacts wrote, said or filled in since a moment each, with what came of reading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import WISHES
from core.db import chunks, one_of
from core.moments import from_millis, to_millis
from sync.mirror.reactions import is_answer
from sync.mirror.tables import activities


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as the mirror holds it."""

    activity_id: str
    kind: str
    at: datetime
    outcome: str | None
    by_staff: bool  # somebody of the business called and was answered


def load_answers(
    connection: Connection, account_id: str, since: Mapping[str, datetime], *, until: datetime
) -> dict[str, list[Said]]:
    """Contact → what they answered after a moment each and by `until`, oldest first; others are absent."""
    a = activities.c
    found: dict[str, list[Said]] = {}
    for ids in chunks(since):
        query = (
            sa.select(a.contact_id, a.activity_id, a.occurred_at, a.kind, a.direction, a.outcome)
            .where(
                a.account_id == account_id,
                one_of(a.contact_id, ids),
                a.occurred_at > to_millis(min(since[contact_id] for contact_id in ids)),
                a.occurred_at <= to_millis(until),
                sa.or_(a.kind.in_(["form", "call"]), a.direction == "in", a.outcome.in_(WISHES)),
            )
            .order_by(a.occurred_at, a.activity_id)
        )
        for row in connection.execute(query):
            if is_answer(row) and row.occurred_at > to_millis(since[row.contact_id]):
                at, called = from_millis(row.occurred_at), row.kind == "call"
                said = Said(
                    row.activity_id,
                    row.kind,
                    at,
                    row.outcome,
                    by_staff=called and row.direction != "in",
                )
                found.setdefault(row.contact_id, []).append(said)
    return found
