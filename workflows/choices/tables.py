"""Rows of what was learnt of channels, hours and wordings, version by version."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

choice_models = sa.Table(
    "choice_models",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("learnt_at", UtcDateTime, nullable=False),  # by the accounts' time
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),  # scoring.learn.stored_choosing
)
