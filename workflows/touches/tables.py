"""Rows of touches: one for each message of a round."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

touches = sa.Table(
    "touches",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("playbook", sa.String(60), primary_key=True),
    sa.Column("round_no", sa.Integer, primary_key=True),
    sa.Column("touch_no", sa.Integer, primary_key=True),  # 1, 2, 3 of its round
    sa.Column("state", sa.String(12), nullable=False),  # TouchState
    sa.Column("channel", sa.String(12), nullable=False),
    sa.Column("angle", sa.String(16), nullable=False),  # playbooks.angles.Angle
    sa.Column("variant", sa.String(40), nullable=False),
    sa.Column("after_days", sa.Integer, nullable=False),  # since the touch before it
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("plan_id", sa.String(60)),
    sa.Column("text_version", sa.String(80)),
    sa.Column("asked_at", UtcDateTime),
    sa.Column("look_at", UtcDateTime),  # when its evidence is looked for next
    sa.Column("proved_at", UtcDateTime),
    sa.Column("evidence", sa.String(120)),  # what proved it: receipt, message or membership
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Index("ix_touches_account_state", "account_id", "state", "due_at"),
)
