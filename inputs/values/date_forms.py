"""The ways in which a date is written, each a pattern, and the moments that they name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import polars as pl

from inputs.values.clock_zones import MINUTES, PLACES
from inputs.values.month_names import MONTHS, WEEKDAYS
from inputs.values.zones import zone_named

UTC_MS = pl.Datetime("ms", "UTC")
DAY_MS = 86_400_000
# Spreadsheets count days from here; serial 61 and later are the same in all of them.
_SERIAL_ZERO_MS = -25_569 * DAY_MS

_PLACE = r"[a-z]+(?:/[a-z][a-z_-]+){1,2}"
_ZONE = (
    r"(?:\s?(?P<zone>(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?|" + _PLACE + r"|[a-z]{1,4}))?"
    r"(?:\s?[(\[][^)\]]*[)\]])?"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s?(?P<half>[ap]m\b)?\s?(?:uhr|hrs?|h)?"
)
_TIME = r"(?:(?:t|,?\s|\s-\s|,?\s(?:at|um|a las|a|om|alle|ore|as|kl)\s)" + _CLOCK + _ZONE + r")?$"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_OF = r"(?:[\s.,/-]+(?:(?:de|del|of|do|di|den)\s)?)"
_NAME = r"(?P<name>[a-z]{3,})\.?"
_DAY = r"(?:(?:the|le|el|den|il)\s)?(?P<day>\d{1,2})(?:st|nd|rd|th|er|e|o)?\.?"

ISO = r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME
NUMBERS = r"^(?P<one>\d{1,2})\s?[-/.]\s?(?P<two>\d{1,2})\s?[-/.]\s?" + _YEAR + _TIME
_PACKED_NUMBERS = r"^(?P<one>\d{2})(?P<two>\d{2})(?P<year>(?:19|20)\d{2})$"
NUMBER_FORMS = (NUMBERS, _PACKED_NUMBERS)
_PACKED = (
    r"^(?P<year>(?:19|20)\d{2})-?(?P<month>0[1-9]|1[0-2])-?(?P<day>\d{2})"
    r"(?:[t\s]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?"
    + _ZONE
    + r")?$"
)
_NAMED = (
    r"^" + _DAY + _OF + "?" + _NAME + _OF + "?" + _YEAR + _TIME,
    r"^" + _NAME + _OF + "?" + _DAY + r"[\s.,/-]+" + _YEAR + _TIME,
    r"^(?P<year>\d{4})[\s.,/-]+" + _NAME + r"[\s.,/-]+" + _DAY + _TIME,
    r"^" + _NAME + r"\s" + _DAY + r"\s" + _CLOCK + r"(?:\s(?P<zone>[a-z]{1,4}))?\s(?P<year>\d{4})$",
)
_MONTH_ALONE = (
    r"^(?P<year>(?:19|20)\d{2})[-/.](?P<month>\d{1,2})$",
    r"^(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])$",
    r"^(?P<month>\d{1,2})[-/.](?P<year>(?:19|20)\d{2})$",
    r"^" + _NAME + _OF + r"(?P<year>(?:19|20)\d{2})$",
    r"^" + _NAME + r"[-'\s]{1,2}'?(?P<year>\d{2})$",
    r"^(?P<year>(?:19|20)\d{2})[\s/-]" + _NAME + "$",
)
_WEEK_ALONE = (
    r"^(?P<year>(?:19|20)\d{2})[-\s/]?(?:w|kw|week)[-\s]?(?P<week>\d{1,2})(?:-(?P<weekday>[1-7]))?$",
    r"^(?:w|kw|week|wk|sem|semaine|semana|sett|settimana)[.\s]{0,2}(?P<week>\d{1,2})[\s,/-]{1,2}(?P<year>(?:19|20)\d{2})$",
)
_BARE = r"^-?\d+(?:[.,]\d+)?$"


@dataclass(frozen=True, slots=True)
class Reading:
    """How what can be read in two ways is to be read: the order of numbers, and the last year of this century.

    A year of two digits above `last_year` belongs to the century before.
    """

    day_first: bool
    year_first: bool
    last_year: int


@dataclass(frozen=True)
class Form:
    """One way of writing: its pattern, the values of the parts it names, then the moment made of them.

    Step by step, for an expression takes a text apart again wherever it mentions one of its parts.
    """

    pattern: str
    steps: tuple[dict[str, pl.Expr], ...]
    moment: pl.Expr
    coarse: bool

    def read(self, cells: pl.DataFrame) -> pl.DataFrame:
        """`row`, `moment` and `coarse` of cells (`row`, `text`) that have the pattern."""
        if self.steps:
            groups = pl.col("text").str.extract_groups(self.pattern)
            cells = cells.select("row", groups=groups).unnest("groups")
        for step in self.steps:
            cells = cells.with_columns(**step)
        found = cells.with_columns(moment=self.moment)
        if "zone" in cells.columns:
            found = _by_the_place(found)
        return found.select("row", "moment", coarse=pl.lit(self.coarse))


def plain(text: pl.Expr) -> pl.Expr:
    """Lower case, without accents, weekdays and spare spaces, so that one pattern serves seven languages."""
    weekday = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
    folded = (
        text.str.normalize("NFKD")
        .str.to_lowercase()
        .str.replace_all(r"\p{Mn}|[\u200b-\u200f\u2060\ufeff]", "")
    )
    return (
        folded.str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace_all("[\u2010-\u2015\u2212]", "-")
        .str.replace_all("[\u2018\u2019\u02bc]", "'")
        .str.replace(r"^(?:" + weekday + r")\b\.?,?\s+", "")
        .str.replace(r"^mar\.?,?\s+(\d{1,2}\.?\s+(?:de )?[a-z])", "$1")
        .str.replace(r",?\s\(?(?:" + weekday + r")\.?\)?$", "")
        .str.replace_all(r"\b([ap])\.\s?m\b\.?", "${1}m")
        .str.replace(r"([\st,])(\d{1,2})\s?([ap]m)\b", "${1}${2}:00 ${3}")
    )  # fmt: skip


def moments(text: pl.Series, reading: Reading) -> pl.DataFrame:
    """`moment`, and `coarse` where only a month or a week is named, for each plain text; null where it is no date."""
    frame = text.rename("text").to_frame().with_row_index("row")
    found = [pl.DataFrame(schema={"row": pl.UInt32, "moment": UTC_MS, "coarse": pl.Boolean})]
    rest = frame.drop_nulls("text")
    for form in _forms(reading):
        if rest.is_empty():
            break
        mask = rest["text"].str.contains(form.pattern)
        if not mask.any():
            continue
        hits = form.read(rest.filter(mask))
        found.append(hits.filter(pl.col("moment").is_not_null()))
        rest = rest.filter(~mask)
    taken = pl.concat(found)
    return frame.join(taken, on="row", how="left", maintain_order="left").select("moment", "coarse")


@cache
def _forms(reading: Reading) -> list[Form]:
    """Every way of writing a date; kept, for a few cells are read sooner than these are made."""
    dates = (ISO, *NUMBER_FORMS, _PACKED, *_NAMED)
    return [
        *(_form(pattern, reading, _moment, coarse=False) for pattern in dates),
        *(_form(pattern, reading, _moment, coarse=True) for pattern in _MONTH_ALONE),
        *(_form(pattern, reading, _week, coarse=True) for pattern in _WEEK_ALONE),
        Form(_BARE, (), _counted(), coarse=False),
    ]


def _form(
    pattern: str,
    reading: Reading,
    put_together: Callable[[dict[str, pl.Expr]], pl.Expr],
    *,
    coarse: bool,
) -> Form:
    fields = _fields(pattern, reading)
    steps = [fields]
    if "zone" in fields:
        steps.append({"offset": _offset(pl.col("zone"))})
    names = [name for step in steps for name in step]
    return Form(pattern, tuple(steps), put_together({name: pl.col(name) for name in names}), coarse)


def _fields(pattern: str, reading: Reading) -> dict[str, pl.Expr]:
    """The parts that a pattern names, as whole numbers; `half` and `zone` as text."""
    names = [part.partition(">")[0] for part in pattern.split("(?P<")[1:]]
    fields = {name: pl.col(name) for name in names}
    texts = {name: fields.pop(name) for name in ("half", "zone", "name") if name in fields}
    short = fields["year"].str.len_chars() < 4
    numbers = {n: e.str.strip_chars("'").cast(pl.Int32, strict=False) for n, e in fields.items()}
    if "one" in numbers:
        one, two, three = numbers.pop("one"), numbers.pop("two"), numbers["year"]
        day, month = (one, two) if reading.day_first else (two, one)
        turned = short & pl.lit(reading.year_first)
        numbers["year"] = pl.when(turned).then(one).otherwise(three)
        numbers["month"] = pl.when(turned).then(two).otherwise(month)
        numbers["day"] = pl.when(turned).then(three).otherwise(day)
    this_century = pl.lit(2000) + numbers["year"]
    later = (
        pl.when(this_century > reading.last_year).then(this_century - 100).otherwise(this_century)
    )
    numbers["year"] = pl.when(short).then(later).otherwise(numbers["year"])
    if "name" in texts:
        numbers["month"] = texts.pop("name").replace_strict(
            dict(MONTHS), default=None, return_dtype=pl.Int32
        )
    return numbers | texts


def _moment(fields: dict[str, pl.Expr]) -> pl.Expr:
    """Year, month, day and time put together; null where they make no date."""
    year, month, day = fields["year"], fields["month"], fields.get("day", pl.lit(1))
    first = pl.datetime(year.clip(1, 9999), month.clip(1, 12), 1, time_unit="ms", time_zone="UTC")
    date = first + pl.duration(days=day.cast(pl.Int64) - 1, time_unit="ms")
    sound = (date.dt.month() == month) & (day >= 1) & (day <= 31) & (year >= 1) & (year <= 9999)
    if "hour" not in fields:
        return pl.when(sound).then(date)
    hour, minute = fields["hour"].fill_null(0), fields["minute"].fill_null(0)
    second = fields["second"].fill_null(0) if "second" in fields else pl.lit(0)
    half = fields.get("half", pl.lit(None, dtype=pl.String))
    clear = (
        pl.when(half.is_null()).then(True).when(half == "am").then(hour <= 12).otherwise(hour <= 23)
    )
    whole = (
        pl.when(half == "pm")
        .then(hour % 12 + 12)
        .when(half == "am")
        .then(hour % 12)
        .otherwise(hour)
    )
    whole = pl.when((half == "pm") & (hour > 12)).then(hour).otherwise(whole)
    midnight = (whole == 24) & (minute == 0) & (second == 0)
    fits = ((whole <= 23) | midnight) & (minute <= 59) & (second <= 60) & clear
    offset = fields.get("offset", pl.lit(0))
    seconds = whole.cast(pl.Int64) * 3600 + (minute - offset) * 60 + second
    return pl.when(sound & fits).then(date + pl.duration(seconds=seconds, time_unit="ms"))


def _offset(zone: pl.Expr) -> pl.Expr:
    """Minutes from UTC; 0 where no zone or a place is written, null for letters that are none."""
    parts = zone.str.extract_groups(
        r"(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?$"
    ).struct
    hours = parts.field("hours").cast(pl.Int32, strict=False)
    minutes = hours * 60 + parts.field("minutes").cast(pl.Int32, strict=False).fill_null(0)
    signed = pl.when(parts.field("sign") == "-").then(-minutes).otherwise(minutes)
    known = {**MINUTES, **dict.fromkeys(PLACES, 0)}
    named = zone.replace_strict(known, default=None, return_dtype=pl.Int32)
    named = pl.when(zone.str.contains("/", literal=True)).then(0).otherwise(named)
    stated = pl.coalesce(pl.when(hours <= 14).then(signed), named)
    return pl.when(zone.is_null()).then(0).otherwise(stated)


def _by_the_place(cells: pl.DataFrame) -> pl.DataFrame:
    """`moment` by the clock of the place that a cell names; null where nobody knows the place."""
    named = cells["zone"].drop_nulls().unique().to_list()
    places = {zone: PLACES.get(zone) or zone_named(zone) for zone in named if _is_place(zone)}
    if not places:
        return cells
    clock = pl.col("moment").dt.replace_time_zone(None)
    local = pl.lit(None, dtype=UTC_MS)
    for place in {place for place in places.values() if place}:
        here = pl.col("zone").is_in([zone for zone, name in places.items() if name == place])
        moment = clock.dt.replace_time_zone(place, ambiguous="earliest", non_existent="null")
        local = pl.when(here).then(moment.dt.convert_time_zone("UTC")).otherwise(local)
    is_place = pl.col("zone").is_in(list(places)).fill_null(value=False)
    return cells.with_columns(moment=pl.when(is_place).then(local).otherwise("moment"))


def _is_place(zone: str) -> bool:
    return zone in PLACES or "/" in zone


def _week(fields: dict[str, pl.Expr]) -> pl.Expr:
    """The Monday of an ISO week, or the day of it that is named."""
    january_fourth = pl.datetime(fields["year"], 1, 4, time_unit="ms", time_zone="UTC")
    monday = january_fourth - pl.duration(days=january_fourth.dt.weekday() - 1, time_unit="ms")
    weekday = fields["weekday"].fill_null(1) if "weekday" in fields else pl.lit(1)
    days = (fields["week"].cast(pl.Int64) - 1) * 7 + weekday - 1
    date = monday + pl.duration(days=days, time_unit="ms")
    week = fields["week"]
    return pl.when((week >= 1) & (date.dt.week() == week)).then(date)


def _counted() -> pl.Expr:
    """A bare number: days since a spreadsheet's beginning, or seconds, milliseconds, microseconds since 1970.

    Which one its length says: spreadsheets are at five digits, seconds at nine or ten, and so on by thousands.
    """
    written = pl.col("text").str.replace(",", ".", literal=True)
    digits = written.str.extract(r"^-?(\d+)").str.len_chars()
    whole = written.str.extract(r"^(-?\d+)").cast(pl.Int64, strict=False)
    number = written.cast(pl.Float64, strict=False)
    serial = ((number * 86_400).round() * 1000).cast(pl.Int64, strict=False) + _SERIAL_ZERO_MS
    millis = (
        pl.when(digits == 5).then(pl.when(number > 0).then(serial))
        .when(digits.is_between(9, 10)).then(whole * 1000)
        .when(digits.is_between(12, 13)).then(whole)
        .when(digits.is_between(15, 16)).then(whole // 1000)
    )  # fmt: skip
    return millis.cast(UTC_MS)
