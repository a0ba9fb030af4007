"""Decisions and their counts know the segment; segments may be switched off."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _counts(*more: sa.Column[str]) -> None:
    """Make the table of counts anew, by the columns before the count as its key."""
    keys = [
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("status", sa.String(16), primary_key=True),
        sa.Column("rule", sa.String(8), primary_key=True),
        sa.Column("reason", sa.String(200), primary_key=True),
        *more,
    ]
    op.drop_table("decision_counts")
    op.create_table("decision_counts", *keys, sa.Column("contacts", sa.Integer, nullable=False))
    names = "account_id, status, rule, reason" + ", segment" * len(more)
    values = "account_id, status, coalesce(rule, ''), substr(coalesce(reason, ''), 1, 200)"
    values += ", coalesce(segment, '')" * len(more)
    groups = ", ".join(str(n + 1) for n in range(len(keys)))
    op.execute(
        f"INSERT INTO decision_counts ({names}, contacts)"  # noqa: S608  our own words
        f" SELECT {values}, count(*) FROM decisions GROUP BY {groups}"
    )


def upgrade() -> None:
    op.add_column("decisions", sa.Column("segment", sa.String(40)))
    op.execute(
        "UPDATE decisions SET segment = (SELECT s.segment FROM scores s"
        " WHERE s.account_id = decisions.account_id AND s.contact_id = decisions.contact_id)"
    )
    op.create_index(
        "ix_decisions_account_segment", "decisions", ["account_id", "segment", "status"]
    )
    _counts(sa.Column("segment", sa.String(40), primary_key=True))
    op.create_table(
        "segments_off",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("segment", sa.String(40), primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("segments_off")
    _counts()
    op.drop_index("ix_decisions_account_segment", table_name="decisions")
    op.drop_column("decisions", "segment")
