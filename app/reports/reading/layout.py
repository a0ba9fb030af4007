"""How a file is written: its encoding, its delimiter, its column names, and where its rows begin."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.reports.reading.careful_rows import Lines
from app.reports.reading.encodings import find_encoding
from core.errors import Invalid
from inputs.values.unseen import UNSEEN

_DELIMITERS = ",;\t|"
# So many rows may stand above the column names.
_ABOVE = 20
_NUMBERS = re.compile(r"[-+]?\d[\d.,:/ +-]*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
# Cells that a line of a report's title fills at most, and characters of a column's name.
_TITLE, _LONGEST_NAME = 2, 200
# A quotation mark that is never closed would swallow the whole file.
_LONGEST_CELL = 1 << 17


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: encoding, delimiter, its column names, and where its rows begin.

    `names` are the columns as the file calls them, `headers` the same made distinct.
    """

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    skipped_lines: int
    names: tuple[str, ...] = ()

    def namesakes(self, header: str) -> tuple[str, ...]:
        """This column and those behind it that the file gives the same name."""
        place = self.headers.index(header)
        if not self.names:
            return (header,)
        return tuple(
            other
            for at, other in enumerate(self.headers)
            if at == place or (at > place and self.names[at] == self.names[place])
        )


def inspect(path: Path) -> Layout:
    """Find out how the file is written; raises Invalid, with what to do, if it can't be read."""
    try:
        with path.open("rb") as stream:
            encoding = find_encoding(stream, path)
            stream.seek(0)
            with io.TextIOWrapper(stream, encoding, errors="replace", newline="") as text:
                return _layout(text, path)
    except FileNotFoundError as error:
        raise Invalid(f"There is no file {path}. Check the name and the folder.") from error
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise Invalid(f"{path} can't be opened: {reason}.") from error


def _layout(text: io.TextIOWrapper, path: Path) -> Layout:
    lines = Lines(text, 0)
    delimiter = None
    for line in lines:
        stated = _visible(line).casefold()
        if stated.startswith("sep=") and len(stated) <= 5:
            delimiter = stated[4:] or "\t"
        elif stated:
            lines.give_back([line])
            break
    rows = _first_rows(lines, delimiter)
    if not rows or not (header := rows[_header_among(rows)]).filled:
        raise Invalid(f"{path} has no header row. Export it again with column names.")
    if _holds_values(header.cells):
        raise Invalid(
            f"{path} begins with values instead of column names. Add a row of names above them and try again."
        )
    names = tuple(
        _visible(cell) or f"column {place}" for place, cell in enumerate(header.cells, start=1)
    )
    return Layout(path, text.encoding, header.delimiter, _distinct(names), header.end, names)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row at the beginning: the delimiter it was taken apart by, where it ends, its cells, and how many lines."""

    delimiter: str
    end: int
    cells: list[str]
    lines: int

    @property
    def filled(self) -> int:
        return sum(bool(_visible(cell)) for cell in self.cells)


def _first_rows(lines: Lines, delimiter: str | None) -> list[_Row]:
    """The rows at the beginning that are not blank."""
    rows: list[_Row] = []
    csv.field_size_limit(_LONGEST_CELL)
    for line in lines:
        if not _visible(line):
            continue
        lines.give_back([line])
        used, before = delimiter or _delimiter(line), lines.number
        try:
            cells = next(csv.reader(lines, delimiter=used))
        except csv.Error:
            break
        rows.append(_Row(used, lines.number, cells, lines.number - before))
        if len(rows) == _ABOVE:
            break
    return rows


def _header_among(rows: Sequence[_Row]) -> int:
    """Where the column names are: in the first row, or below a report's title, which fills little of the table."""
    # Lines that a stray quotation mark has run together say nothing of the table's width.
    widest = max((row.filled for row in rows if row.lines == 1), default=0)
    for place, row in enumerate(rows):
        is_title = row.filled <= _TITLE and row.filled * 2 <= widest
        if not is_title:
            return 0 if _holds_values(row.cells) else place
    return 0


def _holds_values(row: Sequence[str]) -> bool:
    """Whether it has what no column is called: an address, or dates and numbers in most of its cells."""
    cells = [cell for cell in map(_visible, row) if cell]
    short = [cell for cell in cells if len(cell) <= _LONGEST_NAME]
    numbers = sum(_NUMBERS.fullmatch(cell) is not None for cell in short)
    return numbers * 2 > len(cells) or any(_ADDRESS.fullmatch(cell) for cell in short)


def _visible(cell: str) -> str:
    """A name without what can't be seen, such as a byte order mark written twice."""
    return re.sub(UNSEEN, "", cell).strip().strip('"').strip()


def _delimiter(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    headers: list[str] = []
    for name in names:
        seen[name] += 1
        header = name
        while header in headers or (seen[name] > 1 and header == name):
            header = f"{name} ({seen[name]})"
            seen[name] += header in headers
        headers.append(header)
    return tuple(headers)
