"""an index that finds the deliveries nobody has handled, however many were."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_deliveries_account_handled", "deliveries", ["account_id", "handled_at"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_account_handled", "deliveries")
