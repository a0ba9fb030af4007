"""when each contact was last asked for, and how far each account's changes have been asked for."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("read_at", sa.BigInteger(), nullable=True))
    op.drop_column("contacts", "seen_run")
    op.create_table(
        "polls",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("watermark", sa.Text(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.Column("polled_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_polls")),
    )


def downgrade() -> None:
    op.drop_table("polls")
    op.add_column("contacts", sa.Column("seen_run", sa.String(length=40), nullable=True))
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("read_at")
