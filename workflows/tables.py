"""Rows of decisions and draws, and of the enrollment ledger."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("playbook", sa.String(60)),
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("decided_at", UtcDateTime, nullable=False),  # since when it stands
    sa.Index("ix_decisions_account_status", "account_id", "status"),
)

decision_counts = sa.Table(
    "decision_counts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("status", sa.String(16), primary_key=True),
    sa.Column("rule", sa.String(8), primary_key=True),  # empty: none
    sa.Column("reason", sa.String(200), primary_key=True),  # empty: none
    sa.Column("contacts", sa.Integer, nullable=False),  # kept as decisions change
)

decision_passes = sa.Table(
    "decision_passes",
    metadata,
    # There once the account's first pass has counted; locked by whoever writes decisions.
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("ended_at", UtcDateTime),  # when everybody was last decided about
)

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("programme", sa.String(60), primary_key=True),
    sa.Column("held_out", sa.Boolean, nullable=False),  # once drawn it stays
    sa.Column("drawn_at", UtcDateTime, nullable=False),
)

programmes = sa.Table(
    "programmes",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("programme", sa.String(60), primary_key=True),
    sa.Column("share", sa.Float, nullable=False),  # of those drawn from now on, left alone
    sa.Column("set_at", UtcDateTime, nullable=False),
)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("playbook", sa.String(60), primary_key=True),
    sa.Column("workflow_id", sa.String(80), nullable=False),
    sa.Column("bound_at", UtcDateTime, nullable=False),
)

enrollments = sa.Table(
    "enrollments",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("playbook", sa.String(60), primary_key=True),
    sa.Column("round_no", sa.Integer, primary_key=True),
    sa.Column("wave_id", sa.String(40), nullable=False, index=True),
    # proposed → approved → starting → started, or refused by the gate, or failed at the CRM
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("plan_id", sa.String(60)),
    sa.Column("asked_at", UtcDateTime),  # just before the CRM was asked to add them to a workflow
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Index("ix_enrollments_account_state", "account_id", "state"),
)
