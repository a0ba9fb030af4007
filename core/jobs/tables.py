"""Rows of jobs that are due, under way or given up, of who works at what, and of what a person has paused."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_key", sa.String(200), primary_key=True),
    sa.Column("job", sa.String(80), nullable=False),  # its dotted path
    sa.Column("account_id", sa.String(120), nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),  # what follows the account id: ids alone
    sa.Column("lane", sa.String(12), nullable=False),
    sa.Column("claim", sa.String(200), nullable=False),  # jobs of one claim never run side by side
    sa.Column("state", sa.String(10), nullable=False),  # waiting, running, given_up
    sa.Column(
        "asks", sa.Integer, nullable=False
    ),  # counts: what is asked while it runs, runs again
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("owner", sa.String(40)),  # the run of it that holds the claim
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("error_code", sa.String(40)),
    sa.Column("error", sa.Text),
    sa.Column("failed_at", UtcDateTime),
    sa.Index("ix_jobs_state_due", "state", "due_at"),
    sa.Index("ix_jobs_account", "account_id"),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("claim", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)

pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("claim", sa.String(200), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),  # the person
    sa.Column("since", UtcDateTime, nullable=False),
)
