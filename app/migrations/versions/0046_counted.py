"""plans: what a large plan changes is counted once, not whenever somebody looks."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plans", sa.Column("counted", sa.Text))


def downgrade() -> None:
    op.drop_column("plans", "counted")
