"""One backtest from files to screen, JSON, CSV and report, with progress where somebody watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import typer
from rich.console import Console

from app.reports.backtest.answer import to_json
from app.reports.backtest.history import Files
from app.reports.backtest.predictions import write_predictions
from app.reports.backtest.render import render_report
from app.reports.backtest.run import ColdStartWish, Outcome, Tell, backtest_files
from app.reports.backtest.terminal import show
from app.reports.backtest.tracks import Split, read_day
from app.reports.reading.mapping import parse_map
from app.reports.reading.opening import opener
from app.reports.reading.styles import parse_styles
from core.clock import stopwatch
from core.errors import Invalid
from inputs.activity_kinds import parse_kinds


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    purchases: Path | None
    activities: Path | None
    calibration_end: str
    holdout_days: int
    out: Path | None
    as_json: bool
    report: Path | None
    fit_customers: int | None
    draws: int
    origins: int
    column_map: tuple[str, ...]
    kind_map: tuple[str, ...]
    styles: tuple[str, ...]


def perform(request: Request) -> None:
    """Run it and show it; raises typer.Exit(2) with the reason on stderr when it cannot."""
    seconds = stopwatch()
    try:
        outcome = _run(request)
        _write(request, outcome)
    except Invalid as error:
        typer.echo(f"rekindle backtest: {error.message}", err=True)
        raise typer.Exit(2) from error
    for warning in outcome.warnings:
        typer.echo(f"rekindle backtest: {warning}", err=True)
    if request.as_json:
        answer = to_json(outcome) | {
            "seconds": round(seconds(), 3),
            "out": str(request.out) if request.out else None,
            "report": str(request.report) if request.report else None,
        }
        sys.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(outcome, out=request.out, report=request.report, console=Console())


def _run(request: Request) -> Outcome:
    files = Files(
        request.purchases,
        request.activities,
        parse_map(request.column_map),
        parse_kinds(request.kind_map),
        parse_styles(request.styles),
    )
    for path in (request.out, request.report):
        if path and any(path.resolve() == given.resolve() for given in files.named.values()):
            raise Invalid(f"{path} is read from: choose another name to write to.")
    cold = None
    if request.fit_customers is not None:
        cold = ColdStartWish(request.fit_customers, request.draws)
    split = Split(read_day(request.calibration_end), request.holdout_days)
    with _progress() as tell:
        return backtest_files(
            files, split, cold, origins=request.origins, opener=opener(), tell=tell
        )


def _write(request: Request, outcome: Outcome) -> None:
    path = request.out
    try:
        if path := request.out:
            write_predictions(outcome.judged, path)
        if path := request.report:
            name = (request.purchases or request.activities or path).stem
            path.write_text(render_report(outcome, prepared_for=name), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise Invalid(f"{path} can't be written: {reason}. Choose another place.") from error


@contextmanager
def _progress() -> Iterator[Tell]:
    """Says on stderr what is being done, if somebody watches; files have a bar of their own."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield lambda _: None
        return
    status = screen.status("")

    def tell(doing: str) -> None:
        status.update(doing)
        status.start()

    try:
        yield tell
    finally:
        status.stop()
