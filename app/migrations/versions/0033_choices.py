"""choices: by which channel, when and in which wording touches go out, and what was learnt of that."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("enrollments", "touches"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("choice", sa.JSON))
    op.create_index("ix_touches_account_asked", "touches", ["account_id", "asked_at"])
    op.create_table(
        "choice_models",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("learnt_at", UtcDateTime, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("choice_models")
    op.drop_index("ix_touches_account_asked", "touches")
    for name in ("enrollments", "touches"):
        with op.batch_alter_table(name) as table:
            table.drop_column("choice")
