"""Rows of the verdicts on an account's own fields."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


mapped_fields = sa.Table(
    "mapped_fields",
    metadata,
    _account(),
    sa.Column("field", sa.String(40), primary_key=True),  # ours, such as inquiry
    sa.Column("property", sa.String(120), primary_key=True),  # the CRM's
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("is_usual", sa.Boolean, nullable=False),  # may be used without having been chosen
    sa.Column("rank", sa.Integer, nullable=False),  # the order in which they are shown and tried
    sa.Column("state", sa.String(10), nullable=False),  # accepted, refused
    sa.Column("reason", sa.String(20)),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("levels", sa.JSON, nullable=False),  # its values in our words
    sa.Column("wish", sa.String(10)),  # what an admin chose: use, leave
    sa.Column("in_use", sa.Boolean, nullable=False),
    sa.Column("judged_at", UtcDateTime, nullable=False),
)

# What the CRM said it has a place for on a contact, when the account was last read.
contact_properties = sa.Table(
    "contact_properties",
    metadata,
    _account(),
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),  # pairs of value and label
    sa.Column("is_own", sa.Boolean, nullable=False),
    sa.Column("read_as", sa.JSON, nullable=False),
    sa.Column("means", sa.String(40), nullable=False),
    sa.Column("unusable", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("sampled", sa.Integer, nullable=False),  # contacts that were looked at
    sa.Column("filled", sa.Integer, nullable=False),  # those among them with a value
    sa.Column("is_mirrored", sa.Boolean, nullable=False),  # everybody's value is in the mirror
)

# What may feed each input by the names and the contents of properties.
field_proposals = sa.Table(
    "field_proposals",
    metadata,
    _account(),
    sa.Column("proposals", sa.JSON, nullable=False),  # input → pairs of property and match
    sa.Column("proposed_at", UtcDateTime, nullable=False),
)

# What people have chosen: each change is a further version of everything chosen.
field_mappings = sa.Table(
    "field_mappings",
    metadata,
    _account(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.String(200), nullable=False),
    sa.Column("mapping", sa.JSON, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),  # what the audit said until then
)

# How the values of a mapped property could be read, over the whole account.
field_findings = sa.Table(
    "field_findings",
    metadata,
    _account(),
    sa.Column("input", sa.String(40), primary_key=True),
    sa.Column("property", sa.String(200), primary_key=True),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("filled", sa.Integer, nullable=False),
    sa.Column("unread", sa.Integer, nullable=False),
    sa.Column("style", sa.JSON, nullable=False),
    sa.Column("doubts", sa.JSON, nullable=False),
    sa.Column("found_at", UtcDateTime, nullable=False),
)
