"""From contacts and events to one scored row per contact, as of a moment; pure and columnar."""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from scoring.canon import contacts_frame, events_frame, is_human
from scoring.dormancy import dormancy_score, silence_probability
from scoring.explain import explanation
from scoring.history import histories, interest_level, pattern, pattern_confidence
from scoring.recency import BOUNDARIES, DORMANT_BANDS, NEVER, band, measurable, whole_days
from scoring.segment import CUSTOMER, LEAD, likelihood, segment_key
from scoring.value import (
    call_usable,
    email_usable,
    expected_value,
    sale_values,
    sms_usable,
    with_priority,
)

COLUMNS = (
    "contact_id", "track", "band", "quiet_days", "age_days", "last_human_at", "last_human_kind",
    "human_events", "repeats", "span_days", "rhythm_days", "purchases", "revenue", "source",
    "lifecycle", "interest_level", "pattern", "pattern_confidence", "reason", "reason_source",
    "has_email", "has_phone", "email_usable", "sms_usable", "call_usable", "reachable", "open_deal",
    "email_opt_out", "email_bounced", "sms_consent", "unengaged_sends", "created_at",
    "dormancy_score", "segment", "likelihood", "likelihood_source", "typical_sale",
    "expected_value", "priority", "explanation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What an account decides: its currency, and a typical sale where none is on record."""

    currency: str = "USD"
    typical_sale: float | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What was learnt about the account as a whole."""

    as_of: datetime
    history_start: datetime | None
    measurable: dict[str, bool]
    currency: str
    median_sale: float | None
    contacts: int
    events: int
    human_events: int


@dataclass(frozen=True, slots=True)
class Scored:
    """One row per contact in `frame` (COLUMNS), in the order of the contacts given."""

    frame: pl.DataFrame
    account: AccountFacts


def score_contacts(
    contacts: pl.DataFrame, events: pl.DataFrame, *, as_of: datetime, settings: ScoreSettings
) -> Scored:
    """Score every contact as of a moment; what happened later is ignored.

    Frames as in `canon.CONTACT_COLUMNS` and `canon.EVENT_COLUMNS`: extra columns are ignored,
    absent optional ones count as empty, events of unknown contacts are left out. Raises Invalid
    for an unusable frame and ValueError for an as_of without a zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    people = contacts_frame(contacts)
    past = events_frame(events).filter(pl.col("occurred_at") <= as_of)
    past = past.join(people.select("contact_id"), on="contact_id", how="semi")
    human = past.filter(is_human())
    start = _history_start(people, human)
    booked = past.filter(pl.col("kind") == "meeting")["contact_id"].unique()
    frame = (
        people.join(histories(human), on="contact_id", how="left", maintain_order="left")
        .pipe(_with_recency, as_of, start=start if past.height else None)
        .pipe(_with_dormancy, booked)
    )
    median, values = sale_values(human, frame.select("contact_id", "segment", "track"))
    frame = _with_value(frame, values, settings.typical_sale)
    windows = measurable(start if past.height else None, as_of)
    facts = AccountFacts(
        as_of, start, windows, settings.currency, median, frame.height, past.height, human.height
    )
    return Scored(frame.select(COLUMNS), facts)


def dormant_counts(scored: Scored) -> dict[str, int | None]:
    """Contacts quiet for at least 90, 180 and 365 days (None: unmeasurable), and never engaged."""
    quiet, windows = scored.frame["quiet_days"], scored.account.measurable
    counts: dict[str, int | None] = {
        name: int((quiet >= days).sum()) if windows[name] else None
        for name, days in BOUNDARIES.items()
    }
    return counts | {"never": int((scored.frame["band"] == NEVER).sum())}


def is_dormant() -> pl.Expr:
    """True for the people a reactivation is about: quiet for 90 days or more, or never engaged."""
    return pl.col("band").is_in([*DORMANT_BANDS, NEVER])


def _history_start(people: pl.DataFrame, human: pl.DataFrame) -> datetime | None:
    earliest = human["occurred_at"].min() if human.height else people["created_at"].min()
    return earliest.astimezone(UTC) if isinstance(earliest, datetime) else None


def _with_recency(frame: pl.DataFrame, as_of: datetime, *, start: datetime | None) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("purchases", "repeats", "span_days", "human_events").fill_null(0),
        pl.col("revenue").fill_null(0.0),
        pl.col("deep", "middle").fill_null(value=False),
        touched=pl.col("last_human_at").is_not_null(),
        quiet_days=whole_days(pl.col("last_human_at"), as_of),
        age_days=whole_days(pl.col("created_at"), as_of),
    ).with_columns(
        track=pl.when(pl.col("purchases") > 0).then(pl.lit(CUSTOMER)).otherwise(pl.lit(LEAD)),
        band=band(start),
        rhythm_days=pl.when(pl.col("repeats") > 0)
        .then((pl.col("span_days") / pl.col("repeats")).round(0))
        .cast(pl.Int64),
    )


def _with_dormancy(frame: pl.DataFrame, booked: pl.Series) -> pl.DataFrame:
    """Add interest, pattern, score and segment; booking a meeting shows interest even if missed."""
    gap = pl.coalesce("quiet_days", pl.col("age_days").clip(lower_bound=0))
    known = pl.when(pl.col("band") != "unmeasurable")
    return (
        frame.with_columns(
            deep=pl.col("deep") | pl.col("contact_id").is_in(booked.implode()),
            gap_days=known.then(gap),
        )
        .with_columns(interest_level=interest_level())
        .with_columns(
            dormancy_score=dormancy_score(),
            pattern=pattern(silence_probability()),
            pattern_confidence=pattern_confidence(),
            segment=segment_key(),
            email_usable=email_usable(),
            sms_usable=sms_usable(),
            call_usable=call_usable(),
        )
        .with_columns(
            likelihood=likelihood(),
            reachable=pl.any_horizontal("email_usable", "sms_usable", "call_usable"),
        )
    )


def _with_value(frame: pl.DataFrame, values: pl.DataFrame, fallback: float | None) -> pl.DataFrame:
    prior = pl.when(pl.col("likelihood").is_not_null()).then(pl.lit("prior"))
    return (
        frame.join(values, on="segment", how="left", maintain_order="left")
        .with_columns(
            pl.col("typical_sale").fill_null(pl.lit(fallback, dtype=pl.Float64)).round(2),
            likelihood_source=prior,
        )
        .with_columns(expected_value=expected_value())
        .pipe(with_priority)
        .with_columns(explanation=explanation())
    )
