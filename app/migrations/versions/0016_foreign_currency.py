"""deals: the currency of an amount that can't be told in the account's own."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deals") as table:
        table.add_column(sa.Column("foreign_currency", sa.String(3)))


def downgrade() -> None:
    with op.batch_alter_table("deals") as table:
        table.drop_column("foreign_currency")
