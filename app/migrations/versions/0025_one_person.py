"""contacts: who is marked as unqualified, and by which address and number the records of one person are told."""

import sqlalchemy as sa
from alembic import op

from contact_rules.identity import address_key, number_key

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_AT_ONCE = 5_000
_KEYS = ("email_key", "phone_key")


def upgrade() -> None:
    with op.batch_alter_table("contacts") as contacts:
        contacts.add_column(sa.Column("disqualified", sa.Boolean))
        for name in _KEYS:
            contacts.add_column(sa.Column(name, sa.Text))
    _fill(op.get_bind())
    for name in _KEYS:
        op.create_index(f"ix_contacts_account_{name}", "contacts", ["account_id", name])


def _fill(connection: sa.engine.Connection) -> None:
    """The keys of those who are there already: the next reading stores only who has changed."""
    names = ("account_id", "contact_id", "email", "phone", *_KEYS)
    table = sa.table("contacts", *(sa.column(name) for name in names))
    c = table.c
    after = ("", "")
    while True:
        query = (
            sa.select(c.account_id, c.contact_id, c.email, c.phone)
            .where(sa.tuple_(c.account_id, c.contact_id) > sa.tuple_(*map(sa.literal, after)))
            .order_by(c.account_id, c.contact_id)
            .limit(_AT_ONCE)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        filled = [
            {
                "account": row.account_id,
                "contact": row.contact_id,
                "email_key": address_key(row.email),
                "phone_key": number_key(row.phone),
            }
            for row in rows
        ]
        connection.execute(
            sa.update(table)
            .where(c.account_id == sa.bindparam("account"), c.contact_id == sa.bindparam("contact"))
            .values(email_key=sa.bindparam("email_key"), phone_key=sa.bindparam("phone_key")),
            filled,
        )
        after = (rows[-1].account_id, rows[-1].contact_id)


def downgrade() -> None:
    for name in reversed(_KEYS):
        op.drop_index(f"ix_contacts_account_{name}", "contacts")
    with op.batch_alter_table("contacts") as contacts:
        for name in (*reversed(_KEYS), "disqualified"):
            contacts.drop_column(name)
