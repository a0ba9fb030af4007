"""draws: who is watched is found without a look at who is not."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_ASSIGNED = sa.text("assigned_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_draws_measure_at", "draws")
    op.create_index("ix_draws_account_measure", "draws", ["account_id", "measure_at"])
    op.create_index(
        "ix_draws_assigned",
        "draws",
        ["account_id"],
        sqlite_where=_ASSIGNED,
        postgresql_where=_ASSIGNED,
    )


def downgrade() -> None:
    op.drop_index("ix_draws_assigned", "draws")
    op.drop_index("ix_draws_account_measure", "draws")
    op.create_index("ix_draws_measure_at", "draws", ["measure_at"])
