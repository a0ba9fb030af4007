"""channels as one text instead of a column each, the channel that was decided and used, and a plainer table name."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What is usable of the channels there were, as one text.
_JOINED = """
    CASE WHEN email_usable AND sms_usable THEN 'email sms'
         WHEN email_usable THEN 'email'
         WHEN sms_usable THEN 'sms'
         ELSE '' END
"""


def upgrade() -> None:
    op.rename_table("news", "unscored")
    for table in ("scores", "cohorts"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("channels", sa.String(80), nullable=True))
        op.execute(f"UPDATE {table} SET channels = {_JOINED}")  # noqa: S608  our own names
        with op.batch_alter_table(table) as batch:
            batch.alter_column("channels", existing_type=sa.String(80), nullable=False)
            batch.drop_column("email_usable")
            batch.drop_column("sms_usable")
    for table in ("decisions", "enrollments"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("channel", sa.String(12), nullable=True))


def downgrade() -> None:
    op.rename_table("unscored", "news")
    for table in ("decisions", "enrollments"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("channel")
    for table in ("scores", "cohorts"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("email_usable", sa.Boolean, nullable=True))
            batch.add_column(sa.Column("sms_usable", sa.Boolean, nullable=True))
        op.execute(
            f"UPDATE {table} SET email_usable = (channels LIKE '%email%'), "  # noqa: S608
            "sms_usable = (channels LIKE '%sms%')"
        )
        with op.batch_alter_table(table) as batch:
            batch.alter_column("email_usable", existing_type=sa.Boolean, nullable=False)
            batch.alter_column("sms_usable", existing_type=sa.Boolean, nullable=False)
            batch.drop_column("channels")
