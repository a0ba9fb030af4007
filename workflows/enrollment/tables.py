"""Rows of the ledger: rounds, their touches, and the workflows that playbooks start."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("playbook", sa.String(60), primary_key=True),
    sa.Column("workflow_id", sa.String(80), nullable=False),  # empty: a property is the trigger
    sa.Column("way", sa.String(12), nullable=False),  # Way
    sa.Column("sender_id", sa.String(40)),  # whose sequence it is
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
    sa.Column("state", sa.String(12), nullable=False),  # EnrollmentState
    sa.Column("approved_by", sa.Text),  # the person
    sa.Column("approved_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime),
    sa.Column("channel", sa.String(12)),  # by which the gate let them start
    sa.Column("plan_id", sa.String(60)),
    sa.Column("asked_at", UtcDateTime),  # just before the CRM was asked to add them to a workflow
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ended_by", sa.String(16)),  # End
    sa.Column(
        "choice", sa.JSON(none_as_null=True)
    ),  # of its first touch, while that waits for its hour
    sa.Index("ix_enrollments_account_state", "account_id", "state"),
)

# What names a round, and a touch.
KEY = ("account_id", "contact_id", "playbook", "round_no")
TOUCH_KEY = (*KEY, "touch_no")

# One row for each message of a round.
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
    sa.Column("sequence_id", sa.String(80)),  # where a sequence sends it, that one
    sa.Column("sender_id", sa.String(40)),  # and in whose name
    sa.Column("asked_at", UtcDateTime),
    sa.Column("look_at", UtcDateTime),  # when its evidence is looked for next
    sa.Column("proved_at", UtcDateTime),
    sa.Column("evidence", sa.String(120)),  # what proved it: receipt, message or membership
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("choice", sa.JSON(none_as_null=True)),  # workflows.choices.choice.Choice
    sa.Index("ix_touches_account_state", "account_id", "state", "due_at"),
    sa.Index("ix_touches_account_asked", "account_id", "asked_at"),
)
