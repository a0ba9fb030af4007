"""Rows of installations and their settings, and of sign-ins under way."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # account; agency: its tokens mint others
    sa.Column("remote_account_id", sa.String(80), nullable=False),
    sa.Column("agency_id", sa.String(120)),  # the agency's row, where one manages the account
    sa.Column("status", sa.String(20), nullable=False),  # active, disconnected
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("timezone", sa.String(60), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("record_url", sa.String(300), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("access_token", sa.Text, nullable=False),  # sealed
    sa.Column("refresh_token", sa.Text, nullable=False),  # sealed
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),  # counts refreshes: compare and swap
    sa.Column("refreshing_until", UtcDateTime),  # somebody's lease on the next refresh
    sa.Column(
        "installed_at", UtcDateTime, nullable=False
    ),  # the last time somebody pressed install
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("checked_at", UtcDateTime),  # an agency's accounts were last compared
    sa.UniqueConstraint("provider", "kind", "remote_account_id"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("state_hash", sa.String(64), primary_key=True),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("code_verifier", sa.Text, nullable=False),  # sealed
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

# Tickets, and messages of a CRM about who looks, that have opened a session: none opens a second one.
used_entries = sa.Table(
    "used_entries",
    metadata,
    sa.Column("entry_hash", sa.String(64), primary_key=True),
    sa.Column("used_at", UtcDateTime, nullable=False, index=True),
)

# Who has agreed to an install or signed in by OAuth, which a CRM lets its admins do alone.
account_admins = sa.Table(
    "account_admins",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("person", sa.String(200), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column(
        "kind", sa.String(20), primary_key=True
    ),  # what has to be done: reconnect, permission, ...
    sa.Column(
        "job", sa.String(80), nullable=False
    ),  # what was going on, and goes on once it is done
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

account_settings = sa.Table(
    "account_settings",
    metadata,
    # An account or an agency; each change is a row, and none is changed later.
    sa.Column("owner_id", sa.String(120), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),  # 1, 2, ...: the highest holds
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.String(200), nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),  # what this level says; the rest it leaves
)

account_playbooks = sa.Table(
    "account_playbooks",
    metadata,
    # A copy of the playbooks of a line of business; each change is a row, and none is changed later.
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("line", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),  # the highest holds
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.String(200), nullable=False),
    sa.Column("text", sa.Text),  # None: the packaged playbooks hold again
)
