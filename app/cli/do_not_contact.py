"""`rekindle do-not-contact`: an account's own list of addresses, numbers and domains that are never contacted."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def do_not_contact(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    file: Annotated[
        Path, typer.Argument(help="A text or CSV file of addresses, numbers and domains.")
    ],
    *,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take what the file names off the list instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put what a file names on the account's do-not-contact list; only salted hashes of it are kept."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.pages.session import operator  # noqa: PLC0415
    from app.reports.do_not_contact import count, take_file, to_json, told  # noqa: PLC0415

    context = compose(environment())
    try:
        taken = take_file(context, account, file, by=operator(), remove=remove)
        entries = count(context, account)
    finally:
        context.engine.dispose()
    if as_json:
        put(to_json(taken, entries))
    else:
        say(told(taken, removed=remove))
