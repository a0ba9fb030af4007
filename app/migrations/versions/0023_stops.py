"""what stands still: everything, an account, a programme."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stops",
        sa.Column("account_id", sa.String(120), nullable=False),
        sa.Column("programme", sa.String(60), nullable=False),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("counted_from", UtcDateTime),
        sa.PrimaryKeyConstraint("account_id", "programme", name="pk_stops"),
    )


def downgrade() -> None:
    op.drop_table("stops")
