"""Rows of a CSV text read all at once, where every line is one row that leaves no doubt."""

import io

import polars as pl

from app.reports.reading.layout import Layout

_LINE = "_line"
# A mark that no text has, so that a line is read as one cell.
_NEVER = "\x1f"


def sound_rows(
    text: str, layout: Layout, needed: list[int], *, first_line: int
) -> pl.DataFrame | None:
    """The needed columns, named by their place, and the line of each row; None where one line is not a sound row."""
    if _NEVER in text or not needed:
        return None
    text = text.replace("\r\n", "\n")
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
    blank = lines.str.contains(f'^[\\s"{_escaped(layout.delimiter)}]*$')
    return rows.with_columns(numbers.alias(_LINE)).filter(~blank)


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
