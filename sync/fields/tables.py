"""Rows of the verdicts on an account's own fields."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


mapped_fields = sa.Table(
    "mapped_fields",
    metadata,
    _account(),
    sa.Column("field", sa.String(40), primary_key=True),  # ours, such as inquiry
    sa.Column("property", sa.String(120), primary_key=True),  # the CRM's
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("is_usual", sa.Boolean, nullable=False),  # may be used without having been chosen
    sa.Column("rank", sa.Integer, nullable=False),  # the order in which they are shown and tried
    sa.Column("state", sa.String(10), nullable=False),  # accepted, refused
    sa.Column("reason", sa.String(20)),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("levels", sa.JSON, nullable=False),  # its values in our words
    sa.Column("wish", sa.String(10)),  # what an admin chose: use, leave
    sa.Column("in_use", sa.Boolean, nullable=False),
    sa.Column("judged_at", UtcDateTime, nullable=False),
)
