"""Rows of readings, of the parts that they are read in, and of how far changes were asked for."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


def _account() -> "sa.Column[str]":
    return sa.Column("account_id", sa.String(120), primary_key=True)


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(40), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),  # RunState
    sa.Column("stream", sa.String(20)),  # being read now
    sa.Column("read_count", sa.BigInteger, nullable=False),
    sa.Column("total_count", sa.BigInteger),
    # Stream → since when it is read, how much of it is read, of how many; in the order in which they are read.
    sa.Column("parts", sa.JSON),
    sa.Column(
        "fence", sa.Integer, nullable=False
    ),  # counts takeovers: an older worker's commits fail
    sa.Column("error", sa.Text),
    # Streams that the account does not let us read any more, each with the scopes it needs.
    sa.Column("missing", sa.JSON),
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("beat_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
)

ranges = sa.Table(
    "ranges",
    metadata,
    sa.Column("run_id", sa.String(40), primary_key=True),
    sa.Column("stream", sa.String(20), primary_key=True),
    sa.Column("range_no", sa.Integer, primary_key=True),
    sa.Column("lower", sa.Text),
    sa.Column("upper", sa.Text),
    sa.Column("cursor", sa.Text),
    sa.Column("done", sa.Boolean, nullable=False),
)

polls = sa.Table(
    "polls",
    metadata,
    _account(),
    sa.Column("watermark", sa.Text, nullable=False),  # the CRM's own mark: from where to ask on
    # By how many contacts the CRM's count differs though all have been compared, as its index may.
    sa.Column("unexplained", sa.Integer, nullable=False),
    sa.Column("polled_at", UtcDateTime, nullable=False),
    # The accounts' time then, which runs ahead where it is a sandbox's.
    sa.Column("polled_for", UtcDateTime),
)
