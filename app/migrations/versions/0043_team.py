"""team: the addresses of the people who work in an account's CRM."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("address", sa.String(320), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("team")
