"""Which segment each contact is in, and the planning value that goes with it: columns out of columns."""

import polars as pl

from scoring.features.recency import ACTIVE, NEVER, UNMEASURABLE
from scoring.features.segment import BAND_FACTOR, BY_KEY, LEAD, SEGMENTS

SEGMENT = pl.Enum(list(BY_KEY))


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
