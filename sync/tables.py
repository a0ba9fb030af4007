"""Rows of the mirror and what is new in it, of runs and their checkpoints, of notices, and of write plans."""

import sqlalchemy as sa

from core.db import UtcDateTime, metadata


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
    sa.Column("email_opt_out", sa.Boolean),
    sa.Column("email_bounced", sa.Boolean),
    sa.Column("sms_consent", sa.Boolean),
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
    sa.Index("ix_activities_account_contact_at", "account_id", "contact_id", "occurred_at"),
)

deals = sa.Table(
    "deals",
    metadata,
    _account(),
    sa.Column("deal_id", sa.String(80), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column("is_closed", sa.Boolean, nullable=False),
    sa.Column("is_won", sa.Boolean, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("reason", sa.String(20)),  # why it was lost, in our words
    sa.Column("reason_confidence", sa.Float),
    sa.Index("ix_deals_account_contact", "account_id", "contact_id"),
)

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

news = sa.Table(
    "news",
    metadata,
    _account(),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("stamp", sa.String(32), nullable=False),  # another one with each change
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String(40), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("state", sa.String(20), nullable=False),  # running, done, failed
    sa.Column("stream", sa.String(20)),  # being read now
    sa.Column("read_count", sa.BigInteger, nullable=False),
    sa.Column("total_count", sa.BigInteger),
    sa.Column(
        "fence", sa.Integer, nullable=False
    ),  # counts takeovers: an older worker's commits fail
    sa.Column("worker", sa.String(80), nullable=False),
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
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _account(),
    sa.Column("delivery_key", sa.String(300), primary_key=True),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("contact_ids", sa.JSON, nullable=False),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.Index("ix_deliveries_account_handled", "account_id", "handled_at"),
)

parked_events = sa.Table(
    "parked_events",
    metadata,
    sa.Column("provider", sa.String(40), primary_key=True),
    sa.Column(
        "digest", sa.String(32), primary_key=True
    ),  # tells events apart, says nothing of them
    sa.Column("account_id", sa.String(120), index=True),  # where it named one of ours
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("plan_id", sa.String(60), primary_key=True),
    sa.Column("account_id", sa.String(120), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),  # values, start
    # recording, then waiting or approved, applied; superseded where a newer one has taken its place
    sa.Column("state", sa.String(20), nullable=False),
    # Counts of its rows, kept as they change; rows that no longer matter are deleted, their counts stay.
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("succeeded", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("verified", sa.Integer, nullable=False),  # read back equal
    sa.Column(
        "differing", sa.Integer, nullable=False
    ),  # read back, and the CRM holds another value
    sa.Column("unread", sa.Integer, nullable=False),  # written, not yet read back
    sa.Column("expected_seconds", sa.Float),  # how long writing it takes at the CRM's pace
    sa.Column("resume_at", UtcDateTime),  # the day's share is used up: goes on then
    sa.Column("reason", sa.Text),  # why it waits for a person
    sa.Column("approved_by", sa.Text),
    sa.Column("fence", sa.Integer, nullable=False),
    sa.Column("worker", sa.String(80)),  # None until one has begun
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("approved_at", UtcDateTime),
    sa.Column("applied_at", UtcDateTime),
)

plan_totals = sa.Table(
    "plan_totals",
    metadata,
    _account(),
    sa.Column("kind", sa.String(20), primary_key=True),
    # What the plans had that were applied and are no longer kept.
    sa.Column("planned", sa.Integer, nullable=False),
    sa.Column("succeeded", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("verified", sa.Integer, nullable=False),
)

sendings = sa.Table(
    "sendings",
    metadata,
    _account(),
    sa.Column("sent_at", UtcDateTime, primary_key=True),
    sa.Column("contacts", sa.Integer, nullable=False),  # how many of the day's share were spent
)

unmade_properties = sa.Table(
    "unmade_properties",
    metadata,
    _account(),
    sa.Column("name", sa.String(120), primary_key=True),  # ours, which the CRM did not make
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("crm_limit", sa.Text),  # the CRM's limit, where that was why
    sa.Column("noted_at", UtcDateTime, nullable=False),
)

plan_writes = sa.Table(
    "plan_writes",
    metadata,
    sa.Column("plan_id", sa.String(60), primary_key=True),
    sa.Column("contact_id", sa.String(80), primary_key=True),
    sa.Column("new_values", sa.Text, nullable=False),  # JSON of name → value
    sa.Column("old_values", sa.Text, nullable=False),  # JSON of the same names as last known
    sa.Column("state", sa.String(12), nullable=False),  # planned, sent, succeeded, failed
    sa.Column("rank", sa.Integer, nullable=False),  # what is written first
    sa.Column("sent_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("verified", sa.Boolean),
    # In the order in which they are written.
    sa.Index("ix_plan_writes_plan_state_rank", "plan_id", "state", "rank", "contact_id"),
)
