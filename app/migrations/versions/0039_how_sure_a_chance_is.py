"""Intervals of chances, how much of one is the account's own, contacts missed, mapped properties at a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_NUMBERS = (
    *("return_low", "return_high", "likelihood_low", "likelihood_high", "own_share"),
    "contacts_missed",
)


def upgrade() -> None:
    for name in _NUMBERS:
        op.add_column("scores", sa.Column(name, sa.Float))
    for table in ("scores", "cohorts"):
        op.add_column(table, sa.Column("traits", sa.Text))


def downgrade() -> None:
    for table in ("scores", "cohorts"):
        op.drop_column(table, "traits")
    for name in _NUMBERS:
        op.drop_column("scores", name)
