"""Whether 1.250 is a thousand and more or one and a quarter: decided once for a column, by all its cells."""

from dataclasses import dataclass

import polars as pl

from inputs.values.style import Decimal, Doubt, Hints, Style

OTHER = {".": ",", ",": "."}
_INDIAN = r"|[1-9]\d?(?:,\d{2})+,\d{3}"


def _shape(decimal: str) -> str:
    """What a number looks like with this decimal mark: groups of three, by the other mark, a space or an apostrophe."""
    mark, other = (r"\." if sign == "." else sign for sign in (decimal, OTHER[decimal]))
    groups = "|".join(rf"[1-9]\d{{0,2}}(?:{sign}\d{{3}})+" for sign in (other, " ", "'"))
    indian = _INDIAN if decimal == "." else ""
    return rf"^(?:(?:\d+|{groups}{indian})(?:{mark}\d*)?|{mark}\d+)$"


SHAPES = {decimal: _shape(decimal) for decimal in (".", ",")}
# Nobody writes thousands like this, so the mark in it is a decimal one, and three digits behind others are, too.
_MEASURED = {
    ".": r"^\d*\.\d{4,}$|^\d{4,}\.\d{3}$|^0*\.\d{3}$",
    ",": r"^\d*,\d{4,}$|^\d{4,},\d{3}$|^0*,\d{3}$",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The decimal mark of a column, whether a cell of it (or a person) settled that, and what stays open."""

    decimal: Decimal
    settled: bool
    doubts: tuple[Doubt, ...] = ()


def decide_mark(digits: pl.Series, style: Style, hints: Hints) -> Marks:
    """The mark that most cells prove; where they contradict each other or prove nothing, with a doubt."""
    if style.decimal is not None:
        return Marks(style.decimal, settled=True)
    seen = _count(digits)
    if seen["point"] and seen["comma"]:
        return _contradicting(seen, hints)
    if seen["point"] or seen["comma"]:
        proved: Decimal = "." if seen["point"] else ","
        return _proved(proved, seen)
    return _unproved(seen, hints)


def _count(digits: pl.Series) -> dict[str, int]:
    """Cells that prove a mark, cells of three digits behind a mark that prove nothing, and measured values."""
    text = pl.col("digits")
    point, comma = text.str.contains(SHAPES["."]), text.str.contains(SHAPES[","])
    both = point & comma
    row = digits.rename("digits").to_frame().select(
        point=(point & ~comma).sum(),
        comma=(comma & ~point).sum(),
        open_point=(both & text.str.contains(".", literal=True)).sum(),
        open_comma=(both & text.str.contains(",", literal=True)).sum(),
        measured_point=text.str.contains(_MEASURED["."]).sum(),
        measured_comma=text.str.contains(_MEASURED[","]).sum(),
    )  # fmt: skip
    return {name: int(count) for name, count in row.row(0, named=True).items()}


def _contradicting(seen: dict[str, int], hints: Hints) -> Marks:
    """Both marks are proved: most cells decide, those that could be thousands with them."""
    for_point, for_comma = seen["point"] + seen["open_comma"], seen["comma"] + seen["open_point"]
    tie: Decimal = hints.decimal or "."
    decimal: Decimal = tie if for_point == for_comma else "." if for_point > for_comma else ","
    wrong = seen["comma"] if decimal == "." else seen["point"]
    said = (
        f"contradict each other: {wrong:,} are written in another number style and left out. "
        f"Read with {_name(decimal)}."
    )
    return Marks(decimal, True, (_doubt(wrong, decimal, said),))


def _proved(proved: Decimal, seen: dict[str, int]) -> Marks:
    """One mark is proved; cells such as 1.250 beside it are still doubtful, and may be the many."""
    word = "point" if proved == "." else "comma"
    doubtful = seen[f"open_{word}"]
    if not doubtful or seen[f"measured_{word}"]:
        return Marks(proved, settled=True)
    if doubtful > seen[word]:
        thousands: Decimal = "," if proved == "." else "."
        said = (
            f"contradict each other: most look like thousands, {seen[word]:,} do not and are left out. "
            f"Read with {_name(thousands)}."
        )
        return Marks(thousands, True, (_doubt(doubtful, thousands, said),))
    said = f"have three digits behind the mark and may be thousands. Read with {_name(proved)}."
    return Marks(proved, True, (_doubt(doubtful, proved, said),))


def _unproved(seen: dict[str, int], hints: Hints) -> Marks:
    """Nothing but whole numbers and cells such as 1.250: three digits are thousands, for amounts have two."""
    point, comma = seen["open_point"], seen["open_comma"]
    if not point and not comma:
        return Marks(hints.decimal or ".", settled=False)
    if point and comma:
        decimal: Decimal = "," if point > comma else "."
        said = f"contradict each other in how thousands are written. Read with {_name(decimal)}."
        return Marks(decimal, True, (_doubt(point + comma, decimal, said),))
    decimal = hints.decimal or ("," if point else ".")
    if comma and decimal == ".":
        return Marks(decimal, settled=True)
    why = f", {hints.because}" if hints.decimal and hints.because else ""
    said = f"can be read as thousands or with three decimals. Read with {_name(decimal)}{why}."
    return Marks(decimal, True, (_doubt(point + comma, decimal, said),))


def _name(decimal: Decimal) -> str:
    return "a decimal comma" if decimal == "," else "a decimal point"


def _doubt(count: int, decimal: Decimal, said: str) -> Doubt:
    other: Decimal = "," if decimal == "." else "."
    return Doubt("number_style", count, (_name(decimal), _name(other)), said)
