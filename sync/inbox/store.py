"""Every query on deliveries; account_id is the first argument."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.signed import Delivery, OddEvent
from core.db import chunks, insert_new_rows
from core.moving import move
from sync.inbox.states import DELIVERIES, DeliveryState
from sync.inbox.tables import deliveries, parked_events


def record_deliveries(
    connection: Connection, notices: Sequence[tuple[str, Delivery]], *, now: datetime
) -> set[str]:
    """Put (account, notice) pairs into the inbox, each once; answers the accounts with new ones."""
    rows = [
        {
            "account_id": account_id,
            "delivery_key": notice.delivery_key[:300],
            "event": notice.event,
            "contact_ids": _about(notice),
            "occurred_at": notice.occurred_at,
            "received_at": now,
            "state": DeliveryState.WAITING,
            "handled_at": None,
        }
        for account_id, notice in notices
    ]
    return {account_id for account_id, _ in insert_new_rows(connection, deliveries, rows)}


def _about(notice: Delivery) -> list[str]:
    """The ids of what is to be read again: contacts, or the conversation somebody wrote in."""
    if notice.conversation_id:
        return [notice.conversation_id]
    return list(dict.fromkeys([notice.contact_id, *notice.also]))


def park_events(
    connection: Connection,
    provider: str,
    events: Sequence[tuple[str | None, OddEvent]],
    *,
    now: datetime,
) -> int:
    """Keep (account, event) pairs that nobody could read, each once; answers how many are new."""
    rows = [
        {
            "provider": provider,
            "digest": event.digest,
            "account_id": account_id,
            "reason": event.reason,
            "received_at": now,
        }
        for account_id, event in events
    ]
    return len(insert_new_rows(connection, parked_events, rows))


def count_waiting(connection: Connection, account_id: str) -> int:
    """How many notices wait to be handled."""
    d = deliveries.c
    query = sa.select(sa.func.count()).where(
        d.account_id == account_id, d.state == DeliveryState.WAITING
    )
    return int(connection.execute(query).scalar_one())


def load_parked(connection: Connection, account_id: str) -> list[tuple[str, int, datetime]]:
    """(why, how many, the latest) of events of the account that nobody could read."""
    p = parked_events.c
    last = sa.func.max(p.received_at, type_=p.received_at.type)
    query = (
        sa.select(p.reason, sa.func.count(), last)
        .where(p.account_id == account_id)
        .group_by(p.reason)
        .order_by(p.reason)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def load_unhandled(connection: Connection, account_id: str, limit: int) -> list[dict[str, Any]]:
    query = (
        sa.select(deliveries)
        .where(deliveries.c.account_id == account_id, deliveries.c.state == DeliveryState.WAITING)
        .order_by(deliveries.c.occurred_at, deliveries.c.delivery_key)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def record_handled(
    connection: Connection, account_id: str, keys: Sequence[str], *, now: datetime
) -> None:
    """Say that these have been handled; what another worker handled before stays as it is."""
    d = deliveries.c
    for some in chunks(keys):
        mine = (d.account_id == account_id, d.delivery_key.in_(some))
        handled = DeliveryState.HANDLED
        move(connection, DELIVERIES, d.state, handled, *mine, expected=len(some), handled_at=now)


def forget_handled(connection: Connection, account_id: str, *, before: datetime) -> None:
    """Delete notices that were handled before then: no CRM delivers the same one again so late."""
    connection.execute(
        sa.delete(deliveries).where(
            deliveries.c.account_id == account_id,
            deliveries.c.state == DeliveryState.HANDLED,
            deliveries.c.handled_at < before,
        )
    )
