"""activities: what their texts say of being contacted; and the wishes that an admin has set aside."""

import sqlalchemy as sa
from alembic import op

from core.db import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_FORMER = ("opted_out", "opted_in", "left_alone")


def upgrade() -> None:
    with op.batch_alter_table("activities") as activities:
        activities.add_column(sa.Column("wish", sa.String(20)))
    said = sa.table("activities", sa.column("wish"), sa.column("outcome"))
    op.execute(said.update().where(said.c.outcome.in_(_FORMER)).values(wish=said.c.outcome))
    few = sa.text("wish IS NOT NULL")
    op.create_index(
        "ix_activities_account_wish",
        "activities",
        ["account_id", "occurred_at"],
        sqlite_where=few,
        postgresql_where=few,
    )
    op.create_table(
        "lifted_wishes",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("activity_id", sa.String(120), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("wish", sa.String(20), nullable=False),
        sa.Column("lifted_at", UtcDateTime, nullable=False),
        sa.Column("lifted_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("lifted_wishes")
    op.drop_index("ix_activities_account_wish", "activities")
    with op.batch_alter_table("activities") as activities:
        activities.drop_column("wish")
