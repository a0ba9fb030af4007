"""Rows of texts that a language model is asked to word, and what it made of them; nothing of any contact."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

opener_drafts = sa.Table(
    "opener_drafts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("shape", sa.String(40), primary_key=True),
    sa.Column("draft", sa.JSON, nullable=False),  # our own texts, their slots open
    sa.Column("answer", sa.JSON),  # None: not asked yet, or nothing that may be used
    sa.Column("refused", sa.Text),  # why the last answer may not be used
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("asked_at", UtcDateTime),
)
