"""told_results: what outreach brought, worked out once and shown by pages."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_results",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("as_of", UtcDateTime, nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("sheet", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("told_results")
