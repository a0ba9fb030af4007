"""Rows of deliveries, and of events that could not be read."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


deliveries = sa.Table(
    "deliveries",
    metadata,
    _account(),
    sa.Column("delivery_key", sa.String(300), primary_key=True),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("contact_ids", sa.JSON, nullable=False),  # of the event wrote: conversations
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # DeliveryState
    sa.Column("handled_at", UtcDateTime),
    sa.Index("ix_deliveries_account_state", "account_id", "state", "handled_at"),
)

parked_events = sa.Table(
    "parked_events",
    metadata,
    sa.Column("provider", sa.String(40), primary_key=True),
    sa.Column(
        "digest", sa.String(32), primary_key=True
    ),  # tells events apart, says nothing of them
    sa.Column("account_id", sa.String(120), index=True),  # where it named one of ours
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
)
