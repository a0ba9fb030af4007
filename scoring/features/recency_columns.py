"""How long each contact has been quiet, and the band that this puts it into: columns out of columns."""

from datetime import datetime

import polars as pl

from scoring.features.recency import ACTIVE, BANDS, D90, D180, D365, NEVER, UNMEASURABLE

BAND = pl.Enum(BANDS)

_DAY_MS = 86_400_000


def whole_days(since: pl.Expr, as_of: datetime) -> pl.Expr:
    """Whole days from a moment to as_of, rounded down."""
    elapsed = pl.lit(as_of).dt.cast_time_unit("ms") - since
    return elapsed.dt.total_milliseconds().floordiv(_DAY_MS).cast(pl.Int32)


def band(history_start: datetime | None) -> pl.Expr:
    """The band of a contact, from quiet_days, age_days, created_at and source.

    A contact without a sign of life is `never`, unless its silence could as well be a missing
    record: imported, of unknown age, or older than everything the account has on record.
    history_start is None when the account has no activity on record at all.
    """
    quiet, age = pl.col("quiet_days"), pl.col("age_days")
    untold = age.is_null() | pl.col("source").eq_missing(pl.lit("import"))
    if history_start is None:
        untold = pl.lit(value=True)
    else:
        untold = untold | (pl.col("created_at") < pl.lit(history_start).dt.cast_time_unit("ms"))
    return (
        pl.when(quiet < 90)
        .then(pl.lit(ACTIVE, dtype=BAND))
        .when(quiet < 180)
        .then(pl.lit(D90, dtype=BAND))
        .when(quiet < 365)
        .then(pl.lit(D180, dtype=BAND))
        .when(quiet.is_not_null())
        .then(pl.lit(D365, dtype=BAND))
        .when(age < 90)
        .then(pl.lit(ACTIVE, dtype=BAND))
        .when(untold)
        .then(pl.lit(UNMEASURABLE, dtype=BAND))
        .otherwise(pl.lit(NEVER, dtype=BAND))
    )
