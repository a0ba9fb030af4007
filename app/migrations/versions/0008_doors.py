"""Events that nobody could read, properties that could not be made, streams that may not be read."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_events",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("received_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "digest", name=op.f("pk_parked_events")),
    )
    op.create_index(op.f("ix_parked_events_account_id"), "parked_events", ["account_id"])
    op.create_table(
        "unmade_properties",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("crm_limit", sa.Text(), nullable=True),
        sa.Column("noted_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_unmade_properties")),
    )
    op.add_column("runs", sa.Column("missing", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("missing")
    op.drop_table("unmade_properties")
    op.drop_index(op.f("ix_parked_events_account_id"), table_name="parked_events")
    op.drop_table("parked_events")
