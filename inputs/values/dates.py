"""Dates out of text columns, in the order of day and month that the column itself proves."""

from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from inputs.values.date_forms import NUMBER_FORMS, Reading, moments, plain
from inputs.values.date_order import Order, decide_order
from inputs.values.style import Doubt, Hints, Style

NO_DATE = "not a readable date"
AGAINST = "day and month contradict the other dates of the column"
IMPLAUSIBLE = "a date in a year that can't be meant"
# In slices, for taking text apart needs many times its memory.
_SLICE = 50_000
_LATEST = 2100
_MOMENT = pl.Datetime("ms", "UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD_YEARS = 30


@dataclass(frozen=True, slots=True)
class Dates:
    """A column as moments in UTC, why a cell gave none, the order of its numbers, and what stays open."""

    values: pl.Series
    reasons: pl.Series
    style: Style
    doubts: tuple[Doubt, ...]


def read_dates(text: pl.Series, style: Style, hints: Hints) -> Dates:
    """Moments (milliseconds, UTC) from text.

    Times without a zone are read as UTC, dates as their first moment, a month or a week alone as its first day.
    """
    if text.null_count() == len(text):
        settled = Style(day_first=style.day_first, year_first=style.year_first or None)
        return Dates(text.cast(_MOMENT), text, settled, ())
    usual = _usual(text)
    rest = text.filter(text.is_not_null() & usual.is_null())
    if rest.is_empty():
        order = Order(style.day_first, bool(style.year_first))
        no = pl.lit(value=False)
        found = usual.to_frame("moment").with_columns(coarse=no, against=no)
    else:
        order, careful = _with_care(rest, style, hints)
        found = _put_back(usual, text, careful)
    plausible = found["moment"].dt.year().is_between(hints.earliest, _LATEST)
    if hints.earliest == _EPOCH.year:
        # Programs write the beginning of their time where they know none.
        plausible &= found["moment"] != _EPOCH
    frame = found.with_columns(text=text, plausible=plausible).select(
        value=pl.when("plausible").then("moment"),
        coarse=pl.col("coarse") & pl.col("plausible"),
        reason=pl.when(pl.col("text").is_not_null() & ~pl.col("plausible").fill_null(value=False)).then(
            pl.when("against").then(pl.lit(AGAINST)).when(pl.col("moment").is_not_null()).then(pl.lit(IMPLAUSIBLE))
            .otherwise(pl.lit(NO_DATE))
        ),
    )  # fmt: skip
    coarse = int(frame["coarse"].sum())
    months = Doubt(
        "whole_months", coarse, (), "name a month or a week alone. Read as its first day."
    )
    doubts = (*order.doubts, *([months] if coarse else []))
    settled = Style(day_first=order.day_first, year_first=order.year_first or None)
    return Dates(frame["value"], frame["reason"], settled, doubts)


def _usual(text: pl.Series) -> pl.Series:
    """What most exports and interfaces write, read at once: 2024-06-14, with or without a time."""
    cell = pl.col("text")
    formats = (("%Y-%m-%d", 10), ("%Y-%m-%d %H:%M", 16), ("%Y-%m-%d %H:%M:%S", 19))
    # Without the fractions of a second that an interface writes where there are none.
    clean = cell.str.head(19).str.replace("T", " ", literal=True).str.strip_suffix("Z")
    width = clean.str.len_bytes()
    plain_iso = cell.str.contains(
        r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.0{1,6})?Z?)?)?$"
    )
    read = [
        pl.when(plain_iso & (width == wide)).then(clean).str.to_datetime(spelt, strict=False, time_unit="ms")
        for spelt, wide in formats
    ]  # fmt: skip
    frame = text.rename("text").to_frame()
    return frame.select(moment=pl.coalesce(read).dt.replace_time_zone("UTC"))["moment"]


def _with_care(rest: pl.Series, style: Style, hints: Hints) -> tuple[Order, pl.DataFrame]:
    """The order of day and month, and what the cells say in it that are not written as most exports do."""
    parts = [
        rest.slice(at, _SLICE).rename("text").to_frame().select(plain(pl.col("text")))["text"]
        for at in range(0, len(rest), _SLICE)
    ]
    last_year = _last_year(hints)
    order = decide_order(pl.concat(parts), style, hints, last_year=last_year)
    return order, pl.concat([_read(part, order, last_year) for part in parts])


def _put_back(usual: pl.Series, text: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    """What was read at once and what was read with care, in the order of the column."""
    rows = pl.DataFrame({"moment": usual, "text": text}).with_row_index("row")
    careful = rows.filter(pl.col("text").is_not_null() & pl.col("moment").is_null()).select("row")
    easy = rows.filter(pl.col("text").is_null() | pl.col("moment").is_not_null())
    easy = easy.select("row", "moment", coarse=pl.lit(value=False), against=pl.lit(value=False))
    return pl.concat([easy, careful.hstack(found)]).sort("row").drop("row")


def _read(text: pl.Series, order: Order, last_year: int) -> pl.DataFrame:
    """`moment`, `coarse` and `against`: readable in the other order alone, or written in it on the face of it."""
    chosen = Reading(bool(order.day_first), order.year_first, last_year)
    turned = Reading(not chosen.day_first, order.year_first, last_year)
    found = moments(text, chosen)
    first, packed = (text.str.contains(form) for form in NUMBER_FORMS)
    numeric = (first | packed).fill_null(value=False)
    unread = numeric & found["moment"].is_null()
    other = moments(text.to_frame("text").select(pl.when(unread).then("text"))["text"], turned)
    foreign = (
        text.str.contains(order.foreign).fill_null(value=False)
        if order.foreign
        else numeric & False
    )
    return found.with_columns(other=other["moment"], foreign=foreign).select(
        moment=pl.when(~pl.col("foreign")).then("moment"),
        coarse=pl.col("coarse").fill_null(value=False),
        against=pl.col("foreign") | (pl.col("moment").is_null() & pl.col("other").is_not_null()),
    )


def _last_year(hints: Hints) -> int:
    """The last year that two digits may mean: where the past is meant, none in the future."""
    if hints.as_of is None:
        return 2069
    return hints.as_of.year + (_AHEAD_YEARS if hints.ahead else 0)
