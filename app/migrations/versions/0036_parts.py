"""A plan may be a part of another that a person let go ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plans", sa.Column("is_part", sa.Boolean))


def downgrade() -> None:
    op.drop_column("plans", "is_part")
