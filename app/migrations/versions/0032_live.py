"""Pauses of work, cancelled plans, and how far each part of a reading is."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pauses",
        sa.Column("claim", sa.String(200), primary_key=True),
        sa.Column("account_id", sa.String(120), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_index("ix_pauses_account_id", "pauses", ["account_id"])
    op.add_column("plans", sa.Column("cancelled_by", sa.Text))
    op.add_column("runs", sa.Column("parts", sa.JSON))


def downgrade() -> None:
    op.drop_column("runs", "parts")
    op.drop_column("plans", "cancelled_by")
    op.drop_table("pauses")
