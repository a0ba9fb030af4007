"""How a file is written: its encoding, its delimiter, its column names, and where its rows begin."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.reports.reading.careful_rows import Lines
from app.reports.reading.encodings import find_encoding
from core.errors import Invalid
from inputs.values.unseen import UNSEEN

_DELIMITERS = ",;\t|"


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
    delimiter, row = None, list[str]()
    for line in lines:
        stated = _visible(line).casefold()
        if stated.startswith("sep=") and len(stated) <= 5:
            delimiter = stated[4:] or "\t"
            continue
        if stated:
            lines.give_back([line])
            delimiter = delimiter or _delimiter(line)
            row = next(csv.reader(lines, delimiter=delimiter))
            break
    if delimiter is None or not any(_visible(cell) for cell in row):
        raise Invalid(f"{path} has no header row. Export it again with column names.")
    names = tuple(_visible(cell) or f"column {place}" for place, cell in enumerate(row, start=1))
    return Layout(path, text.encoding, delimiter, _distinct(names), lines.number, names)


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
