"""sequences: in whose name a playbook's sequence is sent, and which one each touch asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bindings") as bindings:
        bindings.add_column(sa.Column("sender_id", sa.String(40)))
    with op.batch_alter_table("touches") as touches:
        touches.add_column(sa.Column("sequence_id", sa.String(80)))
        touches.add_column(sa.Column("sender_id", sa.String(40)))
    # What stood there said the same as the notice of the programme that stands still.
    op.execute("DELETE FROM notices WHERE kind = 'unproved'")


def downgrade() -> None:
    with op.batch_alter_table("touches") as touches:
        touches.drop_column("sender_id")
        touches.drop_column("sequence_id")
    with op.batch_alter_table("bindings") as bindings:
        bindings.drop_column("sender_id")
