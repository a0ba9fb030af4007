"""playbooks: which one a scored contact belongs to, and the copies that accounts have made of the packaged ones."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Who is in no playbook: nothing is to be done about them.
_NONE = "('recent_lead', 'recent_customer', 'unmeasurable')"


def upgrade() -> None:
    op.add_column("scores", sa.Column("playbook", sa.String(60)))
    op.execute(
        "UPDATE scores SET playbook = CASE track WHEN 'customer' THEN 'customer_winback'"  # noqa: S608  our own words
        f" ELSE 'lead_reactivation' END WHERE segment NOT IN {_NONE}"
    )
    op.create_table(
        "account_playbooks",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("line", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.Column("text", sa.Text),
    )


def downgrade() -> None:
    op.drop_table("account_playbooks")
    with op.batch_alter_table("scores") as scores:
        scores.drop_column("playbook")
