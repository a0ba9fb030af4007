"""Text columns made into values, with every unreadable cell reported and every doubt noted."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from app.reports.reading.mapping import input_of
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.input import Kind
from inputs.values.column import ReadColumn, read_column
from inputs.values.date_order import DAY_FIRST, MONTH_FIRST, YEAR_FIRST
from inputs.values.style import Doubt, Hints, hints_for
from scoring.summary.audit_summary import Gap

_AS_THE_OTHERS = "as in other columns of the file"
_AS_SEMICOLONS = "as is usual in files with semicolons"
# What a doubt means for the report: what the cells are called, what follows, what helps.
_SAID = {
    "date_order": ("Dates", "Some silences may be off by months", "Export ISO dates"),
    "whole_months": ("Dates", "Silences may be off by some weeks", "Export whole dates"),
    "number_style": ("Numbers", "Amounts may be off by a thousand", "Export plain numbers"),
    "currencies": ("Amounts", "Values are off by the rates", "Convert them to one currency"),
    "rounded_ids": (
        *("Ids", "These contacts are told apart by address or row"),
        "Export again and open the file as text",
    ),
    "neither_yes_nor_no": ("Cells", "Whoever is marked is left alone", "Write yes or no"),
}
_CHOICES = {
    DAY_FIRST: "day first",
    MONTH_FIRST: "month first",
    YEAR_FIRST: "year first",
    "a decimal comma": "decimal comma",
    "a decimal point": "decimal point",
}


def typed(
    table: Table, kinds: Mapping[str, Kind], columns: Mapping[str, str], bad: BadRows
) -> tuple[pl.DataFrame, list[Gap]]:
    """The table with these fields as values of their kind, and what is in doubt.

    The table keeps the currencies that its amounts name.
    A column that leaves its own style open follows those of the same file that prove theirs.
    """
    read = {
        field: _read(table, field, kind, columns, _usual(table)) for field, kind in kinds.items()
    }
    for field, kind in kinds.items():
        hints = _of_the_others(table, field, read)
        if hints is not None:
            read[field] = _read(table, field, kind, columns, hints)
    gaps: list[Gap] = []
    for field, column in read.items():
        _report(table, column.reasons, columns[field], bad)
        gaps += [_gap(columns[field], doubt) for doubt in column.doubts]
    table.currencies += [c.currency for c in read.values() if c.currency is not None]
    return table.frame.with_columns(c.values.alias(field) for field, c in read.items()), gaps


def report(table: Table, where: pl.Series, column: str, reason: str, bad: BadRows) -> None:
    """Add each row where the mask is true to the bad rows."""
    bad.add_lines(table.name, table.frame.filter(where)[LINE], reason, column)


def _read(
    table: Table, field: str, kind: Kind, columns: Mapping[str, str], hints: Hints
) -> ReadColumn:
    chosen = table.styles.get(columns[field])
    known = hints_for(input_of(field), table.as_of)
    told = {
        name: getattr(hints, name) for name in ("day_first", "year_first", "decimal", "because")
    }
    known = replace(known, **told)
    return read_column(kind, table.frame[field], style=chosen, hints=known)


def _usual(table: Table) -> Hints:
    """A file with semicolons was written by a spreadsheet that is set to a European language."""
    if table.layout.delimiter != ";":
        return Hints()
    return Hints(day_first=True, because=_AS_SEMICOLONS)


def _of_the_others(table: Table, field: str, read: Mapping[str, ReadColumn]) -> Hints | None:
    """What the other columns prove, where this one leaves it open and they agree."""
    open_ones = {doubt.key for doubt in read[field].doubts}
    if not open_ones & {"date_order", "number_style"}:
        return None
    others = [column for name, column in read.items() if name != field]
    orders = {c.style.day_first for c in others if not _doubts_its_order(c)} - {None}
    marks = {c.style.decimal for c in others if not _doubted(c, "number_style")} - {None}
    years = any(c.style.year_first for c in others) and "date_order" in open_ones
    usual = _usual(table)
    order = orders.pop() if len(orders) == 1 and "date_order" in open_ones else None
    mark = marks.pop() if len(marks) == 1 and "number_style" in open_ones else None
    if order is None and mark is None and not years:
        return None
    day_first = usual.day_first if order is None else order
    return Hints(day_first=day_first, year_first=years, decimal=mark, because=_AS_THE_OTHERS)


def _doubts_its_order(column: ReadColumn) -> bool:
    """Whether day or month comes first; that the year might does not put this in doubt."""
    orders = (set(doubt.readings) for doubt in column.doubts if doubt.key == "date_order")
    return any(order <= {DAY_FIRST, MONTH_FIRST} for order in orders)


def _doubted(column: ReadColumn, key: str) -> bool:
    return any(doubt.key == key for doubt in column.doubts)


def _report(table: Table, reasons: pl.Series, column: str, bad: BadRows) -> None:
    for reason in reasons.drop_nulls().unique(maintain_order=True):
        report(table, (reasons == reason).fill_null(value=False), column, reason, bad)


def _gap(column: str, doubt: Doubt) -> Gap:
    subject, consequence, fix = _SAID[doubt.key]
    if len(doubt.readings) == 2 and doubt.readings[1] in _CHOICES:
        chosen, other = (_CHOICES[reading] for reading in doubt.readings)
        fix = f'{fix}, or say --read "{column}={other}" (or {chosen})'
    text = f"{subject} in “{column}” {doubt.text}"
    return Gap(f"{doubt.key}:{column}", doubt.count, text, consequence, fix)
