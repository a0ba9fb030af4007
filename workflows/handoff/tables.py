"""Rows of handoffs: one for each answer, and for each round that ended by something else that a person did."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

handoffs = sa.Table(
    "handoffs",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    # The activity; where a round ended without any answer, the round.
    sa.Column("answer_id", sa.String(120), primary_key=True),
    sa.Column("playbook", sa.String(60), nullable=False),
    sa.Column("round_no", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # HandoffState
    sa.Column("ended_by", sa.String(16), nullable=False),  # End
    sa.Column(
        "tone", sa.String(12)
    ),  # Tone; none of an answer that is a wish, nor without an answer
    sa.Column("kind", sa.String(20)),  # of the activity
    sa.Column("answered_at", UtcDateTime, nullable=False),
    sa.Column("noticed_at", UtcDateTime, nullable=False),
    sa.Column("needs_person", sa.Boolean, nullable=False),
    sa.Column("owner_id", sa.String(80)),
    sa.Column("asked_at", UtcDateTime),  # just before the CRM was asked for the task
    sa.Column("task_id", sa.String(80)),
    sa.Column("due_at", UtcDateTime),
    sa.Column("check_at", UtcDateTime),  # when the task is looked at next
    sa.Column("late_asked_at", UtcDateTime),  # just before the CRM was asked for the second task
    sa.Column("late_task_id", sa.String(80)),
    sa.Column("done_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Index("ix_handoffs_account_state", "account_id", "state", "check_at"),
)
