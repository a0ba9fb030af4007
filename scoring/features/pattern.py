"""How a contact went quiet and how deep the interest went, out of the features of its history."""

import polars as pl

PATTERNS = ("one_and_done", "heavy_then_stopped", "fading", "sporadic", "steady", "never")
LEVELS = ("high", "medium", "low")
_PATTERN, _LEVEL = pl.Enum(PATTERNS), pl.Enum(LEVELS)


def interest_level() -> pl.Expr:
    """Say high, medium or low, by the deepest thing the contact ever asked for."""
    return (
        pl.when(pl.col("deep"))
        .then(pl.lit("high", dtype=_LEVEL))
        .when(pl.col("middle"))
        .then(pl.lit("medium", dtype=_LEVEL))
        .otherwise(pl.lit("low", dtype=_LEVEL))
    )


def pattern(silence: pl.Expr) -> pl.Expr:
    """How the contact went quiet; `silence` is P(this silence | still engaged).

    one_and_done: everything within a week. heavy_then_stopped: at least six days of contact, no
    slower in the last third than before, and a silence too long for that rhythm (below 2 %).
    fading: the last third less than half as busy as the first. sporadic: irregular and rare.
    """
    last, first = pl.col("last_third").cast(pl.Int32), pl.col("first_third").cast(pl.Int32)
    earlier = pl.col("repeats") - last
    # The last third lasts half as long as the two thirds before it.
    kept_pace = 2 * last >= earlier
    return (
        pl.when(~pl.col("touched"))
        .then(pl.lit("never", dtype=_PATTERN))
        .when(pl.col("span_days") <= 7)
        .then(pl.lit("one_and_done", dtype=_PATTERN))
        .when((pl.col("repeats") >= 5) & kept_pace & (silence < 0.02))
        .then(pl.lit("heavy_then_stopped", dtype=_PATTERN))
        .when(2 * last < first)
        .then(pl.lit("fading", dtype=_PATTERN))
        .when((pl.col("gap_cv") > 1) & (pl.col("mean_gap") > 30))
        .then(pl.lit("sporadic", dtype=_PATTERN))
        .otherwise(pl.lit("steady", dtype=_PATTERN))
    )


def pattern_confidence() -> pl.Expr:
    """How sure the pattern is: high from six days of contact, medium from three, else low."""
    return (
        pl.when(pl.col("repeats") >= 5)
        .then(pl.lit("high", dtype=_LEVEL))
        .when(pl.col("repeats") >= 2)
        .then(pl.lit("medium", dtype=_LEVEL))
        .otherwise(pl.lit("low", dtype=_LEVEL))
    )
