"""Rows of scores, of each account's last scoring and its audit, of models, and of cohorts with their outcomes."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata

scores = sa.Table(
    "scores",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("track", sa.String(12), nullable=False),
    sa.Column("band", sa.String(16), nullable=False),
    sa.Column("quiet_days", sa.Integer),
    sa.Column("last_human_at", UtcDateTime),
    sa.Column("last_human_kind", sa.String(20)),
    sa.Column("human_events", sa.Integer, nullable=False),
    sa.Column("rhythm_days", sa.Integer),
    sa.Column("purchases", sa.Integer, nullable=False),
    sa.Column("segment", sa.String(40), nullable=False),
    sa.Column("playbook", sa.String(60)),  # None: nothing is to be done about them
    sa.Column("interest_level", sa.String(10)),
    sa.Column("inquiry", sa.String(10)),
    sa.Column("pattern", sa.String(24)),
    sa.Column("reason", sa.String(20)),
    sa.Column("reason_source", sa.String(10)),
    sa.Column("reason_confidence", sa.Float),
    sa.Column("signal", sa.String(12)),
    sa.Column("signal_at", UtcDateTime),
    sa.Column("signal_until", UtcDateTime),
    sa.Column("signal_gap", sa.Integer),  # days of silence that a coming back ended
    sa.Column("signal_next", UtcDateTime),  # when the next one begins by date alone
    sa.Column("dormancy_score", sa.Float),
    sa.Column("contacts_missed", sa.Float),  # in the silence, at the pace of before
    sa.Column("p_return", sa.Float),
    sa.Column("return_low", sa.Float),  # intervals of 95 in 100
    sa.Column("return_high", sa.Float),
    sa.Column("likelihood", sa.Float),
    sa.Column("likelihood_low", sa.Float),
    sa.Column("likelihood_high", sa.Float),
    sa.Column("own_share", sa.Float),  # of what is known of it, from the account's own outcomes
    sa.Column("likelihood_source", sa.String(8)),  # prior, model: which of the two weighs more
    sa.Column("uplift", sa.Float),
    sa.Column("plan", sa.String(24)),
    sa.Column("speaks_for", sa.Text),
    sa.Column("typical_sale", sa.Float),
    sa.Column("expected_value", sa.Float),
    sa.Column("priority", sa.String(1)),
    # The channels that may be used, as contact_rules/channels.py joins them.
    sa.Column("channels", sa.String(80), nullable=False),
    sa.Column("explanation", sa.Text),
    # What moves the likelihood, as scoring/contributions.py writes it.
    sa.Column("contributions", sa.Text),
    # What the account's mapped properties said then, as scoring/learn/traits.py writes it.
    sa.Column("traits", sa.Text),
    sa.Column("model_version", sa.Integer),  # None: scored by a Rekindle that kept no models
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column("scored_at", UtcDateTime, nullable=False),
    sa.Column("pass_no", sa.Integer, nullable=False),  # which pass over the account wrote this row
    sa.Index("ix_scores_account_priority", "account_id", "priority"),
    # The most worthwhile of each segment: what the list of contacts begins with.
    sa.Index(
        "ix_scores_best",
        *("account_id", "segment", "priority", "expected_value", "quiet_days", "contact_id"),
    ),
    sa.Index("ix_scores_signal_until", "signal_until"),
    sa.Index("ix_scores_signal_next", "signal_next"),
)

scorings = sa.Table(
    "scorings",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("as_of", UtcDateTime, nullable=False),
    sa.Column("model_version", sa.Integer),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("dormant", sa.JSON, nullable=False),
    sa.Column("tracks", sa.JSON, nullable=False),
    sa.Column("segments", sa.JSON, nullable=False),
    # What contacts that are scored one by one later are measured by.
    sa.Column("history_start", UtcDateTime),
    sa.Column("sales", sa.JSON, nullable=False),  # segment → typical sale
    sa.Column("cuts", sa.JSON, nullable=False),  # worths from which on a priority is A, B, C
    sa.Column("scored_at", UtcDateTime, nullable=False),
    # Counts every pass that wrote scores, of everybody or of a few.
    sa.Column("pass_no", sa.Integer, nullable=False),
)

# What the audit page shows, as of the last scoring of everybody.
audits = sa.Table(
    "audits",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("summary", sa.Text, nullable=False),  # JSON of scoring/summary/audit_summary.py
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(12), nullable=False),  # champion, challenger, retired, rejected
    sa.Column("fitted_at", UtcDateTime, nullable=False),
    sa.Column("as_of", UtcDateTime, nullable=False),  # what it was fitted to ends here
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),  # what was foretold → both models' losses
    sa.Column("note", sa.Text, nullable=False),
)

chances = sa.Table(
    "chances",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("at", UtcDateTime, primary_key=True),  # of the account's time
    sa.Column("chance", sa.Float),  # of an answer; None while nothing was foretold
)

cohorts = sa.Table(
    "cohorts",
    metadata,
    sa.Column("account_id", sa.String(120), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("decided_at", UtcDateTime, primary_key=True),
    sa.Column("arm", sa.String(24), nullable=False),  # the plan's key, or control
    sa.Column("channels", sa.String(80), nullable=False),  # that might be used, at the decision
    sa.Column("traits", sa.Text),  # of the score at the decision
    sa.Column("responded", sa.Boolean),  # None until 90 days have passed
    sa.Column("matured_at", UtcDateTime),
    sa.Index("ix_cohorts_account_matured", "account_id", "matured_at"),
)
