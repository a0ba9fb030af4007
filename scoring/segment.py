"""The segments every business has, as data, and the planning values that go with them."""

from dataclasses import dataclass

import polars as pl

from scoring.recency import ACTIVE, D90, D180, D365, NEVER, UNMEASURABLE

LEAD, CUSTOMER = "lead", "customer"


@dataclass(frozen=True, slots=True)
class Segment:
    """One row of the segments table; `response` is the planning value of replies to a good plan.

    The responses stay within the published planning range of 10 to 25 in 100 for dormant people
    (N5); never engaged people are treated as cold outreach, below 10 in 100 (N4).
    """

    key: str
    track: str
    label: str
    definition: str
    response: float | None = None


SEGMENTS = (
    Segment(
        "high_intent_lead", LEAD, "Asked for a conversation", "Met or talked, never bought", 0.22
    ),
    Segment(
        "inquired_lead", LEAD, "Inquired, never met", "Sent a form or replied, no meeting", 0.20
    ),
    Segment("low_intent_lead", LEAD, "Looked around only", "Visited or clicked, never asked", 0.14),
    Segment("never_engaged", LEAD, "Never engaged", "In the CRM, no activity on record", 0.05),
    Segment(
        "repeat_customer_lapsed", CUSTOMER, "Repeat customers, lapsed", "Bought twice or more", 0.25
    ),
    Segment(
        "one_time_customer_lapsed", CUSTOMER, "One-time customers, lapsed", "Bought once", 0.18
    ),
    Segment("recent_lead", LEAD, "Active leads", "Heard from or added within 90 days"),
    Segment("recent_customer", CUSTOMER, "Active customers", "Heard from within 90 days"),
    Segment("unmeasurable", LEAD, "Unmeasurable", "Silence can't be told from missing records"),
)
BY_KEY = {segment.key: segment for segment in SEGMENTS}
SEGMENT = pl.Enum(list(BY_KEY))
DORMANT_SEGMENTS = tuple(segment for segment in SEGMENTS if segment.response is not None)

# The longer the silence, the fewer reply; bounded so that the planning range of N5 still holds.
BAND_FACTOR = {D90: 1.0, D180: 0.85, D365: 0.72, NEVER: 1.0}


def segment_key() -> pl.Expr:
    """The segment's key, from band, track, purchases and interest_level."""
    band, lead = pl.col("band"), pl.col("track") == LEAD
    return (
        pl.when(band == UNMEASURABLE)
        .then(pl.lit("unmeasurable", dtype=SEGMENT))
        .when(band == ACTIVE)
        .then(
            pl.when(lead)
            .then(pl.lit("recent_lead", dtype=SEGMENT))
            .otherwise(pl.lit("recent_customer", dtype=SEGMENT))
        )
        .when(band == NEVER)
        .then(pl.lit("never_engaged", dtype=SEGMENT))
        .when(~lead & (pl.col("purchases") >= 2))
        .then(pl.lit("repeat_customer_lapsed", dtype=SEGMENT))
        .when(~lead)
        .then(pl.lit("one_time_customer_lapsed", dtype=SEGMENT))
        .when(pl.col("interest_level") == "high")
        .then(pl.lit("high_intent_lead", dtype=SEGMENT))
        .when(pl.col("interest_level") == "medium")
        .then(pl.lit("inquired_lead", dtype=SEGMENT))
        .otherwise(pl.lit("low_intent_lead", dtype=SEGMENT))
    )


def planned_likelihood(response: float = 1.0) -> pl.Expr:
    """The planning value of an answer to three touches, 0..1; empty for who isn't dormant.

    `response` scales it for the line of business.
    """
    planned = pl.col("segment").replace_strict(
        {s.key: s.response for s in SEGMENTS}, return_dtype=pl.Float64
    )
    factor = pl.col("band").replace_strict(BAND_FACTOR, default=None, return_dtype=pl.Float64)
    return planned * factor * response
