"""assignment_outcomes: what became of both arms at 7, 30, 60 and 90 days; draws say when that is looked at next."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TRUTHS = ("answered", "positive", "negative", "booked", "showed", "sold")


def upgrade() -> None:
    with op.batch_alter_table("draws") as draws:
        draws.add_column(sa.Column("channels", sa.String(80)))
        draws.add_column(sa.Column("measure_at", sa.BigInteger))
        draws.create_index("ix_draws_measure_at", ["measure_at"])
    op.create_table(
        "assignment_outcomes",
        sa.Column("account_id", sa.String(120), nullable=False),
        sa.Column("contact_id", sa.String(80), nullable=False),
        sa.Column("programme", sa.String(60), nullable=False),
        sa.Column("days", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("responded", sa.Boolean, nullable=False),
        sa.Column("responded_at", sa.BigInteger),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in _TRUTHS),
        sa.Column("revenue_minor", sa.BigInteger, nullable=False),
        sa.Column("opted_out", sa.Boolean, nullable=False),
        sa.Column("complained", sa.Boolean, nullable=False),
        sa.Column("staff_wrote", sa.Boolean, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "contact_id", "programme", "days", name=op.f("pk_assignment_outcomes")
        ),
    )


def downgrade() -> None:
    op.drop_table("assignment_outcomes")
    with op.batch_alter_table("draws") as draws:
        draws.drop_index("ix_draws_measure_at")
        draws.drop_column("measure_at")
        draws.drop_column("channels")
