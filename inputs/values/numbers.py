"""Numbers and amounts out of text columns, with the decimal mark that the column as a whole proves."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from inputs.values.amounts import amounts
from inputs.values.currencies import CURRENCY_CODES
from inputs.values.decimal_mark import OTHER, SHAPES, decide_mark
from inputs.values.style import Doubt, Hints, Style

NO_NUMBER = "not a readable number"
AGAINST = "written in another number style than the rest of the column"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as floats, why a cell gave none, its decimal mark, the currency most cells name, and the doubts."""

    values: pl.Series
    reasons: pl.Series
    currency: str | None
    style: Style
    doubts: tuple[Doubt, ...]


def read_numbers(text: pl.Series, style: Style, hints: Hints) -> Numbers:
    """Amounts as floats: 1,234.50 and 1.234,50, ($5), 5-, 1.2K, 3,4 Mio. €, each in one style for the column.

    A percentage is no amount, and a cell in another style than the column's is not bent into it.
    """
    parts = amounts(text)
    marks = decide_mark(parts["digits"], style, hints)
    point, comma = (parts["digits"].str.contains(SHAPES[mark]) for mark in (".", ","))
    fits, other = (point, comma) if marks.decimal == "." else (comma, point)
    values = parts.select(_value(marks.decimal), fits=fits, other=other, text=text)
    usable = pl.col("fits") & pl.col("value").is_finite()
    frame = values.with_columns(usable=usable.fill_null(value=False)).select(
        value=pl.when("usable").then("value"),
        reason=pl.when(pl.col("text").is_not_null() & ~pl.col("usable")).then(
            pl.when(pl.col("other").fill_null(value=False) & ~pl.col("fits"))
            .then(pl.lit(AGAINST)).otherwise(pl.lit(NO_NUMBER))
        ),
    )  # fmt: skip
    settled = Style(decimal=marks.decimal if marks.settled else None)
    named = parts["currency"].drop_nulls().value_counts(sort=True, name="count")
    codes = [str(code).upper() for code in named["currency"].to_list()]
    doubts = (*marks.doubts, *_mixed(codes, int(named["count"][1:].sum())))
    usual = codes[0] if codes and codes[0] in CURRENCY_CODES else None
    return Numbers(frame["value"], frame["reason"], usual, settled, doubts)


def _value(decimal: str) -> pl.Expr:
    bare = pl.col("digits").str.replace_all("[' " + OTHER[decimal] + "]", "")
    number = bare.str.replace(decimal, ".", literal=True) + pl.col("exponent")
    return (number.cast(pl.Float64, strict=False) * pl.col("factor")).alias("value")


def _mixed(codes: Sequence[str], count: int) -> tuple[Doubt, ...]:
    """Amounts of several currencies are added up as one: say so."""
    if len(codes) < 2:
        return ()
    names = tuple(codes[:4])
    said = f"are in several currencies ({', '.join(names)}) and added up as if they were one."
    return (Doubt("currencies", count, names, said),)
