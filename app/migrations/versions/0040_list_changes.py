"""list_changes: who has put entries on an account's do-not-contact list, or taken them off."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_changes",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("change_id", sa.String(32), primary_key=True),
        sa.Column("taken_off", sa.Boolean, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("list_changes")
