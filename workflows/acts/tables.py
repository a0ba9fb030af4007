"""Rows of what people of the team did about one contact."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

acts = sa.Table(
    "acts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    # Made by whoever presses the button: pressed twice it is one act.
    sa.Column("act_id", sa.String(64), primary_key=True),
    sa.Column("contact_id", sa.String(80), nullable=False),
    sa.Column("act", sa.String(12), nullable=False),  # Act
    sa.Column("by", sa.Text, nullable=False),  # the person
    sa.Column("at", UtcDateTime, nullable=False),  # by the account's time
    sa.Column("made_at", UtcDateTime, nullable=False),  # by this machine's
    sa.Column("until", UtcDateTime),  # what it puts off, by the account's time
    # Of a correction: the reason as it was told, by whom, and as the person says it; what models may learn from.
    sa.Column("reason_before", sa.String(20)),
    sa.Column("source_before", sa.String(10)),
    sa.Column("reason", sa.String(20)),
    # The round that it began or ended, and the state that round was in.
    sa.Column("playbook", sa.String(60)),
    sa.Column("round_no", sa.Integer),
    sa.Column("round_state", sa.String(12)),
    sa.Column("undone_at", UtcDateTime),
    sa.Column("undone_by", sa.Text),
    sa.Index("ix_acts_account_contact", "account_id", "contact_id", "made_at"),
)
