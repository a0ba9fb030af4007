"""what pages show, stored when it is computed: audits, contributions, and the order of the contacts' list."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scores", sa.Column("contributions", sa.Text(), nullable=True))
    op.create_index(
        "ix_scores_best",
        "scores",
        ["account_id", "segment", "priority", "expected_value", "quiet_days", "contact_id"],
    )
    op.create_table(
        "audits",
        sa.Column("account_id", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_audits")),
    )
    op.create_index(
        "ix_activities_account_contact_at",
        "activities",
        ["account_id", "contact_id", "occurred_at"],
    )
    op.drop_index("ix_activities_account_contact", table_name="activities")


def downgrade() -> None:
    op.create_index("ix_activities_account_contact", "activities", ["account_id", "contact_id"])
    op.drop_index("ix_activities_account_contact_at", table_name="activities")
    op.drop_table("audits")
    op.drop_index("ix_scores_best", table_name="scores")
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.drop_column("contributions")
