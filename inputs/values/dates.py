"""Dates out of text columns: ISO, epoch, month names, and numbers in US or European order.

Whether 03/04/2024 is March or April is decided once per column, by the values that leave no doubt.
"""

from dataclasses import dataclass

import polars as pl

UTC_MS = pl.Datetime("ms", "UTC")

_TIME = (
    r"(?:(?:T|\s+|,\s*|\s+at\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:[.,]\d+)?\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_ISO = r"(?i)^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME
_NUMBERS = r"(?i)^(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + _TIME
_NAMED = (
    r"(?i)^" + _WEEKDAY + _MONTH + r"\s+" + _DAY + r",?\s+(?P<year>\d{4})" + _TIME,
    r"(?i)^" + _WEEKDAY + _DAY + r"[\s-]+" + _MONTH + r",?[\s-]+(?P<year>\d{4})" + _TIME,
)
_SLICE = 50_000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = ("year", "month", "day", "hour", "minute", "second", "half", "zone", "name", "one", "two")


@dataclass(frozen=True, slots=True)
class Dates:
    """A column as moments in UTC; `unread` marks text that is no date.

    day_first is None where the question did not arise; `settled` says that a value decided it.
    """

    values: pl.Series
    unread: pl.Series
    day_first: bool | None
    settled: bool


def parse_dates(column: pl.Series, *, day_first: bool) -> Dates:
    """Moments (milliseconds, UTC) from text; `day_first` decides only where no value does.

    Times without a zone are read as UTC, dates as their first moment, epochs as seconds (10 digits)
    or milliseconds (13).
    """
    text = column.rename("text").to_frame()
    order, settled = _order(text, default=day_first)
    spellings = pl.coalesce(
        _epoch(),
        _moment(_fields(_ISO)),
        _moment(_fields(_NUMBERS, day_first=bool(order))),
        *(_moment(_fields(pattern)) for pattern in _NAMED),
    )
    # In slices, for taking text apart needs many times its memory.
    slices = [text.slice(at, _SLICE) for at in range(0, max(text.height, 1), _SLICE)]
    parsed = pl.concat([part.select(moment=spellings) for part in slices])["moment"]
    plausible = parsed.dt.year().is_between(1970, 2100)
    values = parsed.to_frame().select(pl.when(plausible).then(pl.col("moment")))["moment"]
    return Dates(values, column.is_not_null() & values.is_null(), order, settled)


def _order(text: pl.DataFrame, *, default: bool) -> tuple[bool | None, bool]:
    """Whether the day comes first, and whether a value settled it; the majority wins."""
    numeric = text.filter(pl.col("text").str.contains(_NUMBERS))
    if numeric.is_empty():
        return None, True
    one, two = (
        numeric["text"].str.extract(_NUMBERS, group).cast(pl.Int64, strict=False)
        for group in (1, 2)
    )
    day_votes, month_votes = int((one > 12).sum()), int((two > 12).sum())
    if day_votes != month_votes:
        return day_votes > month_votes, True
    dotted = text["text"].str.contains(r"^\d{1,2}\.\d{1,2}\.").any()
    return (True, True) if dotted else (default, False)


def _fields(pattern: str, *, day_first: bool = False) -> dict[str, pl.Expr]:
    groups = pl.col("text").str.extract_groups(pattern).struct
    fields = {name: groups.field(name) for name in _PARTS if f"?P<{name}>" in pattern}
    if "one" in fields:
        day, month = ("one", "two") if day_first else ("two", "one")
        fields |= {"day": fields[day], "month": fields[month]}
        short = fields["year"].str.len_chars() == 2
        fields["year"] = pl.when(short).then("20" + fields["year"]).otherwise(fields["year"])
    if "name" in fields:
        numbered = {name: str(number) for number, name in enumerate(_MONTHS, start=1)}
        fields["month"] = fields["name"].str.to_lowercase().replace_strict(numbered, default=None)
    return fields


def _moment(fields: dict[str, pl.Expr]) -> pl.Expr:
    """Year, month, day and time put together; empty where they make no date."""
    hour = fields["hour"].cast(pl.Int64, strict=False).fill_null(0)
    half = fields["half"].str.to_lowercase().str.slice(0, 1)
    hour = (
        pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    )
    parts = [fields[name].str.zfill(2) for name in ("year", "month", "day")]
    written = pl.format(
        "{}-{}-{} {}:{}:{}",
        *parts,
        hour.cast(pl.String).str.zfill(2),
        fields["minute"].fill_null("00"),
        fields["second"].fill_null("00"),
    )
    moment = written.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="ms")
    return moment.dt.replace_time_zone("UTC") - _offset(fields["zone"])


def _offset(zone: pl.Expr) -> pl.Expr:
    digits = zone.str.replace(":", "", literal=True)
    minutes = (
        digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
        + digits.str.slice(3, 2).cast(pl.Int64, strict=False)
    ).fill_null(0)
    signed = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.duration(minutes=signed)


def _epoch() -> pl.Expr:
    number = pl.col("text").cast(pl.Int64, strict=False)
    millis = (
        pl.when(pl.col("text").str.contains(r"^\d{13}$"))
        .then(number)
        .when(pl.col("text").str.contains(r"^\d{10}$"))
        .then(number * 1000)
    )
    return millis.cast(UTC_MS)
