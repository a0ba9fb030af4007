"""texts that a language model is asked to word."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opener_drafts",
        sa.Column("account_id", sa.String(120), nullable=False),
        sa.Column("shape", sa.String(40), nullable=False),
        sa.Column("draft", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("refused", sa.Text),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("account_id", "shape", name="pk_opener_drafts"),
    )


def downgrade() -> None:
    op.drop_table("opener_drafts")
