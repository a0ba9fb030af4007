"""aliases: ids that merges have ended, and whose record each is part of."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aliases",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("alias", sa.String(80), primary_key=True),
        sa.Column("contact_id", sa.String(80), nullable=False),
        sa.Column("learned_at", sa.BigInteger, nullable=False),
        sa.Column("followed", sa.Boolean, nullable=False),
    )
    op.create_index("ix_aliases_account_contact", "aliases", ["account_id", "contact_id"])
    op.create_index("ix_aliases_account_followed", "aliases", ["account_id", "followed"])


def downgrade() -> None:
    op.drop_table("aliases")
