"""a delivery's state, who approved a wave and when; no names of workers, which nobody read."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deliveries_account_handled", "deliveries")
    with op.batch_alter_table("deliveries") as batch:
        batch.add_column(sa.Column("state", sa.String(12), nullable=True))
    op.execute(
        "UPDATE deliveries SET state = CASE WHEN handled_at IS NULL THEN 'waiting' ELSE 'handled' END"
    )
    with op.batch_alter_table("deliveries") as batch:
        batch.alter_column("state", existing_type=sa.String(12), nullable=False)
    op.create_index(
        "ix_deliveries_account_state", "deliveries", ["account_id", "state", "handled_at"]
    )
    with op.batch_alter_table("enrollments") as batch:
        batch.add_column(sa.Column("approved_by", sa.Text, nullable=True))
        batch.add_column(sa.Column("approved_at", UtcDateTime, nullable=True))
    for table in ("plans", "runs"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("worker")


def downgrade() -> None:
    with op.batch_alter_table("plans") as batch:
        batch.add_column(sa.Column("worker", sa.String(80), nullable=True))
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("worker", sa.String(80), nullable=False, server_default=""))
    with op.batch_alter_table("runs") as batch:
        batch.alter_column("worker", existing_type=sa.String(80), server_default=None)
    with op.batch_alter_table("enrollments") as batch:
        batch.drop_column("approved_at")
        batch.drop_column("approved_by")
    op.drop_index("ix_deliveries_account_state", "deliveries")
    with op.batch_alter_table("deliveries") as batch:
        batch.drop_column("state")
    op.create_index("ix_deliveries_account_handled", "deliveries", ["account_id", "handled_at"])
