"""One column of text made into the values of its kind, with what could not be read and what stays in doubt."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from inputs.input import Kind
from inputs.values.addresses import address, phone
from inputs.values.cells import (
    ERROR,
    folded,
    is_error,
    without_unseen,
    without_words_for_nothing,
)
from inputs.values.dates import read_dates
from inputs.values.ids import ROUNDED, read_ids
from inputs.values.languages import language_named
from inputs.values.numbers import read_numbers
from inputs.values.style import Doubt, Hints, Style
from inputs.values.yes_no import NO_WORDS, YES_WORDS, is_marked, is_yes
from inputs.values.zones import zone_named

NO_HINTS = Hints()
_NAMED: dict[Kind, tuple[Callable[[str], str | None], str]] = {
    Kind.LANGUAGE: (language_named, "not a known language"),
    Kind.ZONE: (zone_named, "not a known time zone"),
}
# Kinds whose cells say N/A where there is none; for all others such a word may be a value.
_FILLED_IN = (
    *(Kind.MOMENT, Kind.MONEY, Kind.COUNT, Kind.ID, Kind.ADDRESS, Kind.PHONE),
    *(Kind.HOUR, Kind.ZONE, Kind.LANGUAGE),
)
_HOUR = r"^(?P<hour>\d{1,2})(?:[:.h]\d{2}){0,2}\s?(?P<half>[ap])?\.?m?\.?\s?(?:uhr|h|o'clock)?$"


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """The values, why a cell gave none (null where it did, or was empty), the style found, and the doubts.

    `currency` is the code that most of its amounts name; None where none does.
    """

    values: pl.Series
    reasons: pl.Series
    style: Style
    doubts: tuple[Doubt, ...] = ()
    currency: str | None = None

    @property
    def unread(self) -> pl.Series:
        """True for each cell that holds something that could not be read."""
        return self.reasons.is_not_null()


def read_column(
    kind: Kind, text: pl.Series, *, style: Style | None = None, hints: Hints = NO_HINTS
) -> ReadColumn:
    """Read a column of text as values of a kind.

    A moment comes as Datetime(ms, UTC), money and counts as Float64, yes/no and marks as Boolean, all else as text.
    A `style` that was found or chosen before decides; where it is silent, the whole column does.
    """
    bare = without_unseen(pl.col("text"))
    frame = (
        text.rename("text")
        .to_frame()
        .select(text=bare, error=is_error(bare).fill_null(value=False))
    )
    errors = frame["error"]
    if not errors.any():
        return _read(kind, frame["text"], style or Style(), hints)
    sound = frame.select(text=pl.when(~pl.col("error")).then("text"))
    found = _read(kind, sound["text"], style or Style(), hints)
    reasons = pl.DataFrame({"reason": found.reasons, "error": errors}).select(
        reason=pl.when("error").then(pl.lit(ERROR)).otherwise("reason")
    )
    return replace(found, reasons=reasons["reason"])


def _read(kind: Kind, text: pl.Series, style: Style, hints: Hints) -> ReadColumn:
    if kind in _FILLED_IN:
        text = without_words_for_nothing(text)
    if kind is Kind.MOMENT:
        dates = read_dates(text, style, hints)
        return ReadColumn(dates.values, dates.reasons, dates.style, dates.doubts)
    if kind in (Kind.MONEY, Kind.COUNT):
        numbers = read_numbers(text, style, hints)
        currency = numbers.currency if kind is Kind.MONEY else None
        return ReadColumn(numbers.values, numbers.reasons, numbers.style, numbers.doubts, currency)
    if kind is Kind.MARK:
        return _marks(text, hints)
    if kind is Kind.ID:
        return _ids(text)
    if kind in _NAMED:
        named, reason = _NAMED[kind]
        return _by(text, _looked_up(text, named), reason)
    expression, reason = _PLAIN[kind]
    return _by(text, expression(), reason)


def _by(text: pl.Series, value: pl.Expr, reason: str) -> ReadColumn:
    """What an expression makes of `text`; where it makes nothing of a cell, for this reason."""
    frame = text.to_frame("text").with_columns(value=value).with_columns(
        reason=pl.when(pl.col("text").is_not_null() & pl.col("value").is_null()).then(pl.lit(reason))
    )  # fmt: skip
    return ReadColumn(frame["value"], frame["reason"], Style())


def _marks(text: pl.Series, hints: Hints) -> ReadColumn:
    """Whatever does not say no is a mark; words that are neither are said, where a yes or no was to be expected."""
    found = _by(text, pl.when(pl.col("text").is_not_null()).then(is_marked("text")), "")
    word = text.to_frame("text").select(word=folded(pl.col("text")))["word"]
    odd = text.filter((~word.is_in((*YES_WORDS, *NO_WORDS))).fill_null(value=False))
    # The day on which somebody said no is a yes.
    neither = odd.len() and int(read_dates(odd, Style(), NO_HINTS).values.is_null().sum())
    if hints.is_reason or not neither:
        return found
    said = "say neither yes nor no. Each counts as a yes."
    doubt = Doubt("neither_yes_nor_no", neither, ("yes", "no"), said)
    return ReadColumn(found.values, found.reasons, found.style, (doubt,))


def _ids(text: pl.Series) -> ReadColumn:
    values, rounded = read_ids(text)
    frame = pl.DataFrame({"rounded": rounded, "text": text, "id": values}).select(
        reason=pl.when("rounded").then(pl.lit(ROUNDED, dtype=pl.String))
        .when(pl.col("text").is_not_null() & pl.col("id").is_null()).then(pl.lit("not an id"))
    )  # fmt: skip
    count = int(rounded.sum())
    said = "were rounded by a spreadsheet, so that several people share one. They are not used."
    doubts = (Doubt("rounded_ids", count, (), said),) if count else ()
    return ReadColumn(values, frame["reason"], Style(), doubts)


def _looked_up(text: pl.Series, named: Callable[[str], str | None]) -> pl.Expr:
    """Each different text looked up once."""
    different = text.drop_nulls().unique()
    names = different.to_frame("text").select(folded(pl.col("text"))).to_series()
    pairs = zip(different.to_list(), names.to_list(), strict=True)
    table = {cell: named(name) for cell, name in pairs}
    if not table:
        return pl.lit(None, dtype=pl.String)
    return pl.col("text").replace_strict(table, default=None, return_dtype=pl.String)


def _hour() -> pl.Expr:
    """An hour of the day as a whole number from 0 to 23, written as text."""
    parts = folded(pl.col("text")).str.extract_groups(_HOUR).struct
    hour, half = parts.field("hour").cast(pl.Int32, strict=False), parts.field("half")
    turned = (
        pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    )
    fits = pl.when(half.is_null()).then(hour <= 23).otherwise(hour.is_between(1, 12))
    return pl.when(fits).then(turned.cast(pl.String))


# Kinds whose every cell is read for itself, by an expression over `text`, and what is said where it gives nothing.
_PLAIN: dict[Kind, tuple[Callable[[], pl.Expr], str]] = {
    Kind.YES_NO: (lambda: is_yes("text"), "neither yes nor no"),
    Kind.ADDRESS: (lambda: address("text"), "not an email address"),
    Kind.PHONE: (lambda: phone("text"), "not a phone number"),
    Kind.HOUR: (_hour, "not an hour of the day"),
    **dict.fromkeys((Kind.TEXT, Kind.CHOICE, Kind.TAGS), (lambda: pl.col("text"), "")),
}
