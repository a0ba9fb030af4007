"""Rows of what stands still, and of what was let go on again."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

stops = sa.Table(
    "stops",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),  # empty: every account
    sa.Column("programme", sa.String(60), primary_key=True),  # empty: all of the account's
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),  # this machine's time of the last change
    sa.Column("by", sa.Text),  # the person; None: a limit was reached
    sa.Column("reason", sa.Text, nullable=False),
    # What was sent before this counts no more (the account's time): a person has seen it and let it go on.
    sa.Column("counted_from", UtcDateTime),
)
