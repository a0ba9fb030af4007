"""heard: when the notes of everybody who may be written to were last read."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("decision_passes") as passes:
        passes.add_column(sa.Column("heard_at", UtcDateTime))


def downgrade() -> None:
    with op.batch_alter_table("decision_passes") as passes:
        passes.drop_column("heard_at")
