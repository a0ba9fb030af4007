"""One audit from files to screen, JSON and report, with progress and questions where somebody watches."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
import typer
from rich.console import Console

from app.reports.audit.assemble import Audit, Files, run_audit
from app.reports.audit.render import render_report
from app.reports.audit.terminal import show
from app.reports.reading.mapping import ASKED, parse_map
from app.reports.reading.opening import opener
from app.reports.reading.styles import parse_styles
from core.clock import SystemClock
from core.errors import Invalid
from inputs.activity_kinds import parse_kinds
from scoring.score import ScoreSettings


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    contacts_csv: Path
    activities: Path | None
    purchases: Path | None
    as_of: str | None
    out: Path | None
    as_json: bool
    column_map: tuple[str, ...]
    kind_map: tuple[str, ...]
    styles: tuple[str, ...]
    currency: str | None
    typical_sale: float | None
    prepared_for: str


def perform(request: Request) -> None:
    """Run the audit and show it; raises typer.Exit(2) with the reason on stderr when it cannot."""
    try:
        done = run_audit(
            Files(
                request.contacts_csv,
                request.activities,
                request.purchases,
                parse_map(request.column_map),
                parse_kinds(request.kind_map),
                parse_styles(request.styles),
            ),
            as_of=read_moment(request.as_of) if request.as_of else SystemClock().now(),
            settings=ScoreSettings(typical_sale=request.typical_sale),
            currency=request.currency.upper() if request.currency else None,
            opener=opener(),
            ask=_ask if sys.stdin.isatty() else None,
        )
        report = request.out
        if report:
            _write(report, done, request.prepared_for)
    except Invalid as error:
        typer.echo(f"rekindle audit: {error.message}", err=True)
        raise typer.Exit(2) from error
    if request.as_json:
        answer = done.to_json() | {"report": str(report) if report else None}
        sys.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(done, report=report, console=Console())


def read_moment(text: str) -> datetime:
    """A day (its first moment, UTC) or an ISO time; raises Invalid for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(f"--as-of takes a date such as 2026-01-31, not {text!r}.") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _write(report: Path, done: Audit, prepared_for: str) -> None:
    page = render_report(
        done.summary, title="Database audit", prepared_for=prepared_for, audit=done
    )
    try:
        report.write_text(page, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise Invalid(f"The report can't be written to {report}: {reason}.") from error


def _ask(headers: Sequence[str], known: dict[str, str]) -> dict[str, str]:
    """Ask which column holds each important field that isn't known yet."""
    typer.echo("This file is not a known export. Its columns:", err=True)
    for number, header in enumerate(headers, start=1):
        typer.echo(f"  {number:>3}  {header}", err=True)
    answers: dict[str, str] = {}
    for field, meaning in ASKED.items():
        if field in known:
            continue
        question = f"Which number is {meaning}? (0 for none)"
        choice = typer.prompt(question, default=0, err=True, type=int)
        if 0 < choice <= len(headers):
            answers[field] = headers[choice - 1]
    return answers
