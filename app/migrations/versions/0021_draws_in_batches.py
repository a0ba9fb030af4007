"""draws: the batch they were made in, what was known of people then, and from when on they are watched."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("wave_id", sa.String(40)),
    ("share", sa.Float()),
    ("track", sa.String(12)),
    ("band", sa.String(16)),
    ("priority", sa.String(1)),
    ("segment", sa.String(40)),
    ("p_return", sa.Float()),
    ("likelihood", sa.Float()),
    ("assigned_at", sa.BigInteger()),
)


def upgrade() -> None:
    with op.batch_alter_table("draws") as draws:
        for name, kind in _COLUMNS:
            draws.add_column(sa.Column(name, kind))
        draws.create_index("ix_draws_account_wave", ["account_id", "wave_id"])
    # Draws of before last, and belong to no batch.
    op.execute("UPDATE draws SET assigned_at = drawn_at")


def downgrade() -> None:
    with op.batch_alter_table("draws") as draws:
        draws.drop_index("ix_draws_account_wave")
        for name, _ in reversed(_COLUMNS):
            draws.drop_column(name)
