"""Rows of what we last knew: contacts, ids that merges have ended, activities, deals, and whom to score again.

What cannot be read of a contact, and what was tried on one, stand here too: whatever hangs on a person goes with them.
"""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

# Compared letter by letter on both databases, so that the beginning of a name is found by an index.
_LETTERS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


contacts = sa.Table(
    "contacts",
    metadata,
    _account(),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("created_at", sa.BigInteger),  # milliseconds, like every time on the bulk path
    sa.Column("updated_at", sa.BigInteger),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("first_name", sa.Text),
    sa.Column("last_name", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("timezone", sa.Text),
    sa.Column("region", sa.Text),
    sa.Column("source", sa.Text),
    sa.Column("lifecycle", sa.Text),
    sa.Column("owner_id", sa.Text),
    sa.Column("do_not_contact", sa.Boolean),
    sa.Column("email_opt_out", sa.Boolean),
    sa.Column("email_consent", sa.Boolean),
    sa.Column("email_bounced", sa.Boolean),
    sa.Column("marketable", sa.Boolean),
    sa.Column("sms_consent", sa.Boolean),
    sa.Column("sms_opt_out", sa.Boolean),
    sa.Column("call_opt_out", sa.Boolean),
    sa.Column("disqualified", sa.Boolean),
    # By which records of one person are told (contact_rules/identity.py).
    sa.Column("email_key", sa.Text),
    sa.Column("phone_key", sa.Text),
    # By which a person is looked for: first name first, and last name first.
    sa.Column("name_key", _LETTERS),
    sa.Column("surname_key", _LETTERS),
    sa.Column("unengaged_sends", sa.BigInteger),
    sa.Column("in_sequence", sa.Boolean),
    sa.Column("reason", sa.Text),  # as the field has it
    sa.Column("reason_source", sa.Text),  # the field's name
    sa.Column("reason_at", sa.BigInteger),  # by when the field said so
    sa.Column("inquiry", sa.Text),  # as the field has it; what may be used of it: mapped_fields
    sa.Column("inquiry_source", sa.Text),  # the field's name
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("known", sa.Text, nullable=False),
    sa.Column("content_hash", sa.String(32), nullable=False),
    sa.Column("read_at", sa.BigInteger),  # by our clock: when the CRM was last asked for it
    sa.Index("ix_contacts_account_email_key", "account_id", "email_key"),
    sa.Index("ix_contacts_account_phone_key", "account_id", "phone_key"),
    sa.Index("ix_contacts_account_name_key", "account_id", "name_key"),
    sa.Index("ix_contacts_account_surname_key", "account_id", "surname_key"),
)

aliases = sa.Table(
    "aliases",
    metadata,
    _account(),
    sa.Column("alias", sa.String(80), primary_key=True),  # an id that a merge has ended
    # Whose record it is part of by now: never an alias itself.
    sa.Column("contact_id", sa.String(80), nullable=False),
    sa.Column("learned_at", sa.BigInteger, nullable=False),  # ms: when the CRM was asked that told
    sa.Column("followed", sa.Boolean, nullable=False),  # nothing hangs on the alias any more
    sa.Index("ix_aliases_account_contact", "account_id", "contact_id"),
    sa.Index("ix_aliases_account_followed", "account_id", "followed"),
)

activities = sa.Table(
    "activities",
    metadata,
    _account(),
    sa.Column("activity_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("occurred_at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("direction", sa.String(10)),
    sa.Column("outcome", sa.String(20)),
    # What its text says of a silence, heard when it was read; the text itself is stored nowhere.
    sa.Column("reason", sa.String(20)),
    sa.Column("reason_confidence", sa.Float),
    sa.Column("reason_source", sa.String(10)),  # llm where a language model said so
    sa.Column("wish", sa.String(20)),  # what its text says of being contacted
    sa.Index("ix_activities_account_contact_at", "account_id", "contact_id", "occurred_at"),
    # Few activities have one, and an admin's page lists them.
    sa.Index(
        "ix_activities_account_wish",
        "account_id",
        "occurred_at",
        sqlite_where=sa.text("wish IS NOT NULL"),
        postgresql_where=sa.text("wish IS NOT NULL"),
    ),
)

# Wishes that an admin has set aside: the text of that activity counts no more, what is said later does.
lifted_wishes = sa.Table(
    "lifted_wishes",
    metadata,
    _account(),
    sa.Column("activity_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("wish", sa.String(20), nullable=False),
    sa.Column("lifted_at", UtcDateTime, nullable=False),
    sa.Column("lifted_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# Why somebody went quiet, as a person of the team says it: goes before everything that the CRM tells of it.
corrected_reasons = sa.Table(
    "corrected_reasons",
    metadata,
    _account(),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("corrected_at", sa.BigInteger, nullable=False),  # ms of the account's time
)

deals = sa.Table(
    "deals",
    metadata,
    _account(),
    sa.Column("deal_id", sa.String(80), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column(
        "foreign_currency", sa.String(3)
    ),  # of an amount that can't be told in the account's own
    sa.Column("is_closed", sa.Boolean, nullable=False),
    sa.Column("is_won", sa.Boolean, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("reason", sa.String(20)),  # why it was lost, in our words
    sa.Column("reason_confidence", sa.Float),
    sa.Index("ix_deals_account_contact", "account_id", "contact_id"),
)

unscored = sa.Table(
    "unscored",
    metadata,
    _account(),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("stamp", sa.String(32), nullable=False),  # another one with each change
)

# Some of the contacts whose value in a mapped property could not be read; the value is in the contact's own row.
unread_values = sa.Table(
    "unread_values",
    metadata,
    _account(),
    sa.Column("input", sa.String(40), primary_key=True),
    sa.Column("property", sa.String(200), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
)

# A mapping that somebody tries on one contact before it is saved, and what would be known of that person.
field_trials = sa.Table(
    "field_trials",
    metadata,
    _account(),
    sa.Column("trial_id", sa.String(40), primary_key=True),
    sa.Column("contact_id", sa.String(80), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("mapping", sa.JSON, nullable=False),
    sa.Column("answer", sa.JSON),  # None until a worker has answered
)

# The addresses of the people who work in the account's CRM, as addresses are compared.
team = sa.Table(
    "team",
    metadata,
    _account(),
    sa.Column("address", sa.String(320), primary_key=True),
)
