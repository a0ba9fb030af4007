"""The types, directions and outcomes of a list of activities made into the scorer's kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from inputs.activity_kinds import (
    AUTOMATED,
    CANCELLED,
    FAILED,
    MACHINE,
    NO_SHOW,
    OTHER,
    Meaning,
    meaning_of,
    outcome_of,
    side_of,
)
from inputs.purchase_states import PAID, RETURN, state_of
from inputs.purchase_states import VOID as VOID_STATES
from scoring.summary.audit_summary import Gap

# Each is the person's own act by its kind alone, so one that isn't becomes *other*.
_ACTS = ("form", "visit", "click", "purchase", "meeting", OTHER)
_WRITTEN = ("email", "sms", "call")
# What a phrase may look like to be shown: a type, not a text that somebody wrote.
_SHOWN = r"^[^@]{1,40}$"
_NUMBERS = r"\d{6}"
_TOLD = 5
_LISTED = 50


@dataclass(frozen=True, slots=True)
class Other:
    """A type of activity that isn't known, and how often it stands there."""

    words: str
    count: int


def with_acts(frame: pl.DataFrame, chosen: Mapping[str, Meaning]) -> pl.DataFrame:
    """Add `kind`, `known`, and `direction` and `outcome` as the scorer reads them.

    A column of directions beats the type's words, and a column of outcomes too; but what a machine did stays so.
    """
    types = _read(frame["type"], lambda phrase: meaning_of(phrase, chosen))
    sides = _read(frame["direction"], lambda word: Meaning(OTHER, side_of(word)))
    results = _read(frame["outcome"], outcome_of)
    read = pl.DataFrame(
        {
            "kind": types.struct.field("kind"),
            "known": types.struct.field("known"),
            "type_side": types.struct.field("side"),
            "type_outcome": types.struct.field("outcome"),
            "own_side": sides.struct.field("side"),
            "result": results.struct.field("outcome"),
            "result_side": results.struct.field("side"),
            "state": _states(frame["outcome"]),
            "amount": frame["amount"],
        }
    )
    is_lasting = pl.col("type_outcome").is_in([MACHINE, AUTOMATED])
    is_sale = pl.col("kind").is_in(["purchase", "invoice"])
    unpaid = pl.col("state").is_in([*VOID_STATES, RETURN]) | (pl.col("amount") < 0)
    paid = pl.col("kind").eq("invoice") & pl.col("state").eq(PAID)
    told = read.select(
        pl.when(is_sale & unpaid.fill_null(value=False))
        .then(pl.lit(OTHER))
        .when(paid.fill_null(value=False))
        .then(pl.lit("purchase"))
        .otherwise("kind")
        .alias("kind"),
        "known",
        # A bill is ours until it has been paid.
        direction=pl.coalesce(
            "own_side", pl.when(paid).then(pl.lit("in")), "type_side", "result_side"
        ),
        outcome=pl.when(is_lasting)
        .then("type_outcome")
        .otherwise(pl.coalesce("result", "type_outcome")),
    )
    return frame.with_columns(told).with_columns(_settled())


def others_of(frame: pl.DataFrame) -> tuple[Other, ...]:
    """The types that aren't known, the most frequent first."""
    shown = pl.col("type").str.contains(_SHOWN) & ~pl.col("type").str.contains(_NUMBERS)
    counted = (
        frame.filter(~pl.col("known"))
        .select(words=pl.when(shown).then("type").otherwise(pl.lit("(a longer text)")))
        .group_by("words")
        .len()
        .sort("len", "words", descending=[True, False])
    )
    return tuple(Other(words, count) for words, count in counted.iter_rows())


def other_gap(others: tuple[Other, ...]) -> list[Gap]:
    """What to say of them, with the way to map one."""
    if not others:
        return []
    named = ", ".join(f"“{other.words}” ({other.count:,})" for other in others[:_TOLD])
    more = len(others) - _TOLD
    text = f"Activities of a kind that isn't known: {named}{f' and {more:,} more kinds' if more > 0 else ''}."
    fix = f'Say what they are: --kind "{others[0].words}=visit"'
    return [
        Gap("other_activities", sum(o.count for o in others), text, "They count for nothing", fix)
    ]


def listed(others: tuple[Other, ...]) -> list[dict[str, object]]:
    """The first of them for a JSON answer."""
    return [{"words": other.words, "count": other.count} for other in others[:_LISTED]]


def _settled() -> list[pl.Expr]:
    """What was not the person's own act is told so that it can't be taken for it."""
    kind, side, outcome = pl.col("kind"), pl.col("direction"), pl.col("outcome")
    ours = side.eq_missing(pl.lit("out"))
    void = outcome.is_in([MACHINE, AUTOMATED, FAILED, NO_SHOW, CANCELLED]).fill_null(value=False)
    met = outcome.eq_missing(pl.lit("completed"))
    # A meeting that we arranged is theirs too if it took place; so is a call they answered.
    is_not_theirs = void | (ours & ~(kind.eq("meeting") & met))
    lost = (kind.is_in(_ACTS) & is_not_theirs & ~(kind.eq("meeting") & outcome.is_not_null())) | (
        kind.eq("invoice")
    )
    silenced = void & (kind.is_in(_WRITTEN) | kind.eq(OTHER)) & ~ours
    return [
        pl.when(lost).then(pl.lit(OTHER)).otherwise(kind).alias("kind"),
        pl.when(silenced | ((lost | kind.eq(OTHER)) & ~ours))
        .then(pl.lit(None, dtype=pl.String))
        .otherwise(side)
        .alias("direction"),
    ]


def _states(column: pl.Series) -> pl.Series:
    """What each word of an outcome says of a purchase."""
    told = {word: state_of(word) for word in column.drop_nulls().unique().to_list()}
    if not told:
        return column.clear(column.len())
    return column.replace_strict(told, default=None, return_dtype=pl.String)


def _read(column: pl.Series, meaning: Callable[[str], Meaning]) -> pl.Series:
    """What each word of a column means, read once for each word there is."""
    form = pl.Struct(
        {"kind": pl.String, "side": pl.String, "outcome": pl.String, "known": pl.Boolean}
    )
    found = column.drop_nulls().unique(maintain_order=True)
    if found.is_empty():
        return pl.Series(column.name, [None] * column.len(), dtype=form)
    read = [meaning(word) for word in found.to_list()]
    fields = {
        name: [getattr(one, name) for one in read] for name in ("kind", "side", "outcome", "known")
    }
    told = pl.DataFrame({"word": found, **fields}, schema={"word": pl.String, **dict(form)})
    joined = (
        column.alias("word").to_frame().join(told, on="word", how="left", maintain_order="left")
    )
    return joined.select(pl.struct("kind", "side", "outcome", "known")).to_series()
