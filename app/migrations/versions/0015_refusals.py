"""contacts: every way in which a CRM says that somebody is not to be contacted."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = ("do_not_contact", "email_consent", "marketable", "sms_opt_out", "call_opt_out")


def upgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        for name in _COLUMNS:
            table.add_column(sa.Column(name, sa.Boolean))


def downgrade() -> None:
    with op.batch_alter_table("contacts") as table:
        for name in reversed(_COLUMNS):
            table.drop_column(name)
