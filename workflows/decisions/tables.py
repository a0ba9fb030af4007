"""Rows of decisions and how many there are of each kind, and of draws for the control group."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("playbook", sa.String(60)),
    sa.Column("rule", sa.String(8)),
    sa.Column("reason", sa.Text),
    sa.Column("channel", sa.String(12)),  # by which they may be contacted, or were started
    sa.Column("segment", sa.String(40)),  # in which they were scored
    sa.Column("decided_at", UtcDateTime, nullable=False),  # since when it stands
    sa.Index("ix_decisions_account_status", "account_id", "status"),
    sa.Index("ix_decisions_account_segment", "account_id", "segment", "status"),
)

decision_counts = sa.Table(
    "decision_counts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("status", sa.String(16), primary_key=True),
    sa.Column("rule", sa.String(8), primary_key=True),  # empty: none
    sa.Column("reason", sa.String(200), primary_key=True),  # empty: none
    sa.Column("segment", sa.String(40), primary_key=True),  # empty: none
    sa.Column("contacts", sa.Integer, nullable=False),  # kept as decisions change
)

decision_passes = sa.Table(
    "decision_passes",
    metadata,
    # There once the account's first pass has counted; locked by whoever writes decisions.
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("ended_at", UtcDateTime),  # when everybody was last decided about
    sa.Column("heard_at", UtcDateTime),  # the account's time when everybody's notes were last read
)

# Segments of which nobody is proposed, until a person switches them on again.
segments_off = sa.Table(
    "segments_off",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("segment", sa.String(40), primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
)

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("programme", sa.String(60), primary_key=True),
    sa.Column("held_out", sa.Boolean, nullable=False),  # once drawn it stays
    sa.Column("drawn_at", UtcDateTime, nullable=False),
    # The batch they were drawn in and what was known of them then; none for draws made before there were batches.
    sa.Column("wave_id", sa.String(40)),
    sa.Column("share", sa.Float),  # the chance to be left alone
    sa.Column("track", sa.String(12)),
    sa.Column("band", sa.String(16)),
    sa.Column("priority", sa.String(1)),
    sa.Column("segment", sa.String(40)),
    sa.Column("p_return", sa.Float),
    sa.Column("likelihood", sa.Float),
    sa.Column("channels", sa.String(80)),  # that might be used then
    # The account's time at which the batch was let go ahead: what either arm does is watched from here on.
    sa.Column("assigned_at", UtcDateTime),
    # When what they did is looked at next; None before they are watched, and when it is all known.
    sa.Column("measure_at", UtcDateTime),
    sa.Index("ix_draws_account_wave", "account_id", "wave_id"),
    sa.Index("ix_draws_account_measure", "account_id", "measure_at"),
    # Whether anybody of an account is watched is asked every few seconds.
    sa.Index(
        "ix_draws_assigned",
        "account_id",
        sqlite_where=sa.text("assigned_at IS NOT NULL"),
        postgresql_where=sa.text("assigned_at IS NOT NULL"),
    ),
)

programmes = sa.Table(
    "programmes",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("programme", sa.String(60), primary_key=True),
    sa.Column("share", sa.Float, nullable=False),  # of those drawn from now on, left alone
    sa.Column("set_at", UtcDateTime, nullable=False),
)
