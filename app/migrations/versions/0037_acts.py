"""acts: what people of the team did about one contact; reasons they corrected; names that can be searched."""

import sqlalchemy as sa
from alembic import op

from contact_rules.identity import name_key
from core.db import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_KEYS = ("name_key", "surname_key")
_AT_ONCE = 5_000


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("act_id", sa.String(64), primary_key=True),
        sa.Column("contact_id", sa.String(80), nullable=False),
        sa.Column("act", sa.String(12), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("reason_before", sa.String(20)),
        sa.Column("source_before", sa.String(10)),
        sa.Column("reason", sa.String(20)),
        sa.Column("playbook", sa.String(60)),
        sa.Column("round_no", sa.Integer),
        sa.Column("round_state", sa.String(12)),
        sa.Column("undone_at", UtcDateTime),
        sa.Column("undone_by", sa.Text),
    )
    op.create_index("ix_acts_account_contact", "acts", ["account_id", "contact_id", "made_at"])
    op.create_table(
        "corrected_reasons",
        sa.Column("account_id", sa.String(120), primary_key=True),
        sa.Column("contact_id", sa.String(80), primary_key=True),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("corrected_at", sa.BigInteger, nullable=False),
    )
    # Compared letter by letter on both databases, so that the beginning of a name is found by an index.
    letters = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    with op.batch_alter_table("contacts") as contacts:
        for name in _KEYS:
            contacts.add_column(sa.Column(name, letters))
    _fill(op.get_bind())
    for name in _KEYS:
        op.create_index(f"ix_contacts_account_{name}", "contacts", ["account_id", name])


def _fill(connection: sa.engine.Connection) -> None:
    """The keys of those who are there already: the next reading stores only who has changed."""
    names = ("account_id", "contact_id", "first_name", "last_name", *_KEYS)
    table = sa.table("contacts", *(sa.column(name) for name in names))
    c = table.c
    after = ("", "")
    while True:
        query = (
            sa.select(c.account_id, c.contact_id, c.first_name, c.last_name)
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
                "name_key": name_key(row.first_name, row.last_name),
                "surname_key": name_key(row.last_name, row.first_name),
            }
            for row in rows
        ]
        connection.execute(
            sa.update(table)
            .where(c.account_id == sa.bindparam("account"), c.contact_id == sa.bindparam("contact"))
            .values(**{name: sa.bindparam(name) for name in _KEYS}),
            filled,
        )
        after = (rows[-1].account_id, rows[-1].contact_id)


def downgrade() -> None:
    for name in reversed(_KEYS):
        op.drop_index(f"ix_contacts_account_{name}", "contacts")
    with op.batch_alter_table("contacts") as contacts:
        for name in reversed(_KEYS):
            contacts.drop_column(name)
    op.drop_table("corrected_reasons")
    op.drop_table("acts")
