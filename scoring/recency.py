"""How long each contact has been quiet, and which silences the account's history can show."""

from datetime import datetime, timedelta

import polars as pl

ACTIVE, D90, D180, D365 = "active", "90_179", "180_364", "365_plus"
NEVER, UNMEASURABLE = "never", "unmeasurable"
BANDS = (ACTIVE, D90, D180, D365, NEVER, UNMEASURABLE)
DORMANT_BANDS = (D90, D180, D365)
BAND = pl.Enum(BANDS)
BOUNDARIES = {"d90": 90, "d180": 180, "d365": 365}

_DAY_MS = 86_400_000


def whole_days(since: pl.Expr, as_of: datetime) -> pl.Expr:
    """Whole days from a moment to as_of, rounded down."""
    elapsed = pl.lit(as_of).dt.cast_time_unit("ms") - since
    return elapsed.dt.total_milliseconds().floordiv(_DAY_MS).cast(pl.Int32)


def measurable(history_start: datetime | None, as_of: datetime) -> dict[str, bool]:
    """For each boundary, whether the recorded history reaches back that far."""
    if history_start is None:
        return dict.fromkeys(BOUNDARIES, False)
    reach = as_of - history_start
    return {name: reach >= timedelta(days=days) for name, days in BOUNDARIES.items()}


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
