"""polls: the accounts' time of the last poll, which runs ahead of this machine's in a sandbox."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("polls") as polls:
        polls.add_column(sa.Column("polled_for", sa.BigInteger))


def downgrade() -> None:
    with op.batch_alter_table("polls") as polls:
        polls.drop_column("polled_for")
