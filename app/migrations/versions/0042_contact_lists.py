"""contact_lists: groups of the audit that a person lets be written into the CRM."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_lists",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("list_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("segment", sa.String(60), nullable=False),
        sa.Column("band", sa.String(20), nullable=False),
        sa.Column("track", sa.String(20), nullable=False),
        sa.Column("only_ready", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("remote_id", sa.String(120)),
        sa.Column("after", sa.String(80), nullable=False),
        sa.Column("written", sa.Integer, nullable=False),
        sa.Column("done_at", UtcDateTime),
        sa.Column("problem", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("contact_lists")
