"""Text columns made into values, with every unreadable cell reported and every doubt noted."""

from collections.abc import Mapping, Sequence

import polars as pl

from app.reports.reading.reader import LINE, BadRow, BadRows, Table
from inputs.values.dates import parse_dates
from inputs.values.numbers import parse_numbers
from scoring.summary.audit_summary import Gap


def with_dates(
    table: Table, fields: Sequence[str], columns: Mapping[str, str], bad: BadRows
) -> tuple[pl.DataFrame, list[Gap]]:
    """The table with its date fields as moments; a doubtful column follows one that isn't."""
    frame = table.frame
    guess = table.layout.delimiter == ";"  # written by a spreadsheet set to a European language
    orders: dict[str, bool] = {}
    parsed = {}
    for field in fields:
        dates = parse_dates(frame[field], day_first=guess)
        parsed[field] = dates
        if dates.settled and dates.day_first is not None:
            orders[field] = dates.day_first
    doubtful = [field for field, dates in parsed.items() if not dates.settled]
    order = next(iter(orders.values()), guess)
    for field in doubtful:
        parsed[field] = parse_dates(frame[field], day_first=order)
    for field, dates in parsed.items():
        report(table, dates.unread, columns[field], "not a readable date", bad)
    gaps = [_doubt(columns[field], order, parsed[field].values) for field in doubtful]
    return frame.with_columns(parsed[field].values.alias(field) for field in fields), gaps


def with_numbers(
    table: Table,
    frame: pl.DataFrame,
    fields: Sequence[str],
    columns: Mapping[str, str],
    bad: BadRows,
) -> pl.DataFrame:
    """The frame with its number fields as floats."""
    for field in fields:
        values, unread = parse_numbers(frame[field])
        report(table, unread, columns[field], "not a readable number", bad)
        frame = frame.with_columns(values.alias(field))
    return frame


def report(table: Table, where: pl.Series, column: str, reason: str, bad: BadRows) -> None:
    """Add each row where the mask is true to the bad rows."""
    for line in table.frame.filter(where)[LINE]:
        bad.add(BadRow(table.name, line, reason, column))


def _doubt(column: str, day_first: bool, values: pl.Series) -> Gap:
    order = "day/month/year" if day_first else "month/day/year"
    return Gap(
        f"date_order:{column}",
        int(values.is_not_null().sum()),
        f"Dates in “{column}” could be read in two orders. Read as {order}.",
        "Some silences may be off by months",
        "Export ISO dates",
    )
