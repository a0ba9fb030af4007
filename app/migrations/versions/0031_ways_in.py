"""used_entries, account_admins: what has opened a session once, and who is known as an admin."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_entries",
        sa.Column("entry_hash", sa.String(64), primary_key=True),
        sa.Column("used_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_used_entries_used_at", "used_entries", ["used_at"])
    op.create_table(
        "account_admins",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("person", sa.String(200), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("account_admins")
    op.drop_table("used_entries")
