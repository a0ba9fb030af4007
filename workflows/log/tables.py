"""Rows of the decision log, which the database itself keeps as they are."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata
from workflows.log.guards import GUARDS

decision_log = sa.Table(
    "decision_log",
    metadata,
    # SQLite numbers rows by itself in a plain integer alone.
    sa.Column(
        "entry_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("account_id", sa.String(120), nullable=False),  # empty: every account
    sa.Column("at", UtcDateTime, nullable=False),  # by the account's time
    sa.Column("recorded_at", UtcDateTime, nullable=False),  # by this machine's
    sa.Column("contact_id", sa.String(80)),
    sa.Column("contact_hash", sa.String(64)),  # whose it was, once they were erased
    sa.Column("what", sa.String(12), nullable=False),  # What
    sa.Column("who", sa.String(10), nullable=False),  # Who
    sa.Column("by", sa.Text),  # the person
    sa.Column("standing", sa.String(16)),  # Status
    sa.Column("programme", sa.String(60)),
    sa.Column("channel", sa.String(12)),
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("evidence", sa.Text),  # a field's name or an activity's id
    sa.Column("consent", sa.Text),  # JSON of what was known of it
    sa.Column("subject", sa.String(60)),  # a batch or a touch
    sa.Column("version", sa.Text),  # of the opener or text
    sa.Index("ix_decision_log_account_contact", "account_id", "contact_id", "entry_id"),
    sa.Index("ix_decision_log_recorded", "recorded_at"),
)

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard = sa.DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        sa.event.listen(decision_log, "after_create", _guard.execute_if(dialect=_dialect))
