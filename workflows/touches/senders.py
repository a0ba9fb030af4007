"""How many may still begin today in whose name: the CRM and the sender's mail provider count as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from workflows.touches import store

DAY = timedelta(days=1)


@dataclass(slots=True)
class Room:
    """One sender's: how many places are left, and when the next is free."""

    left: int
    opens_at: datetime


def load_rooms(
    connection: Connection,
    account_id: str,
    senders: Iterable[str],
    *,
    a_day: int,
    at: datetime,
) -> dict[str, Room]:
    """Sender → their room, counted over the last 24 hours, over all playbooks."""
    begun = store.load_begun_by_sender(connection, account_id, since=at - DAY)
    found: dict[str, Room] = {}
    for sender_id in set(senders):
        moments = begun.get(sender_id, [])
        # The place that is free next is that of the oldest of those who fill the day.
        oldest = sorted(moments)[-a_day:][0] if moments else at
        found[sender_id] = Room(max(0, a_day - len(moments)), oldest + DAY)
    return found
