"""Rows of write plans and their writes, and of properties that the CRM did not make."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


plans = sa.Table(
    "plans",
    metadata,
    sa.Column("plan_id", sa.String(60), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),  # values, start
    sa.Column("state", sa.String(20), nullable=False),  # PlanState
    # Counts of its rows, kept as they change; rows that no longer matter are deleted, their counts stay.
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("succeeded", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("verified", sa.Integer, nullable=False),  # read back equal
    sa.Column(
        "differing", sa.Integer, nullable=False
    ),  # read back, and the CRM holds another value
    sa.Column("unread", sa.Integer, nullable=False),  # written, not yet read back
    sa.Column("expected_seconds", sa.Float),  # how long writing it takes at the CRM's pace
    sa.Column("resume_at", UtcDateTime),  # the day's share is used up: goes on then
    sa.Column("reason", sa.Text),  # why it waits for a person
    sa.Column("approved_by", sa.Text),  # the person; None where it needed nobody
    sa.Column("cancelled_by", sa.Text),  # the person who let the rest not be written
    sa.Column("is_part", sa.Boolean),  # of a plan of which the rest was not let go ahead
    # JSON: what it changes by property and by group of contacts, counted once it was recorded, where it is large.
    sa.Column("counted", sa.Text),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("applied_at", UtcDateTime),
)

plan_totals = sa.Table(
    "plan_totals",
    metadata,
    _account(),
    sa.Column("kind", sa.String(20), primary_key=True),
    # What the plans had that were applied and are no longer kept.
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("succeeded", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("verified", sa.Integer, nullable=False),
)

sendings = sa.Table(
    "sendings",
    metadata,
    _account(),
    sa.Column("sent_at", UtcDateTime, primary_key=True),
    sa.Column("contacts", sa.Integer, nullable=False),  # how many of the day's share were spent
)

unmade_properties = sa.Table(
    "unmade_properties",
    metadata,
    _account(),
    sa.Column("name", sa.String(120), primary_key=True),  # ours, which the CRM did not make
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("crm_limit", sa.Text),  # the CRM's limit, where that was why
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

plan_writes = sa.Table(
    "plan_writes",
    metadata,
    sa.Column("plan_id", sa.String(60), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("new_values", sa.Text, nullable=False),  # JSON of name → value
    sa.Column("old_values", sa.Text, nullable=False),  # JSON of the same names as last known
    sa.Column("state", sa.String(12), nullable=False),  # WriteState
    sa.Column("rank", sa.Integer, nullable=False),  # what is written first
    sa.Column("sent_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("verified", sa.Boolean),
    # In the order in which they are written.
    sa.Index("ix_plan_writes_plan_state_rank", "plan_id", "state", "rank", "contact_id"),
)
