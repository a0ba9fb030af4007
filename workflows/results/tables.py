"""Rows of what became of the people of both arms at each number of days, and of the results and reports of them."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

assignment_outcomes = sa.Table(
    "assignment_outcomes",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("programme", sa.String(60), primary_key=True),
    sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),  # 7, 30, 60 or 90
    sa.Column("responded", sa.Boolean, nullable=False),  # did something themselves
    sa.Column("responded_at", UtcDateTime),  # the first of it
    sa.Column("answered", sa.Boolean, nullable=False),  # wrote, called or filled in a form
    sa.Column("positive", sa.Boolean, nullable=False),  # an answer was meant so
    sa.Column("negative", sa.Boolean, nullable=False),
    sa.Column("booked", sa.Boolean, nullable=False),
    sa.Column("showed", sa.Boolean, nullable=False),
    sa.Column("sold", sa.Boolean, nullable=False),
    sa.Column("revenue_minor", sa.BigInteger, nullable=False),  # hundredths of the currency
    sa.Column("opted_out", sa.Boolean, nullable=False),
    sa.Column("complained", sa.Boolean, nullable=False),
    sa.Column("staff_wrote", sa.Boolean, nullable=False),  # somebody of the team, by hand
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)

# What pages show: worked out by a job, as of a moment of the account's time.
told_results = sa.Table(
    "told_results",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column("figures", sa.Text, nullable=False),  # JSON, as `rekindle results --json` tells it
    sa.Column("sheet", sa.Text, nullable=False),  # CSV
)

# What an account's people are told once a week, as it stood when the week was over.
weekly_reports = sa.Table(
    "weekly_reports",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("week", sa.String(10), primary_key=True),  # its Monday
    sa.Column("figures", sa.Text, nullable=False),  # JSON
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime, nullable=False),  # when the week after it is over
    sa.Column("task_state", sa.String(8), nullable=False),  # TaskState
    sa.Column("task_id", sa.String(80)),
    sa.Column("task_problem", sa.Text),
    sa.Index("ix_weekly_reports_account_next", "account_id", "next_at"),
)
