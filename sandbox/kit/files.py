"""Files that are loaded into pretend CRMs: their rows, and what became of them."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

MOST_BAD_ROWS = 1_000  # listed one by one; the rest are only counted


class HistoryError(ValueError):
    """A file that cannot be read at all; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, by its line number in the file, and why; never with its content."""

    line: int
    reason: str


@dataclass(slots=True)
class LoadReport:
    """What became of a file."""

    contacts: int = 0
    deals: int = 0
    later: int = 0  # rows that wait on the agenda
    bad: int = 0
    bad_rows: list[BadRow] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.bad += 1
        if len(self.bad_rows) < MOST_BAD_ROWS:
            self.bad_rows.append(BadRow(line, reason))

    def json(self) -> dict[str, object]:
        """The report as the control API gives it."""
        return {
            "contacts": self.contacts,
            "deals": self.deals,
            "later": self.later,
            "bad": self.bad,
            "bad_rows": [{"line": row.line, "reason": row.reason} for row in self.bad_rows],
            "ignored_columns": self.ignored_columns,
        }


def rows(lines: Iterable[str], required: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and rows of a CSV with a header; delimiter , ; or tab; raises HistoryError."""
    stream = iter(lines)
    header = next(stream, "").removeprefix("\ufeff")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    missing = [name for name in required if name not in names]
    if missing or not names:
        raise HistoryError(
            f"the file needs a header line with the columns {', '.join(required) or 'of an export'}"
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )
    reader = csv.reader(stream, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num + 1, {}
            continue
        if cells:
            yield reader.line_num + 1, dict(zip(names, cells, strict=False))


def text_lines(content: bytes) -> io.StringIO:
    """A file's lines, in whichever encoding spreadsheets save it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return io.StringIO(content.decode("utf-16", "replace"), newline="")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return io.StringIO(text, newline="")


def read_date(text: str) -> datetime:
    """An ISO date (00:00 UTC) or datetime (UTC where it names no zone); raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
