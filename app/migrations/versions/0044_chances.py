"""chances: how a contact's chance of an answer has moved."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chances",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("at", UtcDateTime, primary_key=True),
        sa.Column("chance", sa.Float),
    )


def downgrade() -> None:
    op.drop_table("chances")
