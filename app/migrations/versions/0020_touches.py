"""touches: one row for each message of a round, the ways of running a playbook, and how rounds end."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "touches",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("playbook", sa.String(60), primary_key=True),
        sa.Column("round_no", sa.Integer, primary_key=True),
        sa.Column("touch_no", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(12), nullable=False),
        sa.Column("angle", sa.String(16), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("after_days", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("plan_id", sa.String(60)),
        sa.Column("text_version", sa.String(80)),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("look_at", UtcDateTime),
        sa.Column("proved_at", UtcDateTime),
        sa.Column("evidence", sa.String(120)),
        sa.Column("rule", sa.String(8)),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_touches_account_state", "touches", ["account_id", "state", "due_at"])
    with op.batch_alter_table("enrollments") as enrollments:
        enrollments.add_column(sa.Column("ended_at", UtcDateTime))
        enrollments.add_column(sa.Column("ended_by", sa.String(16)))
    # What was bound before there were touches runs as a whole.
    with op.batch_alter_table("bindings") as bindings:
        bindings.add_column(
            sa.Column("way", sa.String(12), nullable=False, server_default="workflow")
        )
    with op.batch_alter_table("bindings") as bindings:
        bindings.alter_column("way", existing_type=sa.String(12), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("bindings") as bindings:
        bindings.drop_column("way")
    with op.batch_alter_table("enrollments") as enrollments:
        enrollments.drop_column("ended_by")
        enrollments.drop_column("ended_at")
    op.drop_table("touches")
