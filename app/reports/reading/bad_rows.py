"""Rows and cells that could not be used: where and why, never what stands there."""

from dataclasses import dataclass, field

import polars as pl

_KEPT = 1_000


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
        if len(self.kept) < _KEPT:
            self.kept.append(row)

    def add_lines(self, file: str, lines: pl.Series, reason: str, column: str) -> None:
        """The same trouble on many lines."""
        self.total += len(lines)
        room = max(_KEPT - len(self.kept), 0)
        self.kept += [BadRow(file, line, reason, column) for line in lines.head(room)]
