"""CSV files as they come: any usual encoding and delimiter, broken rows reported and left out."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from core.errors import Invalid
from inputs.values.style import Style

LINE = "_line"
_CHUNK = 20_000
_DELIMITERS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KEPT_BAD_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row or cell that could not be used: where and why, never its content."""

    file: str
    line: int
    reason: str
    column: str | None = None


@dataclass(slots=True)
class BadRows:
    """All that went wrong: how often, and the first thousand in full."""

    total: int = 0
    kept: list[BadRow] = field(default_factory=list)

    def add(self, row: BadRow) -> None:
        self.total += 1
        if len(self.kept) < _KEPT_BAD_ROWS:
            self.kept.append(row)

    def add_lines(self, file: str, lines: pl.Series, reason: str, column: str) -> None:
        """The same trouble on many lines."""
        self.total += len(lines)
        room = max(_KEPT_BAD_ROWS - len(self.kept), 0)
        self.kept += [BadRow(file, line, reason, column) for line in lines.head(room)]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: encoding, delimiter, its column names, and where its rows begin."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    skipped_lines: int


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns of a file as trimmed text (empty is null), and the line of each row.

    `as_of` is the moment it is looked at from; `styles` says how a person wants columns read.
    """

    layout: Layout
    frame: pl.DataFrame
    as_of: datetime | None = None
    styles: Mapping[str, Style] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.layout.path.name


def inspect(path: Path) -> Layout:
    """Find out how the file is written; raises Invalid, with what to do, if it can't be read."""
    try:
        with path.open("rb") as stream:
            encoding = _encoding(stream, path)
            stream.seek(0)
            with io.TextIOWrapper(stream, encoding, errors="replace", newline="") as text:
                return _layout(text, path)
    except FileNotFoundError as error:
        raise Invalid(f"There is no file {path}. Check the name and the folder.") from error
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise Invalid(f"{path} can't be opened: {reason}.") from error


def read(layout: Layout, stream: BinaryIO, wanted: dict[str, str], bad: BadRows) -> Table:
    """The wanted columns (column → new name) of every sound row; others are added to `bad`."""
    places = [(layout.headers.index(column), name) for column, name in wanted.items()]
    names = [name for _, name in places]
    chunks = [_frame([], [], names)]
    cells: list[list[str]] = []
    numbers: list[int] = []
    with io.TextIOWrapper(stream, layout.encoding, errors="replace", newline="") as text:
        for number, row in _rows(_Lines(text, layout.skipped_lines), layout, bad):
            numbers.append(number)
            cells.append([row[place] for place, _ in places])
            if len(cells) == _CHUNK:
                chunks.append(_frame(cells, numbers, names))
                cells, numbers = [], []
    chunks.append(_frame(cells, numbers, names))
    return Table(layout, pl.concat(chunks))


def _frame(cells: list[list[str]], numbers: list[int], names: list[str]) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(names, pl.String)
    frame = pl.DataFrame(cells, schema=schema, orient="row").with_columns(
        pl.all().str.strip_chars().replace("", None)
    )
    return frame.with_columns(pl.Series(LINE, numbers, dtype=pl.Int64))


def _encoding(stream: BinaryIO, path: Path) -> str:
    head = stream.read(4096)
    if not head.strip():
        raise Invalid(f"{path} is empty. Export it again and check that it has a header row.")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Invalid(f"{path} is a workbook or an archive. Save the sheet as CSV and try again.")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\x00" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) < len(head) // 4:
            raise Invalid(f"{path} is not a text file. Export the contacts as CSV and try again.")
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8" if _is_utf8(head, stream) else "cp1252"


def _is_utf8(head: bytes, stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while block := stream.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _layout(text: io.TextIOWrapper, path: Path) -> Layout:
    lines = _Lines(text, 0)
    delimiter, row = None, list[str]()
    for line in lines:
        stated = line.strip().casefold()
        if stated.startswith("sep=") and len(stated) <= 5:
            delimiter = stated[4:] or "\t"
            continue
        if stated:
            lines.give_back([line])
            delimiter = delimiter or _delimiter(line)
            row = next(csv.reader(lines, delimiter=delimiter))
            break
    if delimiter is None or not any(cell.strip() for cell in row):
        raise Invalid(f"{path} has no header row. Export it again with column names.")
    return Layout(path, text.encoding, delimiter, _headers(row), lines.number)


def _delimiter(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _headers(row: list[str]) -> tuple[str, ...]:
    """Column names, made distinct; a nameless column is called by its place."""
    seen: Counter[str] = Counter()
    headers = []
    for place, cell in enumerate(row, start=1):
        name = cell.replace("\ufeff", "").strip() or f"column {place}"
        seen[name] += 1
        headers.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(headers)


class _Lines:
    """A file's lines with their numbers; lines that a stray quote swallowed can be given back."""

    def __init__(self, text: io.TextIOWrapper, skip: int) -> None:
        self._text = text
        self._returned: list[str] = []
        self.number = 0
        self.taken: list[str] = []
        for _ in range(skip):
            next(self)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._text)
        self.number += 1
        self.taken.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        self._returned.extend(reversed(lines))
        self.number -= len(lines)


def _rows(lines: _Lines, layout: Layout, bad: BadRows) -> Iterator[tuple[int, list[str]]]:
    """Every sound row with the line it starts on."""
    reader = csv.reader(lines, delimiter=layout.delimiter)
    width = len(layout.headers)
    while True:
        lines.taken.clear()
        first = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = []
        reason = _fault(row, width, lines.taken)
        if reason is None:
            if any(row):
                yield first, row[:width]
            continue
        bad.add(BadRow(layout.path.name, first, reason))
        lines.give_back(lines.taken[1:])


def _fault(row: list[str], width: int, taken: list[str]) -> str | None:
    if len(taken) > 1 and sum(line.count('"') for line in taken) % 2:
        return "a quotation mark is not closed"
    if not row:
        return None if not "".join(taken).strip() else "the row can't be read"
    if len(row) < width and any(cell.strip() for cell in row):
        return f"the row has {len(row)} cells, the header has {width}"
    if any(cell.strip() for cell in row[width:]):
        return f"the row has {len(row)} cells, the header has {width}"
    return None
