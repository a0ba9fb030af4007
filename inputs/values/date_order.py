"""Whether 03/04/2024 is March or April: decided once for a column, by all its cells."""

from dataclasses import dataclass

import polars as pl

from inputs.values.date_forms import NUMBER_FORMS, Reading, moments
from inputs.values.style import Doubt, Hints, Style

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day/month/year", "month/day/year", "year/month/day"
_SLICE = 50_000
# So few cells do not show which of their numbers changes least.
_FEW = 5
# Birth dates alone are older; of two digits they may mean a year that is yet to come in this century.
_RECENT = 1970
_DOTTED = r"^\d{1,2}\.\s?\d{1,2}\."
_PADDED = r"^0\d|^\d+\s?[-/.]\s?0\d"
_BARE = r"^\d\s?[-/.]|^\d+\s?[-/.]\s?\d\s?[-/.]"


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a column's numbers (None: no such dates), what stays in doubt, and how the other order is known.

    `foreign` is a pattern of cells that are written in the other order on the face of it.
    """

    day_first: bool | None
    year_first: bool
    doubts: tuple[Doubt, ...] = ()
    foreign: str | None = None


def decide_order(text: pl.Series, style: Style, hints: Hints, *, last_year: int) -> Order:
    """The order that most cells prove; where they contradict each other or prove nothing, with a doubt."""
    # In slices, for taking text apart needs many times its memory.
    cells = pl.concat(_cells(text.slice(at, _SLICE)) for at in range(0, max(len(text), 1), _SLICE))
    if style.day_first is not None or style.year_first or cells.is_empty():
        return Order(style.day_first, bool(style.year_first))
    by_year = _years_first(cells, hints, last_year)
    if by_year is not None:
        return by_year
    votes = cells.select(
        day=(pl.col("proof") == "day").sum(),
        month=(pl.col("proof") == "month").sum(),
        dotted=pl.col("dotted").sum(),
        open=pl.col("open").sum(),
    ).row(0, named=True)
    # A dot between numbers is written where the day comes first, unless the dotted ones prove otherwise.
    dots_are_day_first = cells.filter(pl.col("dotted_month")).is_empty()
    day = votes["day"] + (votes["dotted"] if dots_are_day_first else 0)
    if day and votes["month"]:
        return _contradicting(votes, day, hints, dots=dots_are_day_first and votes["dotted"] > 0)
    if day or votes["month"]:
        return _settled(
            cells, day_first=day > 0, or_year=_may_begin_with_years(cells, hints, last_year)
        )
    return _open(cells, hints, last_year)


def _cells(text: pl.Series) -> pl.DataFrame:
    """The dates of numbers: what each proves (day, month, year or nothing), and whether it can be read both ways."""
    frame = text.rename("text").to_frame()
    parts = [_parts(frame.filter(pl.col("text").str.contains(form)), form) for form in NUMBER_FORMS]
    one, two, three = (pl.col(name) for name in ("one", "two", "three"))
    dotted = pl.col("text").str.contains(_DOTTED)
    return pl.concat(parts).with_columns(
        dotted=dotted & (two <= 12),
        dotted_month=dotted & (two > 12) & (two <= 31) & (one <= 12),
        proof=pl.when((one > 12) & (one <= 31) & (two <= 12)).then(pl.lit("day"))
        .when((two > 12) & (two <= 31) & (one <= 12)).then(pl.lit("month"))
        .when(pl.col("short") & (one > 31) & (two <= 12) & (three <= 31)).then(pl.lit("year"))
        .otherwise(pl.lit("")),
        open=(one <= 12) & (two <= 12) & (one != two),
    )  # fmt: skip


def _parts(cells: pl.DataFrame, form: str) -> pl.DataFrame:
    parts = cells.select("text", groups=pl.col("text").str.extract_groups(form)).unnest("groups")
    year = pl.col("year").str.strip_chars("'")
    return parts.select(
        "text",
        *(pl.col(name).cast(pl.Int32) for name in ("one", "two")),
        three=year.cast(pl.Int32),
        short=year.str.len_chars() == 2,
    )


def _years_first(cells: pl.DataFrame, hints: Hints, last_year: int) -> Order | None:
    """Years of two digits in front: proved by one that is no day, or likely where the other order is less so."""
    if not _can_begin_with_years(cells):
        return None
    if (cells["proof"] == "year").any():
        return Order(day_first=None, year_first=True)
    others = hints.because if hints.year_first else None
    why = others or _by_change(cells) or _by_the_future(cells, hints, last_year)
    if why is None:
        return None
    said = f"can be read in two orders. Read as {YEAR_FIRST}: {why}."
    doubt = Doubt("date_order", cells.height, (YEAR_FIRST, DAY_FIRST), said)
    return Order(None, year_first=True, doubts=(doubt,))


def _can_begin_with_years(cells: pl.DataFrame) -> bool:
    """Whether every cell makes a date with its year, of two digits, in front."""
    days, months = cells["three"].is_between(1, 31), cells["two"].is_between(1, 12)
    return bool(cells["short"].all() and days.all() and months.all())


def _may_begin_with_years(cells: pl.DataFrame, hints: Hints, last_year: int) -> bool:
    """Whether that is in doubt: nobody writes it with dots, and years change less than days do."""
    if not _can_begin_with_years(cells) or cells["dotted"].all():
        return False
    if _past_is_meant(hints) and _is_later(cells["one"], last_year):
        return False
    few = cells.height <= _FEW
    return few or cells["three"].n_unique() * 2 > cells["one"].n_unique()


def _by_change(cells: pl.DataFrame) -> str | None:
    if cells.height <= _FEW or cells["one"].n_unique() * 2 > cells["three"].n_unique():
        return None
    return "the first number changes least"


def _by_the_future(cells: pl.DataFrame, hints: Hints, last_year: int) -> str | None:
    """Why years come first where the past is meant and the day's order alone names years to come."""
    if not _past_is_meant(hints) or cells["dotted"].all():
        return None
    if _is_later(cells["one"], last_year) or not _is_later(cells["three"], last_year):
        return None
    return "the other order names years that lie in the future"


def _past_is_meant(hints: Hints) -> bool:
    return hints.as_of is not None and not hints.ahead and hints.earliest >= _RECENT


def _is_later(short_years: pl.Series, last_year: int) -> bool:
    return bool((short_years > last_year - 2000).any())


def _contradicting(votes: dict[str, int], day: int, hints: Hints, *, dots: bool) -> Order:
    tie = day == votes["month"]
    day_first = _by_hint(hints) if tie else day > votes["month"]
    wrong = votes["month"] if day_first else day
    why = _because(hints) if tie else "as most dates that leave no doubt"
    said = (
        f"contradict each other: {wrong:,} are written the other way round and left out. "
        f"Read as {_name(day_first)}, {why}."
    )
    foreign = _DOTTED if dots and not day_first else None
    return Order(day_first, False, (_doubt(votes["open"] + wrong, day_first, said),), foreign)


def _settled(cells: pl.DataFrame, *, day_first: bool, or_year: bool) -> Order:
    """Day or month is proved to be first and the other is not; what a spreadsheet turned leaves a trace."""
    if or_year:
        said = (
            f"can be read in two orders. Read as {_name(day_first)}, the more usual one in exports."
        )
        doubt = Doubt("date_order", cells.height, (_name(day_first), YEAR_FIRST), said)
        return Order(day_first, False, (doubt,))
    proved = cells.filter(pl.col("proof") != "")["text"]
    undecided = cells.filter(pl.col("open") & ~pl.col("dotted"))["text"]
    written_otherwise = undecided.str.contains(_BARE) & ~undecided.str.contains(_PADDED)
    always_padded = (
        bool(proved.str.contains(_PADDED).any()) and not proved.str.contains(_BARE).any()
    )
    count = int(written_otherwise.sum()) if always_padded else 0
    if not count:
        return Order(day_first, year_first=False)
    said = (
        "are written otherwise than the rest, as if a spreadsheet had turned day and month. "
        f"Read as {_name(day_first)}."
    )
    return Order(day_first, False, (_doubt(count, day_first, said),))


def _open(cells: pl.DataFrame, hints: Hints, last_year: int) -> Order:
    """No cell proves anything: what lies in the future is not meant; else what is known from elsewhere."""
    undecided = cells.filter("open")["text"]
    if undecided.is_empty():
        return Order(_by_hint(hints), year_first=False)
    by_future = _by_future(undecided, hints, last_year)
    day_first = _by_hint(hints) if by_future is None else by_future
    why = _because(hints) if by_future is None else "because the other reading lies in the future"
    said = f"can be read in two orders. Read as {_name(day_first)}, {why}."
    return Order(day_first, False, (_doubt(len(undecided), day_first, said),))


def _by_future(undecided: pl.Series, hints: Hints, last_year: int) -> bool | None:
    if hints.as_of is None or hints.ahead:
        return None
    late = {
        day_first: int(
            (moments(undecided, Reading(day_first, False, last_year))["moment"] > hints.as_of).sum()
        )
        for day_first in (True, False)
    }
    if bool(late[True]) == bool(late[False]):
        return None
    return not late[True]


def _by_hint(hints: Hints) -> bool:
    return bool(hints.day_first)


def _because(hints: Hints) -> str:
    return (
        hints.because
        if hints.day_first is not None and hints.because
        else "the more usual one in exports"
    )


def _name(day_first: bool) -> str:
    return DAY_FIRST if day_first else MONTH_FIRST


def _doubt(count: int, day_first: bool, said: str) -> Doubt:
    return Doubt("date_order", count, (_name(day_first), _name(not day_first)), said)
