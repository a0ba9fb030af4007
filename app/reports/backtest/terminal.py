"""A backtest in the terminal: the verdict, the methods, predicted against observed."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.reports.backtest.run import Judged, Outcome
from app.reports.backtest.sentences import (
    COLUMNS,
    NOT_YET,
    ORIGIN_COLUMNS,
    Group,
    cold_start,
    counts,
    expected,
    groups,
    origins,
    spread,
)
from app.templating import share
from scoring.learn.metrics import CalibrationBin

_BAR = 26


def show(outcome: Outcome, *, out: Path | None, report: Path | None, console: Console) -> None:
    """Print the backtest for a person; the report holds the rest."""
    for judged in outcome.judged:
        _show_track(judged, outcome, console)
    bad = outcome.bad_rows
    for row in bad.kept[:5]:
        place = f", column “{row.column}”" if row.column else ""
        _say(f"  {row.file}, line {row.line}{place}: {row.reason}.", console)
    if bad.total > 5:
        _say(f"  and {bad.total - 5:,} more; --json lists them.", console)
    for reason, columns in outcome.unused.items():
        _say(f"  Not used: {', '.join(columns)}: {reason}.", console)
    for label, path in (("Predictions", out), ("Report", report)):
        if path:
            _say(f"{label}: {path}", console)


def _show_track(judged: Judged, outcome: Outcome, console: Console) -> None:
    console.print()
    if len(outcome.judged) > 1:
        console.rule(judged.words.label, align="left")
    console.print(judged.verdict.sentence, style="bold", highlight=False)
    console.print()
    _say(f"{counts(judged, outcome)} {expected(judged)}", console)
    for group in groups(judged):
        console.print()
        _say(f"{group.label}: {group.note}", console)
        if group.rows:
            console.print(_methods(group))
    console.print(_tenths(judged))
    if judged.origins:
        moments = _table(*ORIGIN_COLUMNS)
        moments.columns[0].justify = "left"
        for row in origins(judged):
            moments.add_row(*row)
        console.print(moments)
        _say(f"{spread(judged) or f'Moments: {NOT_YET}.'}\n", console)
    if cold := cold_start(judged):
        _say(f"{cold}\n", console)


def _say(text: str, console: Console) -> None:
    console.print(text, highlight=False, markup=False)


def _methods(group: Group) -> Table:
    table = _table("Method", *COLUMNS)
    table.columns[0].justify = "left"
    for row in group.rows:
        table.add_row(row.label, *row.cells)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _tenths(judged: Judged) -> Table:
    """Ten groups of people of like chances, each with a bar of what came and a mark for what was said."""
    bins = judged.result.calibration
    top = max(max(part.observed, part.predicted) for part in bins) or 1.0
    table = _table("Tenth", "Predicted", judged.words.came.capitalize(), "95% interval")
    table.add_column(f"█ {judged.words.came} │ predicted", no_wrap=True)
    for place, part in enumerate(bins, start=1):
        table.add_row(
            str(place),
            share(100 * part.predicted),
            share(100 * part.observed),
            f"{100 * part.low:.1f}–{share(100 * part.high)}",
            _bar(part, top),
        )
    return table


def _bar(part: CalibrationBin, top: float) -> Text:
    length, mark = (round(_BAR * value / top) for value in (part.observed, part.predicted))
    cells = list("█" * length + " " * (_BAR + 1 - length))
    bar = Text("".join(cells[:mark]), style="blue")
    bar.append("│", style="bold")
    bar.append("".join(cells[mark + 1 :]).rstrip(), style="blue")
    return bar
