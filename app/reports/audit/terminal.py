"""An audit in the terminal: the finding, the bands, the segments, and what the data can't tell."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from app.reports.audit.assemble import Audit
from app.templating import money, number, sale_basis, share
from scoring.summary.audit_summary import AuditSummary


def show(audit: Audit, *, report: Path | None, console: Console) -> None:
    """Print the audit for a person; the report holds the rest."""
    summary = audit.summary
    console.print()
    console.print(summary.finding, style="bold", highlight=False)
    console.print(_bands(summary))
    if summary.segments:
        console.print(_segments(summary))
    _say_value(summary, console)
    for gap in summary.gaps:
        count = "" if gap.count is None else f"{gap.count:,}  "
        console.print(f"  {count}{gap.text} {gap.consequence}.", highlight=False, markup=False)
    for row in audit.bad_rows.kept[:5]:
        place = f", column “{row.column}”" if row.column else ""
        console.print(
            f"  {row.file}, line {row.line}{place}: {row.reason}.", highlight=False, markup=False
        )
    if audit.bad_rows.total > 5:
        console.print(f"  and {audit.bad_rows.total - 5:,} more; --json lists them.")
    for reason, columns in audit.unused.items():
        console.print(f"  Not used: {', '.join(columns)}: {reason}.", highlight=False, markup=False)
    if report:
        console.print(f"\nReport: {report}", highlight=False, markup=False)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=bool(place))
    return table


def _bands(summary: AuditSummary) -> Table:
    table = _table("Last heard from", "Contacts", "Share", "Leads", "Customers")
    for place, part in enumerate(summary.bands):
        tracks = (track.bands[place].count for track in summary.tracks)
        table.add_row(part.label, number(part.count), share(part.share), *map(number, tracks))
    return table


def _segments(summary: AuditSummary) -> Table:
    table = _table("Segment", "Contacts", "Reachable", "Sale", "At 5%", "At 10%")
    value = summary.value
    for row in summary.segments:
        estimate = row.value
        table.add_row(
            row.label,
            number(row.contacts),
            number(row.reachable),
            money(row.typical_sale, value.currency),
            money(estimate.rounded_at_5 if estimate else None, value.currency, value.unit),
            money(estimate.rounded_at_10 if estimate else None, value.currency, value.unit),
        )
    return table


def _say_value(summary: AuditSummary, console: Console) -> None:
    value = summary.value
    if value.estimate:
        low = money(value.estimate.rounded_at_5, value.currency, value.unit)
        high = money(value.estimate.rounded_at_10, value.currency, value.unit)
        console.print(
            f"If 5 to 10% of the {value.reachable:,} reachable people come back: {low} to {high} "
            "(planning range, not a forecast).\n",
            highlight=False,
        )
    if value.basis:
        console.print(
            f"A typical sale: {sale_basis(value.basis, value.currency)}.\n", highlight=False
        )
    if summary.manual_advised:
        console.print(
            f"{summary.dormant['d90']:,} dormant contacts are few enough to write to by hand; "
            "the report lists them.\n",
            highlight=False,
        )
