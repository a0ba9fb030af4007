"""what the account's properties are, which of them feed which input, and how their values could be read."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MADE = (
    "contact_properties",
    "field_proposals",
    "field_mappings",
    "field_findings",
    "unread_values",
    "field_trials",
)


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "contact_properties",
        _account(),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("is_own", sa.Boolean, nullable=False),
        sa.Column("read_as", sa.JSON, nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("unusable", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("sampled", sa.Integer, nullable=False),
        sa.Column("filled", sa.Integer, nullable=False),
        sa.Column("is_mirrored", sa.Boolean, nullable=False),
    )
    op.create_table(
        "field_proposals",
        _account(),
        sa.Column("proposals", sa.JSON, nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "field_mappings",
        _account(),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
    )
    op.create_table(
        "field_findings",
        _account(),
        sa.Column("input", sa.String(40), primary_key=True),
        sa.Column("property", sa.String(200), primary_key=True),
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("filled", sa.Integer, nullable=False),
        sa.Column("unread", sa.Integer, nullable=False),
        sa.Column("style", sa.JSON, nullable=False),
        sa.Column("doubts", sa.JSON, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "unread_values",
        _account(),
        sa.Column("input", sa.String(40), primary_key=True),
        sa.Column("property", sa.String(200), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "field_trials",
        _account(),
        sa.Column("trial_id", sa.String(40), primary_key=True),
        sa.Column("contact_id", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON),
    )


def downgrade() -> None:
    for name in reversed(_MADE):
        op.drop_table(name)
