"""handoffs: one row for each answer, with the task that it became."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handoffs",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("answer_id", sa.String(120), primary_key=True),
        sa.Column("playbook", sa.String(60), nullable=False),
        sa.Column("round_no", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("ended_by", sa.String(16), nullable=False),
        sa.Column("tone", sa.String(12)),
        sa.Column("kind", sa.String(20)),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.Column("noticed_at", UtcDateTime, nullable=False),
        sa.Column("needs_person", sa.Boolean, nullable=False),
        sa.Column("owner_id", sa.String(80)),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("task_id", sa.String(80)),
        sa.Column("due_at", UtcDateTime),
        sa.Column("check_at", UtcDateTime),
        sa.Column("late_asked_at", UtcDateTime),
        sa.Column("late_task_id", sa.String(80)),
        sa.Column("done_at", UtcDateTime),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_handoffs_account_state", "handoffs", ["account_id", "state", "check_at"])


def downgrade() -> None:
    op.drop_table("handoffs")
