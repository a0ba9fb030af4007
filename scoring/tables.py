"""Rows of scores: one for each contact, and one for each scoring of an account."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

scores = sa.Table(
    "scores",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("track", sa.String(12), nullable=False),
    sa.Column("band", sa.String(16), nullable=False),
    sa.Column("quiet_days", sa.Integer),
    sa.Column("last_human_at", UtcDateTime),
    sa.Column("last_human_kind", sa.String(20)),
    sa.Column("human_events", sa.Integer, nullable=False),
    sa.Column("rhythm_days", sa.Integer),
    sa.Column("purchases", sa.Integer, nullable=False),
    sa.Column("segment", sa.String(40), nullable=False),
    sa.Column("interest_level", sa.String(10)),
    sa.Column("pattern", sa.String(24)),
    sa.Column("dormancy_score", sa.Float),
    sa.Column("likelihood", sa.Float),
    sa.Column("typical_sale", sa.Float),
    sa.Column("expected_value", sa.Float),
    sa.Column("priority", sa.String(1)),
    sa.Column("email_usable", sa.Boolean, nullable=False),
    sa.Column("sms_usable", sa.Boolean, nullable=False),
    sa.Column("explanation", sa.Text),
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column(
        "scored_at", UtcDateTime, nullable=False
    ),  # tells this scoring's rows from older ones
)

scorings = sa.Table(
    "scorings",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column("model_version", sa.String(40), nullable=False),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("dormant", sa.JSON, nullable=False),
    sa.Column("tracks", sa.JSON, nullable=False),
    sa.Column("segments", sa.JSON, nullable=False),
    sa.Column("scored_at", UtcDateTime, nullable=False),
)
