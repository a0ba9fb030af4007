"""What the two input frames must look like, and which events count as a sign of life.

The canon: only what the contact did counts. A reply, a form, an answered or incoming call, a
meeting that took place, a purchase, a visit, a click. Opens are made by machines too, and what the
business sends says nothing about the contact, so neither ever counts.
"""

import re

import polars as pl
from polars import selectors as cs

from contact_rules.reasons import BY_MODEL, REASONS
from contact_rules.wishes import OPTED_IN, WISHES
from core.errors import Invalid
from playbooks.choose import INPUT
from scoring.features.terms import INQUIRIES

UTC_MS = pl.Datetime("ms", "UTC")

CONTACT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "created_at": UTC_MS,
    "source": pl.String,
    "lifecycle": pl.String,
    "has_email": pl.Boolean,
    "has_phone": pl.Boolean,
    "do_not_contact": pl.Boolean,
    "email_opt_out": pl.Boolean,
    "email_consent": pl.Boolean,
    "email_bounced": pl.Boolean,
    "marketable": pl.Boolean,
    "sms_consent": pl.Boolean,
    "sms_opt_out": pl.Boolean,
    "call_opt_out": pl.Boolean,
    "sms_consent_at": UTC_MS,
    "soft_bounced_at": UTC_MS,
    "unengaged_sends": pl.Int32,
    "open_deal": pl.Boolean,
    "next_meeting_at": UTC_MS,
    "ends_at": UTC_MS,
    "reason": pl.String,
    "reason_source": pl.String,
    "reason_at": UTC_MS,
    "inquiry": pl.String,
}
#: What a contact can do, in alphabetical order, and what else may be on record.
HUMAN_KINDS = ("call", "click", "email", "form", "meeting", "other", "purchase", "sms", "visit")
OTHER_KINDS = ("feedback", "lost_deal", "note", "open", "refund", "ticket")
KIND = pl.Enum([*HUMAN_KINDS, *OTHER_KINDS])
EVENT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "occurred_at": UTC_MS,
    "kind": pl.String,
    "direction": pl.String,
    "outcome": pl.String,
    "amount": pl.Float64,
    "reason": pl.Enum(list(REASONS)),
    "reason_confidence": pl.Float64,
    "reason_source": pl.Enum([BY_MODEL]),
}

REASON_COLUMNS = ("reason", "reason_confidence", "reason_source")

ANSWERED = ("answered", "completed", "connected")
MACHINE = ("machine", "bot")
# Whoever wishes not to be contacted has not come back.
ENDED = tuple(wish for wish in WISHES if wish != OPTED_IN)
#: Of a message out: software sent it to many.
AUTOMATED = "automated"
_INQUIRY = pl.Enum(INQUIRIES)

# How a CRM's free word for where a contact came from becomes one of ours; the first hit counts.
SOURCE_WORDS = (
    ("import", r"offline|import|csv|integration|migrat|bulk|api|list"),
    ("paid", r"paid|ppc|ads?\b|adwords|cpc|sponsor"),
    ("referral", r"refer|word of mouth|partner|physician"),
    ("event", r"event|webinar|trade ?show|conference|fair|seminar"),
    ("organic", r"organic|seo|search|social|email|blog|form|website|web"),
    ("direct", r"direct|walk|phone|call"),
)
SOURCES = (*(name for name, _ in SOURCE_WORDS), "other")


def empty_events() -> pl.DataFrame:
    """An events frame without rows, in the agreed shape."""
    return pl.DataFrame(schema=EVENT_COLUMNS)


def contacts_frame(contacts: pl.DataFrame) -> pl.DataFrame:
    """The contacts in the agreed shape, absent columns empty; raises Invalid if unusable."""
    frame = _conform(contacts, CONTACT_COLUMNS, required=("contact_id",), name="contacts")
    # Inputs that the account's playbooks look at come along as they are.
    frame = frame.hstack(contacts.select(cs.starts_with(INPUT)))
    if frame["contact_id"].null_count():
        raise Invalid("Every contact needs a contact_id.")
    if frame["contact_id"].n_unique() < frame.height:
        raise Invalid("Each contact_id may stand in the contacts only once.")
    return frame.with_columns(
        pl.col("has_email", "has_phone").fill_null(value=False),
        source=normalised_source(frame["source"]),
        inquiry=pl.col("inquiry").cast(pl.String).str.to_lowercase().cast(_INQUIRY, strict=False),
    )


def events_frame(events: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The events of known contacts in a compact shape; raises Invalid if unusable.

    `person`, the contact's place among `people`, takes the place of contact_id; who reads events in
    bulk may give it in the first place. Kinds are of KIND, unknown ones empty. Absent columns are
    empty.
    """
    needed = ("occurred_at", "kind", *(() if "person" in events.columns else ("contact_id",)))
    _check(events, EVENT_COLUMNS, required=needed, name="events")
    if "person" not in events.columns:
        places = people.select("contact_id", person=pl.int_range(pl.len(), dtype=pl.UInt32))
        events = events.with_columns(pl.col("contact_id").cast(pl.String)).join(
            places, on="contact_id"
        )
    absent = [name for name in EVENT_COLUMNS if name not in (*events.columns, "contact_id")]
    text = events.schema["kind"] != KIND
    return events.select(
        pl.col("person").cast(pl.UInt32),
        pl.col("occurred_at").cast(UTC_MS),
        pl.col("kind").cast(KIND, strict=False) if text else pl.col("kind"),
        *(
            pl.lit(None, dtype=EVENT_COLUMNS[name]).alias(name) if name in absent else pl.col(name)
            for name in ("direction", "outcome", "amount", *REASON_COLUMNS)
        ),
    )


def _conform(
    frame: pl.DataFrame,
    columns: dict[str, pl.DataType | type[pl.DataType]],
    *,
    required: tuple[str, ...],
    name: str,
) -> pl.DataFrame:
    _check(frame, columns, required=required, name=name)
    return frame.select(
        pl.lit(None, dtype=wanted).alias(column)
        if column not in frame.columns
        # Words that are codes already stay so: a million texts are made of them otherwise.
        else pl.col(column)
        if isinstance(frame.schema[column], pl.Enum)
        else pl.col(column).cast(wanted)
        for column, wanted in columns.items()
    )


def _check(
    frame: pl.DataFrame,
    columns: dict[str, pl.DataType | type[pl.DataType]],
    *,
    required: tuple[str, ...],
    name: str,
) -> None:
    missing = [column for column in required if column not in frame.columns]
    if missing:
        raise Invalid(f"The {name} need the columns {', '.join(missing)}.")
    for column, wanted in columns.items():
        have = frame.schema.get(column)
        if wanted == UTC_MS and isinstance(have, pl.Datetime) and have.time_zone is None:
            raise Invalid(f"The times in {column} of the {name} need a time zone: make them UTC.")


def normalised_source(words: pl.Series) -> pl.Series:
    """One of SOURCES for each free word; empty stays empty."""
    known = words.unique().drop_nulls().to_list()
    kinds = {word: _source_of(word) for word in known}
    return words.replace_strict(kinds, default=None, return_dtype=pl.Enum(SOURCES))


def _source_of(word: str) -> str:
    plain = word.lower().replace("_", " ")
    return next((name for name, pattern in SOURCE_WORDS if re.search(pattern, plain)), "other")


def is_human() -> pl.Expr:
    """True for an event the contact made happen."""
    kind, direction, outcome = pl.col("kind"), pl.col("direction"), pl.col("outcome")
    inbound = direction.eq_missing(pl.lit("in"))
    return (
        kind.is_in(["purchase", "form", "visit"])
        # A click seconds after delivery is a mail scanner; whoever reads the event marks it so.
        | (kind.eq("click") & ~outcome.is_in(MACHINE).fill_null(value=False))
        # Who writes to be left alone has not come back.
        | (
            kind.is_in(["email", "sms", "other"])
            & inbound
            & ~outcome.is_in(ENDED).fill_null(value=False)
        )
        | (kind.eq("call") & (inbound | outcome.is_in(ANSWERED).fill_null(value=False)))
        # A past meeting that nobody marked as missed or called off took place.
        | (kind.eq("meeting") & (outcome.is_null() | outcome.eq("completed")))
    ).fill_null(value=False)


def is_outreach() -> pl.Expr:
    """True for an attempt of ours to reach this one contact: never a sign of life, and no bulk mail."""
    sent = pl.col("kind").is_in(["email", "sms", "call"]) & pl.col("direction").eq("out")
    # What came back reached nobody either.
    bulk = pl.col("outcome").is_in([AUTOMATED, "bounced"]).fill_null(value=False)
    return (sent & ~bulk).fill_null(value=False) & ~is_human()


def is_mailing() -> pl.Expr:
    """True for a message that software sent to many, among whom was this one contact."""
    sent = pl.col("kind").is_in(["email", "sms"]) & pl.col("direction").eq("out")
    return (sent & pl.col("outcome").eq_missing(pl.lit(AUTOMATED))).fill_null(value=False)
