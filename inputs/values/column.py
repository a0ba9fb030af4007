"""One column of text made into the values of its kind, with what could not be read and what stays in doubt."""

from dataclasses import dataclass

import polars as pl

from inputs.input import Kind
from inputs.values.addresses import address
from inputs.values.dates import parse_dates
from inputs.values.numbers import parse_numbers
from inputs.values.style import Doubt, Hints, Style
from inputs.values.yes_no import is_marked, is_yes

NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """The values, why a cell gave none (null where it did, or was empty), the style found, and the doubts."""

    values: pl.Series
    reasons: pl.Series
    style: Style
    doubts: tuple[Doubt, ...] = ()

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
    style = style or Style()
    match kind:
        case Kind.MOMENT:
            return _moments(text, style, hints)
        case Kind.MONEY | Kind.COUNT:
            values, unread = parse_numbers(text)
            return ReadColumn(values, _because(unread, "not a readable number"), style)
        case Kind.YES_NO:
            values = text.rename("text").to_frame().select(value=is_yes("text"))["value"]
            unread = text.is_not_null() & values.is_null()
            return ReadColumn(values, _because(unread, "neither yes nor no"), style)
        case Kind.MARK:
            values = text.rename("text").to_frame().select(value=is_marked("text"))["value"]
            return ReadColumn(values, _nothing(text), style)
        case Kind.ADDRESS:
            values = text.rename("text").to_frame().select(value=address("text"))["value"]
            unread = text.is_not_null() & values.is_null()
            return ReadColumn(values, _because(unread, "not an email address"), style)
        case _:
            return ReadColumn(text, _nothing(text), style)


def _moments(text: pl.Series, style: Style, hints: Hints) -> ReadColumn:
    given = hints.day_first if style.day_first is None else style.day_first
    dates = parse_dates(text, day_first=bool(given))
    doubts: tuple[Doubt, ...] = ()
    if not dates.settled and style.day_first is None:
        order = "day/month/year" if dates.day_first else "month/day/year"
        other = "month/day/year" if dates.day_first else "day/month/year"
        count = int(dates.values.is_not_null().sum())
        said = f"could be read in two orders. Read as {order}."
        doubts = (Doubt("date_order", count, (order, other), said),)
    return ReadColumn(
        dates.values,
        _because(dates.unread, "not a readable date"),
        Style(day_first=dates.day_first),
        doubts,
    )


def _because(unread: pl.Series, reason: str) -> pl.Series:
    frame = unread.rename("unread").to_frame()
    return frame.select(reason=pl.when("unread").then(pl.lit(reason)))["reason"]


def _nothing(text: pl.Series) -> pl.Series:
    return pl.Series("reason", [None], dtype=pl.String).new_from_index(0, len(text))
