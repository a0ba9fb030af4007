"""`rekindle results`: what came back of outreach, against those who were left alone."""

import sys
from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def results(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    *,
    days: Annotated[
        int,
        typer.Option(help="Days for groups, touches and money: 7, 30, 60 or 90."),
    ] = 30,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """What an account's outreach brought, at 7, 30, 60 and 90 days, beyond what comes back by itself."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.reports.results import tables, words  # noqa: PLC0415
    from app.reports.results.assemble import assemble  # noqa: PLC0415
    from app.reports.results.loading import load  # noqa: PLC0415
    from core.errors import Invalid  # noqa: PLC0415
    from workflows.results.measuring import HORIZONS  # noqa: PLC0415

    if days not in HORIZONS:
        raise Invalid(f"--days is one of {', '.join(map(str, HORIZONS))}.")
    context = compose(environment())
    try:
        found = assemble(load(context, account), days=days)
    finally:
        context.engine.dispose()
    if as_json:
        put(tables.to_json(found))
    elif as_csv:
        tables.write_csv(found, sys.stdout)
    else:
        for line in words.lines(found):
            say(line)
