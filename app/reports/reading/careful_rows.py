"""Rows of a CSV text read one by one: a broken row is reported, and its lines are given back for the next."""

import csv
from collections.abc import Iterable, Iterator

from app.reports.reading.bad_rows import BadRow, BadRows

# The longest cell; each quotation mark that is never closed makes the next search shorter.
_LONGEST_CELL = 1 << 28
_SHORTER = 1 << 17
_SHORTEST = 1 << 13
_FEW, _MANY = 3, 300


class Lines:
    """A file's lines with their numbers; lines that a stray quote swallowed can be given back."""

    def __init__(self, text: Iterable[str], skip: int, *, before: int = 0) -> None:
        self._text = iter(text)
        self._returned: list[str] = []
        self.number = before
        self.taken: list[str] = []
        for _ in range(skip):
            next(self)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._text)
        self.number += 1
        self.taken.append(line)
        return line.replace("\x00", "")

    def give_back(self, lines: list[str]) -> None:
        self._returned.extend(reversed(lines))
        self.number -= len(lines)


def careful_rows(
    lines: Lines, *, file: str, delimiter: str, width: int, bad: BadRows
) -> Iterator[tuple[int, list[str] | None]]:
    """Row by row, with the line it starts on; None for a blank one, and for a broken one, which is reported.

    Cells that a short row leaves out are empty.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    unclosed = 0
    csv.field_size_limit(_LONGEST_CELL)
    while True:
        lines.taken.clear()
        first = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = []
            # What it had begun belongs to the next row otherwise.
            reader = csv.reader(lines, delimiter=delimiter)
        reason = _fault(row, width, lines.taken)
        if reason is None:
            filled = any(cell and not cell.isspace() for cell in row)
            yield first, [*row[:width], *[""] * (width - len(row))] if filled else None
            continue
        if len(lines.taken) > 1:
            unclosed += 1
            limit = _LONGEST_CELL if unclosed < _FEW else _SHORTER
            csv.field_size_limit(limit if unclosed < _MANY else _SHORTEST)
        bad.add(BadRow(file, first, reason))
        lines.give_back(lines.taken[1:])
        yield first, None


def _fault(row: list[str], width: int, taken: list[str]) -> str | None:
    if len(taken) > 1 and sum(line.count('"') for line in taken) % 2:
        return "a quotation mark is not closed"
    if not row:
        return None if not "".join(taken).strip() else "the row can't be read"
    if any(cell.strip() for cell in row[width:]):
        return f"the row has {len(row)} cells, the header has {width}"
    return None
