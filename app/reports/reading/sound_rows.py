"""Rows of a CSV text read all at once, where every line is one row that leaves no doubt."""

import io

import polars as pl

from app.reports.reading.layout import Layout

_LINE = "_line"
# A mark that no text has, so that a line is read as one cell.
_NEVER = "\x1f"
# What ends a line inside of quotation marks, while rows are told apart by their lines.
_RETURN, _FEED = "\x1d", "\x1e"


def sound_rows(
    text: str, layout: Layout, needed: list[int], *, first_line: int
) -> pl.DataFrame | None:
    """The needed columns, named by their place, and the line of each row; None where one line is not a sound row."""
    if not needed or any(mark in text for mark in (_NEVER, _RETURN, _FEED)):
        return None
    text = _one_line_each(text).replace("\r\n", "\n")
    if "\r" in text:
        return None
    data = text.encode()
    lines = _lines(data)
    if lines is None or not _all_sound(lines, layout):
        return None
    # A header of our own, so that short rows take nothing from the width.
    places = layout.delimiter.join(str(place) for place in range(len(layout.headers)))
    rows = pl.read_csv(
        io.BytesIO(places.encode() + b"\n" + data),
        columns=[str(place) for place in needed],
        separator=layout.delimiter,
        infer_schema=False,
        truncate_ragged_lines=True,
    )
    if rows.height != len(lines):
        return None
    numbers = pl.int_range(first_line, first_line + len(lines), eager=True)
    if _FEED in text:
        further = lines.str.count_matches(_FEED, literal=True)
        numbers = numbers + further.cum_sum().shift(1, fill_value=0)
        rows = rows.with_columns(
            pl.all().str.replace_all(_RETURN, "\r", literal=True)
            .str.replace_all(_FEED, "\n", literal=True)
        )  # fmt: skip
    blank = lines.str.contains(f'^[\\s{_RETURN}{_FEED}"{_escaped(layout.delimiter)}]*$')
    return rows.with_columns(numbers.cast(pl.Int64).alias(_LINE)).filter(~blank)


def _one_line_each(text: str) -> str:
    """The text with marks for the ends of lines that stand inside of quotation marks.

    A quotation mark that stands elsewhere is not known here; then a line is left that is no sound row.
    """
    if '"' not in text:
        return text
    parts = text.split('"')
    for place in range(1, len(parts), 2):
        if "\n" in parts[place]:
            inside = parts[place].replace("\r\n", _RETURN + _FEED)
            parts[place] = inside.replace("\n", _FEED)
    return '"'.join(parts)


def _lines(data: bytes) -> pl.Series | None:
    """The lines of a text, none of them empty; None where that is not so."""
    found = pl.read_csv(
        io.BytesIO(data),
        has_header=False,
        schema={"line": pl.String},
        separator=_NEVER,
        quote_char=None,
        infer_schema=False,
    )["line"]
    ends = data.count(b"\n") + (not data.endswith(b"\n"))
    return found if len(found) == ends and not found.has_nulls() else None


def _all_sound(lines: pl.Series, layout: Layout) -> bool:
    """No line has more cells than the header, and quotation marks stand around whole cells alone."""
    mark = _escaped(layout.delimiter)
    most = len(layout.headers) - 1
    quoted = lines.filter(lines.str.contains('"', literal=True))
    cell = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    if not quoted.str.contains(rf"^{cell}(?:{mark}{cell})*$").all():
        return False
    bare = quoted.str.replace_all(r'"(?:[^"]|"")*"', "")
    plain = lines.filter(~lines.str.contains('"', literal=True))
    counts = [part.str.count_matches(layout.delimiter, literal=True) for part in (bare, plain)]
    return all(bool((count <= most).all()) for count in counts)


def _escaped(delimiter: str) -> str:
    return {"|": r"\|", "\t": r"\t"}.get(delimiter, delimiter)
