"""Rows of lists: which group of the audit, how far it is written, and who let it go ahead."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

contact_lists = sa.Table(
    "contact_lists",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("list_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("segment", sa.String(60), nullable=False),  # empty where the group is of no segment
    sa.Column("band", sa.String(20), nullable=False),
    sa.Column("track", sa.String(20), nullable=False),
    sa.Column("only_ready", sa.Boolean, nullable=False),  # none but those who may be started today
    sa.Column("state", sa.String(12), nullable=False),  # ListState
    sa.Column("people", sa.Integer, nullable=False),  # when it was asked for
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("settled_by", sa.Text),  # who let it go ahead or discarded it
    sa.Column("settled_at", UtcDateTime),
    sa.Column("remote_id", sa.String(120)),
    sa.Column("after", sa.String(80), nullable=False),  # up to this contact everybody is in it
    sa.Column("written", sa.Integer, nullable=False),
    sa.Column("done_at", UtcDateTime),
    sa.Column("problem", sa.Text),
)
