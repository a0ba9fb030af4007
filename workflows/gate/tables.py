"""Rows of an account's do-not-contact list: salted hashes alone, which nothing touches, and who changed it."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

listed = sa.Table(
    "listed",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("digest", sa.String(40), primary_key=True),  # of an address, a number or a domain
    sa.Column("origin", sa.String(12), nullable=False),  # workflows/gate/do_not_contact.py
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

list_salts = sa.Table(
    "list_salts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)

list_changes = sa.Table(
    "list_changes",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("change_id", sa.String(32), primary_key=True),
    sa.Column("taken_off", sa.Boolean, nullable=False),  # else put on
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)
