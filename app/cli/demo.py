"""`rekindle demo`: the main job, end to end, against a pretend CRM."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, put, say
from connector.registry import DEFAULT_PROVIDER, PROVIDERS


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when the main job is done.")] = False,
    approve: Annotated[
        bool,
        typer.Option(
            "--approve", help="Approve the dry run and the first wave too, though somebody watches."
        ),
    ] = False,
    days: Annotated[
        int,
        typer.Option(help="Let so many virtual days pass afterwards, and print what came of it."),
    ] = 0,
    as_json: AsJson = False,
    crm: Annotated[
        str, typer.Option(help=f"Which pretend CRM: {', '.join(PROVIDERS)} or both.")
    ] = DEFAULT_PROVIDER,
    purchases: Annotated[
        Path | None,
        typer.Option(help="Real history instead: CSV of customer_id,date,quantity,amount."),
    ] = None,
    contacts: Annotated[
        Path | None, typer.Option(help="Real contacts instead: a CSV export of a CRM.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="The virtual present, e.g. 1997-10-01 (00:00 UTC); of --contacts today if not said."
        ),
    ] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="Address of a sandbox that is running already.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder for the database, kept afterwards.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of Rekindle's own pages.")] = None,
) -> None:
    """The main job, end to end: install by OAuth, read, score, write back, start the workflow, read it back.

    At a terminal it stops at the dry run and says what to look at in which order, unless --once, --approve, --days or
    --json is given; it then keeps running until Ctrl-C.
    """
    from app.lab.demo import DemoOptions, run_demo  # noqa: PLC0415  loads the whole product

    options = DemoOptions(
        once=once,
        stops_at_dry_run=not (once or approve or days or as_json) and _is_watched(),
        days=days,
        crm=crm,
        as_json=as_json,
        purchases=purchases,
        contacts=contacts,
        as_of=as_of,
        sandbox=sandbox,
        data=data,
        port=port,
    )
    sys.exit(run_demo(options, put=put, say=say))


def _is_watched() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
