"""An amount taken apart: its digits as they are written, its sign, its scale (K, Mio.) and its currency."""

import polars as pl

from inputs.values.currencies import CURRENCIES

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
# A word beside the digits: a scale, a currency, or both in one (k€, TEUR).
_FACTOR = {
    **dict.fromkeys(CURRENCIES, 1.0),
    **{
        scale + money: factor
        for scale, factor in _SCALE_OF.items()
        for money in ("€", "$", "£", "eur", "usd", "chf")
    },
    **_SCALE_OF,
}
_CURRENCY = {
    **{
        scale + money: CURRENCIES[money]
        for scale in _SCALE_OF
        for money in ("€", "$", "£", "eur", "usd", "chf")
    },
    **CURRENCIES,
}
_SIMPLE = r"^-?[0-9]+(?:[.,][0-9]+)?$"
_WORD = r"[^\d\s.,'()+-]+\.?"
_SIGNS = ("sign1", "sign2", "sign3", "sign4")
_WORDS = ("before", "word", "after")
_AMOUNT = (
    r"^(?P<open>\()?\s?(?P<sign1>[-+])?\s?(?P<before>"
    + _WORD
    + r")?\s?(?P<sign2>[-+])?\s?(?P<inner>\()?\s?"
    r"(?P<digits>\d[\d.,' ]*|[.,]\d+)(?P<exponent>e[+-]?\d{1,2})?\s?(?P<word>" + _WORD + r")?\s?"
    r"(?P<sign3>[-+])?\s?(?P<after>" + _WORD + r")?\s?(?P<sign4>[-+])?\s?(?P<close>\))?$"
)


def amounts(text: pl.Series) -> pl.DataFrame:
    """`digits` (null where it is no amount), `factor` with the sign, `exponent` and `currency` of each cell."""
    frame = text.rename("text").to_frame().with_row_index("row")
    simple = frame["text"].str.contains(_SIMPLE).fill_null(value=True)
    minus = pl.col("text").str.starts_with("-")
    easy = frame.filter(simple).select(
        "row",
        digits=pl.col("text").str.strip_chars_start("-"),
        factor=pl.when(minus).then(-1.0).otherwise(1.0),
        exponent=pl.lit(""),
        currency=pl.lit(None, dtype=pl.String),
    )
    if simple.all():
        return easy.drop("row")
    hard = _parts(frame.filter(~simple))
    return pl.concat([easy, hard]).sort("row").drop("row")


def _plain(text: pl.Expr) -> pl.Expr:
    """Lower case, one kind of space, minus and apostrophe; a dash for no cents is dropped, and so is India's /-."""
    return (
        text.str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"[\u200b-\u200f\u2060\ufeff]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace_all("[\u2010-\u2015\u2212\ufe63\uff0d]", "-")
        .str.replace_all("[\u2018\u2019\u02bc\u00b4`]", "'")
        .str.replace(r"(\d)(?:[.,]\s?-{1,2}|\s?/-)", "$1")
    )


def _parts(cells: pl.DataFrame) -> pl.DataFrame:
    """Step by step, for an expression works a part out again wherever it mentions it."""
    parts = cells.select("row", groups=_plain(pl.col("text")).str.extract_groups(_AMOUNT)).unnest(
        "groups"
    )
    parts = parts.with_columns(pl.col(name).str.strip_chars_end(".") for name in _WORDS)
    parts = parts.with_columns(
        *(_found(pl.col(name), _CURRENCY, pl.String).alias(f"{name}_code") for name in _WORDS),
        *(_found(pl.col(name), _FACTOR, pl.Float64).alias(f"{name}_factor") for name in _WORDS),
    )
    opened = pl.col("open").is_not_null() | pl.col("inner").is_not_null()
    balanced = (opened == pl.col("close").is_not_null()) & ~(
        pl.col("open").is_not_null() & pl.col("inner").is_not_null()
    )
    one_sign = pl.sum_horizontal([pl.col(sign).is_not_null().cast(pl.Int8) for sign in _SIGNS]) <= 1
    minus = pl.any_horizontal([pl.col(sign).eq_missing("-") for sign in _SIGNS])
    sign = pl.when(minus | pl.col("close").is_not_null()).then(-1.0).otherwise(1.0)
    codes = {name: pl.col(f"{name}_code") for name in _WORDS}
    factors = {name: pl.col(f"{name}_factor") for name in _WORDS}
    known = [pl.col(name).is_null() | factors[name].is_not_null() for name in _WORDS]
    # One word of money, and no scale before the digits or behind the currency.
    named = pl.sum_horizontal([code.is_not_null().cast(pl.Int8) for code in codes.values()]) <= 1
    money = [pl.col(name).is_null() | codes[name].is_not_null() for name in ("before", "after")]
    sound = balanced & one_sign & named & pl.all_horizontal(known) & pl.all_horizontal(money)
    return parts.with_columns(sound=sound).select(
        "row",
        digits=pl.when("sound").then(pl.col("digits").str.strip_chars()),
        factor=factors["word"].fill_null(1.0) * sign,
        exponent=pl.col("exponent").fill_null(""),
        currency=pl.when("sound").then(pl.coalesce(*codes.values())),
    )


def _found(
    word: pl.Expr, table: dict[str, str] | dict[str, float], dtype: type[pl.DataType]
) -> pl.Expr:
    return word.replace_strict(table, default=None, return_dtype=dtype)
