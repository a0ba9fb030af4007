"""One sentence per contact, at most 160 characters, of the frame's own columns; dates, so that it stays true."""

import polars as pl

from contact_rules.reasons import REASONS, SERVICE_ISSUE
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

# So many days of contact after the first, over so many days, make a rhythm: a few calls in a week make none.
REGULAR, LONG = 5, 60

CAME_BACK_TEXT = "Back after a long silence"


def with_explanation(frame: pl.DataFrame, zone: str = "UTC") -> pl.DataFrame:
    """The frame with its sentences; their numbers are its columns or whole percents of them, their days in `zone`.

    A sentence stands in the CRM until something else is written: it tells dates, for ages would be wrong tomorrow.

    What the silence and the chance say and what to do always stand; the reason, the rhythm, the last sign of life
    and what speaks most for an answer are added as long as the sentence stays within 160 characters.
    """
    told = _is_silent()
    written = frame.lazy().with_columns(explanation=_head(zone), end=_chance() + _to_do())
    for extra in _extras():
        longer = pl.col("explanation") + extra
        fits = told & (longer.str.len_chars() + pl.col("end").str.len_chars() <= MOST)
        written = written.with_columns(
            explanation=pl.when(fits).then(longer).otherwise("explanation")
        )
    whole = written.with_columns(explanation=pl.col("explanation") + pl.col("end"))
    return whole.drop("end").collect()


def _head(zone: str) -> pl.Expr:
    band, told = pl.col("band"), _is_silent()
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
            silent & (pl.col("repeats") >= REGULAR) & (pl.col("span_days") >= LONG),
            pl.format(" Used to be in touch every {}.", _days("rhythm_days")),
        ),
        _optional(
            pl.col("speaks_for").is_not_null(),
            pl.format(" Helps: {}.", pl.col("speaks_for").cast(pl.String)),
        ),
        _optional(pl.col("purchases") >= 2, pl.format(" Bought {} times.", pl.col("purchases"))),
        _optional(silent, pl.format(" Last sign: {}.", _sign())),
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
    """Of 100 people like this: how many reply to a plan, and how many come back without one; empty without a chance.

    Who only a call may reach has no chance of an answer: nobody counts calls that were not made.
    """
    alone = _percent("p_return")
    starting = pl.when(pl.col("likelihood_source") == "prior").then(pl.lit("; starting figures."))
    replies = pl.format(
        " {} in 100 like this reply ({} to {}), {} without outreach",
        _percent("likelihood"),
        _percent("likelihood_low"),
        _percent("likelihood_high"),
        alone,
    )
    return (
        pl.when(_is_silent() & pl.col("likelihood").is_not_null())
        .then(replies + starting.otherwise(pl.lit(".")))
        # Who has come back just now has done so by themselves.
        .when(_is_silent() & (pl.col("band") != ACTIVE))
        .then(pl.format(" About {} in 100 like this come back by themselves.", alone))
        .otherwise(pl.lit(""))
        .fill_null("")
    )


def _to_do() -> pl.Expr:
    """What to do, which is how every sentence ends."""
    band, told = pl.col("band"), _is_silent()
    under_way = pl.col("open_deal").fill_null(value=False) | pl.col("next_meeting_at").is_not_null()
    return (
        pl.when(band == UNMEASURABLE)
        .then(pl.lit(" Fill in their last visit or purchase."))
        .when(~told)
        .then(pl.lit(" Carry on as usual."))
        .when(~pl.col("reachable"))
        .then(pl.lit(" Nothing may be sent: leave them be."))
        .when(under_way)
        .then(pl.lit(" Carry on with what is under way."))
        .when(band == ACTIVE)
        .then(pl.lit(" Get in touch today."))
        .when(pl.col("likelihood").is_null())
        .then(pl.lit(" Call them: nothing may be sent."))
        .when(pl.col("reason").eq_missing(pl.lit(SERVICE_ISSUE)))
        .then(pl.lit(" Let a person call first."))
        .otherwise(pl.lit(" Start the playbook."))
    )


def _is_silent() -> pl.Expr:
    """Whom a reactivation is about; of everybody else nothing is foretold."""
    return pl.col("uplift").is_not_null()


def _percent(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round(0).cast(pl.Int64)
