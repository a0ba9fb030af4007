"""listed, list_salts: an account's do-not-contact list as salted hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listed",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("digest", sa.String(40), primary_key=True),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "list_salts",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("sealed", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("list_salts")
    op.drop_table("listed")
