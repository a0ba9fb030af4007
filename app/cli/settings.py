"""`rekindle settings`: what holds for an account and from where, changes by the operator, and who changed what."""

from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def settings(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    *,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change a setting; may be repeated. Nothing after the = lets it follow the level above.",
        ),
    ] = None,
    agency: Annotated[
        bool,
        typer.Option("--agency", help="What the account's agency says for all its accounts."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What holds for an account, from where each value comes, and who changed what; --set changes it."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.pages.session import operator  # noqa: PLC0415
    from app.reports.account_settings import lines, save, show, to_json  # noqa: PLC0415

    context = compose(environment())
    try:
        if changes:
            save(context, account, changes, agency=agency, by=operator())
        shown = show(context, account, agency=agency)
    finally:
        context.engine.dispose()
    if as_json:
        put(to_json(shown))
        return
    say("\n".join(lines(shown)))
