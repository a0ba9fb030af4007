"""the decision log, whose rows the database keeps as they are."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime
from workflows.log.guards import GUARDS, UNGUARDS

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_log",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("account_id", sa.String(120), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("contact_id", sa.String(80)),
        sa.Column("contact_hash", sa.String(64)),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("who", sa.String(10), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("standing", sa.String(16)),
        sa.Column("programme", sa.String(60)),
        sa.Column("channel", sa.String(12)),
        sa.Column("rule", sa.String(8)),
        sa.Column("reason", sa.Text),
        sa.Column("evidence", sa.Text),
        sa.Column("consent", sa.Text),
        sa.Column("subject", sa.String(60)),
        sa.Column("version", sa.Text),
        sa.PrimaryKeyConstraint("entry_id", name="pk_decision_log"),
    )
    op.create_index(
        "ix_decision_log_account_contact", "decision_log", ["account_id", "contact_id", "entry_id"]
    )
    op.create_index("ix_decision_log_recorded", "decision_log", ["recorded_at"])
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    op.drop_table("decision_log")
    for statement in UNGUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
