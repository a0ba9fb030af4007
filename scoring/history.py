"""One row of history per contact, out of its events: counts, rhythm, pattern and interest."""

import polars as pl

# What a contact did, by how much it asked for: a conversation, an enquiry, a look.
DEEP = ("meeting", "call", "purchase")
MIDDLE = ("form", "email", "sms")


def histories(human: pl.DataFrame) -> pl.DataFrame:
    """For each contact with human events: columns as in `_sums`, `_rhythm` and `_thirds`.

    Several events on one day count as one day of contact, so that a long visit to a site does not
    look like a long relationship.
    """
    days = human.select("contact_id", day=pl.col("occurred_at").dt.date()).unique()
    return (
        _sums(human)
        .join(_rhythm(days), on="contact_id", how="left")
        .join(_thirds(days), on="contact_id", how="left")
    )


def _sums(human: pl.DataFrame) -> pl.DataFrame:
    purchase = pl.col("kind") == "purchase"
    return (
        human.sort("occurred_at", "kind")
        .group_by("contact_id")
        .agg(
            first_human_at=pl.col("occurred_at").first(),
            last_human_at=pl.col("occurred_at").last(),
            last_human_kind=pl.col("kind").last(),
            human_events=pl.len().cast(pl.Int64),
            purchases=purchase.sum().cast(pl.Int64),
            revenue=pl.col("amount").filter(purchase).sum(),
            middle=pl.col("kind").is_in(MIDDLE).any(),
            deep=pl.col("kind").is_in(DEEP).any(),
        )
    )


def _rhythm(days: pl.DataFrame) -> pl.DataFrame:
    """Repeats (days of contact after the first), span in days, mean gap and its variation (CV)."""
    gap = pl.col("day").diff().over("contact_id").dt.total_days()
    return (
        days.sort("contact_id", "day")
        .with_columns(gap=gap)
        .group_by("contact_id")
        .agg(
            repeats=(pl.len() - 1).cast(pl.Int64),
            span_days=(pl.col("day").max() - pl.col("day").min()).dt.total_days(),
            mean_gap=pl.col("gap").mean(),
            gap_cv=pl.col("gap").std() / pl.col("gap").mean(),
        )
    )


def _thirds(days: pl.DataFrame) -> pl.DataFrame:
    """Days of contact in the first and the last third of the active span.

    The day that opens the span is left out: n days of contact make n - 1 intervals.
    """
    first = pl.col("day").min().over("contact_id")
    span = (pl.col("day").max().over("contact_id") - first).dt.total_days()
    place = (pl.col("day") - first).dt.total_days() / span
    return (
        days.with_columns(place=place)
        .group_by("contact_id")
        .agg(
            first_third=((pl.col("place") > 0) & (pl.col("place") <= 1 / 3)).sum(),
            last_third=(pl.col("place") > 2 / 3).sum(),
        )
    )


def interest_level() -> pl.Expr:
    """Say high, medium or low, by the deepest thing the contact ever asked for."""
    return (
        pl.when(pl.col("deep"))
        .then(pl.lit("high"))
        .when(pl.col("middle"))
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )


def pattern(silence: pl.Expr) -> pl.Expr:
    """How the contact went quiet; `silence` is P(this silence | still engaged).

    one_and_done: everything within a week. heavy_then_stopped: at least six days of contact, no
    slower in the last third than before, and a silence too long for that rhythm (below 2 %).
    fading: the last third less than half as busy as the first. sporadic: irregular and rare.
    """
    earlier = pl.col("repeats") - pl.col("last_third")
    # The last third lasts half as long as the two thirds before it.
    kept_pace = 2 * pl.col("last_third") >= earlier
    return (
        pl.when(~pl.col("touched"))
        .then(pl.lit("never"))
        .when(pl.col("span_days") <= 7)
        .then(pl.lit("one_and_done"))
        .when((pl.col("repeats") >= 5) & kept_pace & (silence < 0.02))
        .then(pl.lit("heavy_then_stopped"))
        .when(2 * pl.col("last_third") < pl.col("first_third"))
        .then(pl.lit("fading"))
        .when((pl.col("gap_cv") > 1) & (pl.col("mean_gap") > 30))
        .then(pl.lit("sporadic"))
        .otherwise(pl.lit("steady"))
    )


def pattern_confidence() -> pl.Expr:
    """How sure the pattern is: high from six days of contact, medium from three, else low."""
    return (
        pl.when(pl.col("repeats") >= 5)
        .then(pl.lit("high"))
        .when(pl.col("repeats") >= 2)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )
