"""weekly_reports: what an account's people are told once a week, and the task that tells it."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "weekly_reports",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("week", sa.String(10), primary_key=True),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("task_state", sa.String(8), nullable=False),
        sa.Column("task_id", sa.String(80)),
        sa.Column("task_problem", sa.Text),
    )
    op.create_index("ix_weekly_reports_account_next", "weekly_reports", ["account_id", "next_at"])


def downgrade() -> None:
    op.drop_table("weekly_reports")
