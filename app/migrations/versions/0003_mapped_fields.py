"""which fields may be used, and the one that says how interested somebody was."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = ("inquiry", "inquiry_source")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "mapped_fields",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("property", sa.String(length=120), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_usual", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("wish", sa.String(length=10), nullable=True),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("judged_at", core.db.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "field", "property", name=op.f("pk_mapped_fields")),
    )


def downgrade() -> None:
    op.drop_table("mapped_fields")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        for name in _COLUMNS:
            batch_op.drop_column(name)
