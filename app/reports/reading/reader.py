"""CSV files as they come: any usual encoding and delimiter, broken rows reported and left out."""

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

import polars as pl

from app.reports.reading.bad_rows import BadRow, BadRows
from app.reports.reading.careful_rows import Lines, careful_rows
from app.reports.reading.layout import Layout, inspect
from app.reports.reading.sound_rows import sound_rows
from inputs.values.style import Style

__all__ = ["LINE", "BadRow", "BadRows", "Layout", "Table", "inspect", "read"]

LINE = "_line"
_BLOCK = 1 << 22
_FIRST = 1 << 14
_CHUNK = 20_000
_LOST = "\ufffd"
LOST_CHARACTERS = "characters that the file has lost"


@dataclass(slots=True)
class Table:
    """The wanted columns of a file as trimmed text (empty is null), and the line of each row.

    `as_of` is the moment it is looked at from; `styles` says how a person wants columns read; `currencies` are
    those that the amounts in it name, once they are read.
    """

    layout: Layout
    frame: pl.DataFrame
    as_of: datetime | None = None
    styles: Mapping[str, Style] = field(default_factory=dict)
    currencies: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.layout.path.name

    def let_go(self) -> None:
        """Keep the numbers of the lines alone, once the text has been read: it needs most of the memory."""
        self.frame = self.frame.select(LINE)


def read(
    layout: Layout,
    stream: BinaryIO,
    wanted: dict[str, str],
    bad: BadRows,
    *,
    block: int = _BLOCK,
) -> Table:
    """The wanted columns (column → new name) of every sound row; others are added to `bad`.

    Where the file has further columns of the same name, the first of them that is filled counts.
    `block` is how many bytes are taken at once; what is read is the same with any.
    """
    places = {
        name: [layout.headers.index(same) for same in _sources(layout, column, wanted)]
        for column, name in wanted.items()
    }
    chunks = [_named(_no_rows(layout), places)]
    chunks += [_named(rows, places) for rows in _parts(layout, stream, places, bad, block)]
    table = Table(layout, _in_one(chunks))
    for column, name in wanted.items():
        lost = table.frame[name].str.contains(_LOST, literal=True).fill_null(value=False)
        if lost.any():
            bad.add_lines(table.name, table.frame.filter(lost)[LINE], LOST_CHARACTERS, column)
    return table


def _in_one(chunks: list[pl.DataFrame]) -> pl.DataFrame:
    """The chunks below each other, column by column: each is in memory twice for a moment, never all of them."""
    columns = []
    for name in chunks[0].columns:
        parts = [chunk.drop_in_place(name) for chunk in chunks]
        columns.append(pl.concat(parts, rechunk=True))
    return pl.DataFrame(columns)


def _sources(layout: Layout, column: str, wanted: Mapping[str, str]) -> list[str]:
    """The column and its namesakes, less those that are wanted for themselves."""
    return [same for same in layout.namesakes(column) if same == column or same not in wanted]


def _parts(
    layout: Layout,
    stream: BinaryIO,
    places: Mapping[str, Sequence[int]],
    bad: BadRows,
    block: int,
) -> Iterator[pl.DataFrame]:
    """The file's rows, part by part, in columns named by their place: quickly where it is sound, else with care."""
    needed = sorted({place for some in places.values() for place in some})
    texts = _Texts(_whole_lines(stream, layout.encoding, block))
    skip = layout.skipped_lines
    for text in texts:
        rows = None if skip else sound_rows(text, layout, needed, first_line=texts.before + 1)
        if rows is None:
            lines = Lines(texts.lines(text), skip, before=texts.before)
            yield from _careful(lines, texts, layout, needed, bad)
            skip = 0
        else:
            yield rows


class _Texts:
    """The parts of a file with the numbers of their lines; a row that begins in one may end in a later one."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.before = self.end = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self.before, self.end = self.end, self.end + _line_count(text)
        return text

    def lines(self, text: str) -> Iterator[str]:
        """The lines of this part and, as far as they are asked for, of those behind it."""
        yield from io.StringIO(text, newline="")
        for further in self:
            yield from io.StringIO(further, newline="")


def _line_count(text: str) -> int:
    """Lines as the careful reader counts them: they end in a line feed, a carriage return or both."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return ends + (not text.endswith(("\n", "\r")))


def _whole_lines(stream: BinaryIO, encoding: str, size: int) -> Iterator[str]:
    """The text in parts that end with a line and outside of quotation marks, without NULs.

    The first is short: the header and what little comes with it, for it is read with care.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    waiting: list[str] = []
    is_open = False
    taken = min(size, _FIRST)
    while block := stream.read(taken):
        text = decoder.decode(block).replace("\x00", "")
        cut = _last_end(text, is_open=is_open)
        if cut:
            yield "".join([*waiting, text[:cut]])
            waiting, text, is_open, taken = [], text[cut:], False, size
        waiting.append(text)
        is_open ^= text.count('"') % 2 == 1
    rest = "".join([*waiting, decoder.decode(b"", final=True)]).replace("\x00", "")
    if rest:
        yield rest


def _last_end(text: str, *, is_open: bool) -> int:
    """Where the last line ends that leaves no quotation open; 0 for nowhere."""
    quotes = text.count('"') + is_open
    end = len(text)
    while (end := text.rfind("\n", 0, end)) >= 0:
        behind = text.count('"', end)
        if (quotes - behind) % 2 == 0:
            return end + 1
    return 0


def _careful(
    lines: Lines, texts: _Texts, layout: Layout, needed: list[int], bad: BadRows
) -> Iterator[pl.DataFrame]:
    """Row by row until one ends where a part of the file does."""
    cells: list[list[str]] = []
    numbers: list[int] = []
    width = len(layout.headers)
    rows = careful_rows(
        lines, file=layout.path.name, delimiter=layout.delimiter, width=width, bad=bad
    )
    for number, row in rows:
        if row is not None:
            numbers.append(number)
            cells.append([row[place] for place in needed])
        if len(cells) == _CHUNK:
            yield _frame(cells, numbers, needed)
            cells, numbers = [], []
        if lines.number == texts.end:
            break
    yield _frame(cells, numbers, needed)


def _frame(cells: list[list[str]], numbers: list[int], needed: list[int]) -> pl.DataFrame:
    schema: dict[str, type[pl.DataType]] = {str(place): pl.String for place in needed}
    frame = pl.DataFrame(cells, schema=schema, orient="row")
    return frame.with_columns(pl.Series(LINE, numbers, dtype=pl.Int64))


def _no_rows(layout: Layout) -> pl.DataFrame:
    return _frame([], [], list(range(len(layout.headers))))


def _named(rows: pl.DataFrame, places: Mapping[str, Sequence[int]]) -> pl.DataFrame:
    trimmed = {
        place: pl.col(str(place)).str.strip_chars().replace("", None)
        for some in places.values()
        for place in some
    }
    return rows.select(
        *(
            pl.coalesce(trimmed[place] for place in some).alias(name)
            for name, some in places.items()
        ),
        LINE,
    )
