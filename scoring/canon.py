"""What the two input frames must look like, and which events count as a sign of life.

The canon: only what the contact did counts. A reply, a form, an answered or incoming call, a
meeting that took place, a purchase, a visit, a click. Opens are made by machines too, and what the
business sends says nothing about the contact, so neither ever counts.
"""

import polars as pl

from core.errors import Invalid

UTC_MS = pl.Datetime("ms", "UTC")

CONTACT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "created_at": UTC_MS,
    "source": pl.String,
    "lifecycle": pl.String,
    "has_email": pl.Boolean,
    "has_phone": pl.Boolean,
    "email_opt_out": pl.Boolean,
    "email_bounced": pl.Boolean,
    "sms_consent": pl.Boolean,
    "unengaged_sends": pl.Int64,
    "open_deal": pl.Boolean,
    "reason": pl.String,
    "reason_source": pl.String,
}
EVENT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "occurred_at": UTC_MS,
    "kind": pl.String,
    "direction": pl.String,
    "outcome": pl.String,
    "amount": pl.Float64,
}

ANSWERED = ("answered", "completed", "connected")
MACHINE = ("machine", "bot")

# How a CRM's free word for where a contact came from becomes one of ours; the first hit counts.
SOURCE_WORDS = (
    ("import", r"offline|import|csv|integration|migrat|bulk|api|list"),
    ("paid", r"paid|ppc|ads?\b|adwords|cpc|sponsor"),
    ("referral", r"refer|word of mouth|partner|physician"),
    ("event", r"event|webinar|trade ?show|conference|fair|seminar"),
    ("organic", r"organic|seo|search|social|email|blog|form|website|web"),
    ("direct", r"direct|walk|phone|call"),
)


def empty_events() -> pl.DataFrame:
    """An events frame without rows, in the agreed shape."""
    return pl.DataFrame(schema=EVENT_COLUMNS)


def contacts_frame(contacts: pl.DataFrame) -> pl.DataFrame:
    """The contacts in the agreed shape, absent columns empty; raises Invalid if unusable."""
    frame = _conform(contacts, CONTACT_COLUMNS, required=("contact_id",), name="contacts")
    if frame["contact_id"].null_count():
        raise Invalid("Every contact needs a contact_id.")
    if frame["contact_id"].is_duplicated().any():
        raise Invalid("Each contact_id may stand in the contacts only once.")
    return frame.with_columns(
        pl.col("has_email", "has_phone").fill_null(value=False), source=normalised_source()
    )


def events_frame(events: pl.DataFrame) -> pl.DataFrame:
    """The events in the agreed shape; raises Invalid if unusable."""
    return _conform(
        events, EVENT_COLUMNS, required=("contact_id", "occurred_at", "kind"), name="events"
    )


def _conform(
    frame: pl.DataFrame,
    columns: dict[str, pl.DataType | type[pl.DataType]],
    *,
    required: tuple[str, ...],
    name: str,
) -> pl.DataFrame:
    missing = [column for column in required if column not in frame.columns]
    if missing:
        raise Invalid(f"The {name} need the columns {', '.join(missing)}.")
    for column, wanted in columns.items():
        have = frame.schema.get(column)
        if wanted == UTC_MS and isinstance(have, pl.Datetime) and have.time_zone is None:
            raise Invalid(f"The times in {column} of the {name} need a time zone: make them UTC.")
    return frame.select(
        pl.col(column).cast(wanted)
        if column in frame.columns
        else pl.lit(None, dtype=wanted).alias(column)
        for column, wanted in columns.items()
    )


def normalised_source() -> pl.Expr:
    """One of paid, organic, referral, event, import, direct, other; empty stays empty."""
    word = pl.col("source").str.to_lowercase().str.replace_all("_", " ")
    chosen = pl.lit("other")
    for name, pattern in reversed(SOURCE_WORDS):
        chosen = pl.when(word.str.contains(pattern)).then(pl.lit(name)).otherwise(chosen)
    return pl.when(word.is_null()).then(None).otherwise(chosen).alias("source")


def is_human() -> pl.Expr:
    """True for an event the contact made happen."""
    kind, direction, outcome = pl.col("kind"), pl.col("direction"), pl.col("outcome")
    inbound = direction.eq_missing(pl.lit("in"))
    return (
        kind.is_in(["purchase", "form", "visit"])
        # A click seconds after delivery is a mail scanner; whoever reads the event marks it so.
        | (kind.eq("click") & ~outcome.is_in(MACHINE).fill_null(value=False))
        | (kind.is_in(["email", "sms", "other"]) & inbound)
        | (kind.eq("call") & (inbound | outcome.is_in(ANSWERED).fill_null(value=False)))
        # A past meeting that nobody marked as missed or called off took place.
        | (kind.eq("meeting") & (outcome.is_null() | outcome.eq("completed")))
    ).fill_null(value=False)
