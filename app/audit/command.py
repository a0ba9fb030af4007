"""`rekindle audit`: who has gone quiet in a contact export, on screen, as JSON and as a report."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.audit.assemble import Audit, Files, run_audit
from app.audit.mapping import ASKED, parse_map
from app.audit.render import render_report
from app.audit.terminal import show
from core.clock import SystemClock
from core.errors import Invalid
from scoring.score import ScoreSettings

DEFAULT_REPORT = Path("rekindle-audit.html")
# Below this size a file is read before a progress bar could be seen.
_LONG_FILE = 5_000_000

app = typer.Typer(add_completion=False)


@app.command()
def audit(
    contacts_csv: Annotated[
        Path, typer.Argument(metavar="CONTACTS.csv", help="A contact export of your CRM.")
    ],
    *,
    activities: Annotated[
        Path | None,
        typer.Option(help="Activities: contact id or email, date, type, direction, outcome."),
    ] = None,
    purchases: Annotated[
        Path | None, typer.Option(help="Purchases: customer_id or email, date, quantity, amount.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Look at the data as of this day (default: now)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=f"Where the report goes (default: {DEFAULT_REPORT}).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; a report only with --out.")
    ] = False,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column means; may be repeated."),
    ] = None,
    currency: Annotated[str, typer.Option(help="Currency of the amounts.")] = "USD",
    typical_sale: Annotated[
        float | None, typer.Option(min=0, help="A typical sale, where none is on record.")
    ] = None,
    prepared_for: Annotated[str, typer.Option(help="The name on the report.")] = "",
) -> None:
    """Find the dormant contacts in a CSV export: how many, how long, and what they may be worth."""
    try:
        done = run_audit(
            Files(contacts_csv, activities, purchases, parse_map(column_map or [])),
            as_of=read_moment(as_of) if as_of else SystemClock().now(),
            settings=ScoreSettings(currency=currency.upper(), typical_sale=typical_sale),
            opener=_opener(),
            ask=_ask if sys.stdin.isatty() else None,
        )
        report = out or (None if as_json else DEFAULT_REPORT)
        if report:
            _write(report, done, prepared_for or contacts_csv.stem)
    except Invalid as error:
        typer.echo(f"rekindle audit: {error.message}", err=True)
        raise typer.Exit(2) from error
    if as_json:
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


def _opener() -> Callable[[Path], AbstractContextManager[BinaryIO]]:
    """Open files for reading, with a progress bar on stderr for long ones if somebody watches."""

    @contextmanager
    def open_with_progress(path: Path) -> Iterator[BinaryIO]:
        size, screen = path.stat().st_size, Console(stderr=True)
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=screen,
            transient=True,
            disable=size < _LONG_FILE or not screen.is_terminal,
        )
        with bar, path.open("rb") as stream:
            task = bar.add_task(f"Reading {path.name}", total=size)
            yield bar.wrap_file(stream, task_id=task)

    return open_with_progress


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
