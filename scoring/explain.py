"""One sentence per contact, at most 160 characters, of the frame's own columns; dates, so that it stays true."""

import polars as pl

from contact_rules.reasons import REASONS
from scoring.features.recency import ACTIVE, NEVER, UNMEASURABLE

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


MOST = 160
REASON_TEXT = {word: label[:1].lower() + label[1:] for word, label in REASONS.items()}

CAME_BACK_TEXT = "Back after a long silence"


def with_explanation(frame: pl.DataFrame, zone: str = "UTC") -> pl.DataFrame:
    """The frame with its sentences; their numbers are its columns or whole percents of them, their days in `zone`.

    A sentence stands in the CRM until something else is written: it tells dates, for ages would be wrong tomorrow.

    What the silence and the chance say always stands; the reason, the rhythm, the last sign of life
    and what speaks most for an answer are added as long as the sentence stays within 160 characters.
    """
    told = pl.col("likelihood").is_not_null()
    written = frame.with_columns(explanation=_head(zone), chance=_chance())
    for extra in _extras():
        longer = pl.col("explanation") + extra
        fits = told & (longer.str.len_chars() + pl.col("chance").str.len_chars() <= MOST)
        written = written.with_columns(
            explanation=pl.when(fits).then(longer).otherwise("explanation")
        )
    whole = pl.when(told).then(pl.col("explanation") + pl.col("chance")).otherwise("explanation")
    return written.with_columns(explanation=whole).drop("chance")


def _head(zone: str) -> pl.Expr:
    band, told = pl.col("band"), pl.col("likelihood").is_not_null()
    seen, added = _day("last_human_at", zone), _day("created_at", zone)
    return (
        pl.when(band == UNMEASURABLE)
        .then(
            pl.lit(
                "No activity on record, and too little history to tell silence from missing data."
            )
        )
        .when(told & (band == ACTIVE))
        .then(pl.format(CAME_BACK_TEXT + ": {} on {}.", _sign(), seen))
        .when(band == NEVER)
        .then(pl.format("Added on {}, no activity on record.", added))
        .when(told)
        .then(pl.format("Quiet since {}.", seen))
        .when(pl.col("quiet_days").is_null())
        .then(pl.lit("Added recently, no activity on record yet: not dormant."))
        .otherwise(pl.format("Last heard from on {}, by {}: not dormant.", seen, _sign()))
    )


def _extras() -> tuple[pl.Expr, ...]:
    """What is added to the sentence where there is room, the most telling first."""
    silent = ~pl.col("band").is_in([ACTIVE, NEVER])
    why = pl.col("reason").replace_strict(REASON_TEXT, default=None, return_dtype=pl.String)
    return (
        _optional(why.is_not_null(), pl.format(" Why: {}.", why)),
        _optional(
            silent & (pl.col("repeats") >= 2) & (pl.col("rhythm_days") >= 1),
            pl.format(" Used to be in touch every {}.", _days("rhythm_days")),
        ),
        _optional(silent, pl.format(" Last sign: {}.", _sign())),
        _optional(pl.col("purchases") >= 2, pl.format(" Bought {} times.", pl.col("purchases"))),
        _optional(
            pl.col("speaks_for").is_not_null(),
            pl.format(" Speaks for it: {}.", pl.col("speaks_for").cast(pl.String)),
        ),
    )


def _optional(where: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(where.fill_null(value=False)).then(text.fill_null("")).otherwise(pl.lit(""))


def _days(column: str) -> pl.Expr:
    unit = pl.when(pl.col(column) == 1).then(pl.lit(" day")).otherwise(pl.lit(" days"))
    return pl.col(column).cast(pl.String) + unit


def _day(column: str, zone: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(zone).dt.strftime("%b %-d, %Y")


def _sign() -> pl.Expr:
    return (
        pl.col("last_human_kind")
        .cast(pl.String)
        .replace_strict(LAST_SIGN, default="an activity", return_dtype=pl.String)
    )


def _chance() -> pl.Expr:
    """Of 100 people like this: how many reply to a plan, and how many come back without one."""
    known = (
        pl.when(pl.col("reachable"))
        .then(
            pl.format(
                " About {} in 100 like this reply, {} without outreach{}.",
                _percent("likelihood"),
                _percent("p_return"),
                pl.when(pl.col("likelihood_source") == "prior")
                .then(pl.lit(" (planning value)"))
                .otherwise(pl.lit("")),
            )
        )
        .otherwise(
            pl.format(
                " No channel may be used; about {} in 100 like this come back by themselves.",
                _percent("p_return"),
            )
        )
    )
    return known.fill_null("")


def _percent(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round(0).cast(pl.Int64)
