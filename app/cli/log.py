"""`rekindle log`: what was decided about an account's contacts, by whom, by which rule and on what evidence."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def log(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    *,
    contact: Annotated[
        str | None, typer.Option(help="One contact's entries alone, by its id in the CRM.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """The decision log of an account, the oldest entry first; nothing in it can be changed."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.reports import decision_log  # noqa: PLC0415

    context = compose(environment())
    try:
        pages = decision_log.read(context, account, contact)
        if as_json:
            put({"account": account, "entries": [line for page in pages for line in page]})
        elif as_csv:
            decision_log.write_csv(pages, sys.stdout)
        else:
            _tell(line for page in pages for line in decision_log.lines(page))
    finally:
        context.engine.dispose()


def _tell(lines: Iterator[str]) -> None:
    first = next(lines, "Nothing has been decided yet.")
    say(first)
    for line in lines:
        say(line)
