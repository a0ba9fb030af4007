"""`rekindle stop` and `rekindle go`: the kill switch for one account or for everything, in the operator's name."""

from typing import Annotated

import typer

from app.cli.output import AsJson, put, say

Whose = Annotated[
    str | None,
    typer.Argument(help="The account's id, as log lines name it; without one, every account."),
]
Because = Annotated[str, typer.Option(help="Why: it stands in the decision log.")]


def stop(
    account: Whose = None, *, because: Because = "No reason given", as_json: AsJson = False
) -> None:
    """Stop asking for touches, of one account or of all, within seconds; who is in a workflow stays the CRM's."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.pages.session import operator  # noqa: PLC0415
    from app.reports.stopping import lines, show, stop_all  # noqa: PLC0415

    context = compose(environment())
    try:
        stop_all(context, account, by=operator(), reason=because)
        shown = show(context, account)
    finally:
        context.engine.dispose()
    if as_json:
        put(shown)
    else:
        say("\n".join(lines(shown)))


def go(
    account: Whose = None,
    *,
    programme: Annotated[
        str | None, typer.Option(help="A programme of the account that stands still by itself.")
    ] = None,
    because: Because = "No reason given",
    as_json: AsJson = False,
) -> None:
    """Let an account, one of its programmes, or everything go on after it was stopped."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.pages.session import operator  # noqa: PLC0415
    from app.reports.stopping import let_all_go, lines, show  # noqa: PLC0415

    context = compose(environment())
    try:
        let_all_go(context, account, programme, by=operator(), reason=because)
        shown = show(context, account)
    finally:
        context.engine.dispose()
    if as_json:
        put(shown)
    else:
        say("\n".join(lines(shown)))
