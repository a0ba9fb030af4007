"""Numbers and amounts out of text columns, with the decimal mark that the column as a whole proves."""

import re
from dataclasses import dataclass

import polars as pl

from inputs.values.currencies import CURRENCIES
from inputs.values.decimal_mark import OTHER, SHAPES, decide_mark
from inputs.values.style import Doubt, Hints, Style

NO_NUMBER = "not a readable number"
AGAINST = "written in another number style than the rest of the column"

_SCALES = {
    1e3: ("k", "t", "tsd", "thousand", "tausend", "mila"),
    1e5: ("lakh", "lakhs"),
    1e6: (
        *("m", "mm", "mn", "mio", "mln", "million", "millions", "millionen", "millones", "milioni"),
        *("milhoes", "miljoen", "mill"),
    ),
    1e7: ("crore", "crores"),
    1e9: ("b", "bn", "mrd", "mia", "billion", "milliard", "milliarden", "milliards", "miliardi"),
}
_SCALE_OF = {word: scale for scale, words in _SCALES.items() for word in words}


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONEY = r"(?:" + _any_of(list(CURRENCIES)) + r"|\p{Sc})"
_SIGNS = ("sign1", "sign2", "sign3", "sign4")
_AMOUNT = (
    r"^(?P<open>\()?\s?(?P<sign1>[-+])?\s?(?P<before>" + _MONEY + r")?\s?(?P<sign2>[-+])?\s?(?P<inner>\()?\s?"
    r"(?P<digits>\d[\d.,' ]*|[.,]\d+)(?P<exponent>e[+-]?\d{1,2})?\s?"
    r"(?:(?P<scale>" + _any_of(list(_SCALE_OF)) + r")\.?)?\s?(?P<sign3>[-+])?\s?"
    r"(?P<after>" + _MONEY + r")?\s?(?P<sign4>[-+])?\s?(?P<close>\))?$"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as floats, why a cell gave none, its decimal mark, the currencies it names, and the doubts."""

    values: pl.Series
    reasons: pl.Series
    currencies: pl.Series
    style: Style
    doubts: tuple[Doubt, ...]


def read_numbers(text: pl.Series, style: Style, hints: Hints) -> Numbers:
    """Amounts as floats: 1,234.50 and 1.234,50, ($5), 5-, 1.2K, 3,4 Mio. €, each in one style for the column.

    A percentage is no amount, and a cell in another style than the column's is not bent into it.
    """
    parts = text.rename("text").to_frame().select(_parts(_plain(pl.col("text"))))
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
    doubts = (*marks.doubts, *_mixed(parts["currency"]))
    return Numbers(frame["value"], frame["reason"], parts["currency"], settled, doubts)


def _plain(text: pl.Expr) -> pl.Expr:
    """Lower case, one kind of space, minus and apostrophe; a dash for no cents is dropped."""
    return (
        text.str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"[\u200b-\u200f\u2060\ufeff]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace_all("[\u2010-\u2015\u2212\ufe63\uff0d]", "-")
        .str.replace_all("[\u2018\u2019\u02bc\u00b4`]", "'")
        .str.replace(r"(\d)[.,]\s?-{1,2}", "$1")
    )


def _parts(text: pl.Expr) -> list[pl.Expr]:
    """The digits as written, and the sign, scale, exponent and currency of each; null where it is no amount."""
    groups = text.str.extract_groups(_AMOUNT).struct
    field = groups.field
    balanced = (field("open").is_not_null() | field("inner").is_not_null()) == field(
        "close"
    ).is_not_null()
    single = field("open").is_null() | field("inner").is_null()
    signs = [field(name).is_not_null().cast(pl.Int8) for name in _SIGNS]
    one_sign = pl.sum_horizontal(signs) <= 1
    one_currency = field("before").is_null() | field("after").is_null()
    sound = balanced & single & one_sign & one_currency
    minus = pl.any_horizontal([field(name).eq_missing("-") for name in _SIGNS])
    factor = field("scale").replace_strict(_SCALE_OF, default=1.0, return_dtype=pl.Float64)
    sign = pl.when(minus | field("close").is_not_null()).then(-1.0).otherwise(1.0)
    written = pl.coalesce(field("before"), field("after"))
    return [
        pl.when(sound).then(field("digits").str.strip_chars()).alias("digits"),
        (factor * sign).alias("factor"),
        field("exponent").fill_null("").alias("exponent"),
        written.replace_strict(dict(CURRENCIES), default=written, return_dtype=pl.String).alias("currency"),
    ]  # fmt: skip


def _value(decimal: str) -> pl.Expr:
    bare = pl.col("digits").str.replace_all("[' " + OTHER[decimal] + "]", "")
    number = bare.str.replace(decimal, ".", literal=True) + pl.col("exponent")
    return (number.cast(pl.Float64, strict=False) * pl.col("factor")).alias("value")


def _mixed(currency: pl.Series) -> tuple[Doubt, ...]:
    """Amounts of several currencies are added up as one: say so."""
    counted = currency.drop_nulls().value_counts(sort=True, name="count")
    if counted.height < 2:
        return ()
    names = tuple(str(code).upper() for code in counted[currency.name].to_list()[:4])
    said = f"are in several currencies ({', '.join(names)}) and added up as if they were one."
    return (Doubt("currencies", int(counted["count"][1:].sum()), names, said),)
