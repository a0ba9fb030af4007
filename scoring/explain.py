"""One sentence per contact, at most 160 characters, made of the frame's own numbers."""

import polars as pl

from scoring.recency import ACTIVE, NEVER, UNMEASURABLE

LAST_SIGN = {
    "purchase": "a purchase",
    "meeting": "a meeting",
    "call": "a call",
    "email": "an email reply",
    "sms": "a text",
    "form": "a form",
    "visit": "a visit",
    "click": "a click",
    "other": "an activity",
}


def explanation() -> pl.Expr:
    """The sentence; its numbers are quiet_days, age_days, rhythm_days, purchases, likelihood."""
    return (
        pl.when(pl.col("band") == UNMEASURABLE)
        .then(
            pl.lit(
                "No activity on record, and too little history to tell silence from missing data."
            )
        )
        .when((pl.col("band") == ACTIVE) & pl.col("quiet_days").is_null())
        .then(pl.lit("Added recently, no activity on record yet: not dormant."))
        .when(pl.col("band") == ACTIVE)
        .then(
            pl.format("Last heard from {} ago, by {}: not dormant.", _days("quiet_days"), _sign())
        )
        .when(pl.col("band") == NEVER)
        .then(pl.format("Added {} ago, no activity on record.{}", _days("age_days"), _chance()))
        .otherwise(
            pl.format(
                "Quiet {}{}. Last sign: {}{}.{}",
                _days("quiet_days"),
                _rhythm(),
                _sign(),
                _bought(),
                _chance(),
            )
        )
    )


def _days(column: str) -> pl.Expr:
    unit = pl.when(pl.col(column) == 1).then(pl.lit(" day")).otherwise(pl.lit(" days"))
    return pl.col(column).cast(pl.String) + unit


def _rhythm() -> pl.Expr:
    """Only where there is one: three days of contact make two gaps."""
    known = pl.when((pl.col("repeats") >= 2) & (pl.col("rhythm_days") >= 1))
    return known.then(pl.format("; used to be in touch every {}", _days("rhythm_days"))).otherwise(
        pl.lit("")
    )


def _sign() -> pl.Expr:
    return pl.col("last_human_kind").replace_strict(
        LAST_SIGN, default="an activity", return_dtype=pl.String
    )


def _bought() -> pl.Expr:
    return (
        pl.when(pl.col("purchases") >= 2)
        .then(pl.format("; bought {} times", pl.col("purchases")))
        .otherwise(pl.lit(""))
    )


def _chance() -> pl.Expr:
    percent = (pl.col("likelihood") * 100).round(0).cast(pl.Int64)
    known = pl.format(" About {} in 100 like this reply (planning value).", percent)
    return pl.when(percent.is_null()).then(pl.lit("")).otherwise(known)
