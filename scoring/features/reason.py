"""Why each contact went quiet: the most trustworthy source that says so by as_of, and how sure it is (S7).

In order of trust: somebody of the team, the contact's own field, the reason its last deal was lost for, a ticket, a
bad survey or a refund around the time the silence began, and what a note or a message says. Where none of them
speaks, nothing is said: a reason is never guessed.
"""

from datetime import datetime, timedelta

import polars as pl

from contact_rules.lost_reasons import read_field
from contact_rules.reasons import BY_PERSON, LEAST_CONFIDENCE, REASONS, SERVICE_ISSUE

# Where a reason may come from, in order of trust, in the words that a person reads.
SOURCES = {
    BY_PERSON: "Somebody of your team",
    "field": "Field of the contact",
    "deal": "Lost deal",
    "ticket": "Ticket",
    "feedback": "Survey",
    "refund": "Refund",
    "note": "Note",
    "email": "E-mail",
    "message": "Message",
    "llm": "Note or message, by a language model",
}

# Trouble counts from so long before the last sign of life on: what lies further back was got over.
SERVICE_WINDOW = timedelta(days=30)
# So does what somebody wrote or what staff noted.
TEXT_WINDOW = timedelta(days=90)
SERVICE_CONFIDENCE = 0.75

_SERVICE = ("ticket", "feedback", "refund")
_TEXTS = {"note": "note", "email": "email", "sms": "message", "other": "message"}
# The texts are one rank: the last of them counts.
_RANK = {BY_PERSON: 0, "field": 0, "deal": 1, "ticket": 2, "feedback": 3, "refund": 4}
_SAID = {"reason": pl.String, "reason_confidence": pl.Float64, "reason_source": pl.String}
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contact_id": pl.String,
    "reason": pl.String,
    "reason_source": pl.String,
    "reason_confidence": pl.Float64,
    "reason_at": pl.Datetime("ms", "UTC"),
}


def resolve_reasons(
    contacts: pl.DataFrame, events: pl.DataFrame, last_human: pl.DataFrame, *, as_of: datetime
) -> pl.DataFrame:
    """`contact_id, reason, reason_source, reason_confidence, reason_at` of every contact, or empty.

    `contacts` has contact_id, reason (as the field has it) and reason_at: a value without a time, or of
    a time after as_of, is none. `events` are those of `canon.EVENT_COLUMNS` up to as_of, lost deals
    among them; `last_human` has contact_id and last_human_at, empty for who never showed a sign of life.
    """
    telling = _telling(events)
    since = telling.join(
        last_human.select("contact_id", "last_human_at"), on="contact_id", how="left"
    )
    found = pl.concat(
        [
            _of_fields(contacts, as_of),
            _of_deals(telling, events),
            _of_service(since),
            _of_texts(since),
        ]
    )
    best = (
        found.with_columns(rank=pl.col("reason_source").replace_strict(_RANK, default=len(_RANK)))
        .sort("contact_id", "rank")
        .unique("contact_id", keep="first")
        .drop("rank")
    )
    people = contacts.select("contact_id")
    return people.join(best, on="contact_id", how="left", maintain_order="left")


def _telling(events: pl.DataFrame) -> pl.DataFrame:
    """The few events that may say something, in one pass over all of them."""
    speaks = pl.col("kind").is_in(["lost_deal", *_SERVICE])
    if "reason" in events.columns:
        speaks = speaks | pl.col("reason").is_not_null()
    few = events.filter(speaks)
    return few.select(
        "contact_id",
        "occurred_at",
        pl.col("kind").cast(pl.String),
        *(
            (pl.col(name) if name in few.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in {"outcome": pl.String, **_SAID}.items()
        ),
    )


def _of_fields(contacts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """What the contacts' own fields say, where they said it by as_of."""
    if not {"reason", "reason_at"} <= set(contacts.columns):
        return pl.DataFrame(schema=_COLUMNS)
    dated = contacts.filter(pl.col("reason").is_not_null() & (pl.col("reason_at") <= as_of))
    texts = dated["reason"].unique()
    read = {text: heard for text in texts if (heard := read_field(text)) is not None}
    meanings = pl.DataFrame(
        {
            "text": list(read),
            "meant": [heard.reason for heard in read.values()],
            "sure": [heard.confidence for heard in read.values()],
        },
        schema={"text": pl.String, "meant": pl.String, "sure": pl.Float64},
    )
    by_person = (
        pl.col("reason_source").eq_missing(pl.lit(BY_PERSON))
        if "reason_source" in contacts.columns
        else pl.lit(value=False)
    )
    return dated.join(meanings, left_on="reason", right_on="text").select(
        "contact_id",
        reason=pl.col("meant"),
        reason_source=pl.when(by_person).then(pl.lit(BY_PERSON)).otherwise(pl.lit("field")),
        reason_confidence=pl.when(by_person).then(1.0).otherwise("sure"),
        reason_at=pl.col("reason_at").cast(_COLUMNS["reason_at"]),
    )


def _of_deals(telling: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Why the last deal was lost, unless they bought something since."""
    lost = (
        telling.filter(pl.col("kind") == "lost_deal")
        .sort("occurred_at")
        .unique("contact_id", keep="last", maintain_order=True)
        .filter(pl.col("reason").is_not_null())
    )
    bought = (
        events.filter(pl.col("kind") == "purchase")
        .join(lost.select("contact_id"), on="contact_id", how="semi")
        .group_by("contact_id")
        .agg(bought_at=pl.col("occurred_at").max())
    )
    return (
        lost.join(bought, on="contact_id", how="left")
        .filter((pl.col("bought_at") > pl.col("occurred_at")).fill_null(value=False).not_())
        .select(
            "contact_id",
            "reason",
            pl.lit("deal").alias("reason_source"),
            "reason_confidence",
            reason_at=pl.col("occurred_at").cast(_COLUMNS["reason_at"]),
        )
    )


def _of_service(since: pl.DataFrame) -> pl.DataFrame:
    """Trouble around the time the silence began, or in it: one row for each kind of trouble."""
    trouble = (pl.col("kind") != "feedback") | pl.col("outcome").eq_missing(pl.lit("negative"))
    return (
        since.filter(pl.col("kind").is_in(_SERVICE) & trouble & _is_near(SERVICE_WINDOW))
        .sort("occurred_at")
        .unique(["contact_id", "kind"], keep="last")
        .select(
            "contact_id",
            reason=pl.lit(SERVICE_ISSUE),
            reason_source=pl.col("kind").cast(pl.String),
            reason_confidence=pl.lit(SERVICE_CONFIDENCE),
            reason_at=pl.col("occurred_at").cast(_COLUMNS["reason_at"]),
        )
    )


def _of_texts(since: pl.DataFrame) -> pl.DataFrame:
    """The last thing that a note or a message says."""
    sure = pl.col("reason_confidence") >= LEAST_CONFIDENCE
    known = pl.col("reason").is_in(list(REASONS))
    return (
        since.filter(pl.col("kind").is_in(list(_TEXTS)) & known & sure & _is_near(TEXT_WINDOW))
        .sort("occurred_at", "reason_confidence", "reason")
        .unique("contact_id", keep="last")
        .select(
            "contact_id",
            "reason",
            reason_source=pl.coalesce("reason_source", pl.col("kind").replace(_TEXTS)),
            reason_confidence=pl.col("reason_confidence"),
            reason_at=pl.col("occurred_at").cast(_COLUMNS["reason_at"]),
        )
    )


def _is_near(window: timedelta) -> pl.Expr:
    """True from a while before the silence began on; always for who never showed a sign of life."""
    begun = pl.col("last_human_at") - pl.lit(window)
    return (pl.col("occurred_at") >= begun).fill_null(value=True)
