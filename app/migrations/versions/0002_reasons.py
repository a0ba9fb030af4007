"""why somebody went quiet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Reasons: what a text or a deal says, and how sure that is. All of it may be empty.
_REASONS = {
    "contacts": (("reason_at", sa.BigInteger()),),
    "activities": (
        ("reason", sa.String(length=20)),
        ("reason_confidence", sa.Float()),
        ("reason_source", sa.String(length=10)),
    ),
    "deals": (("reason", sa.String(length=20)), ("reason_confidence", sa.Float())),
}


def upgrade() -> None:
    for table, columns in _REASONS.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    # What is stored does not say since when: it was true when the contact was last changed.
    op.execute("UPDATE contacts SET reason_at = updated_at WHERE reason IS NOT NULL")


def downgrade() -> None:
    for table, columns in _REASONS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, _ in columns:
                batch_op.drop_column(name)
