"""`rekindle models`: the versions of an account's model, how well each foretold, and the way back to an earlier one."""

from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def models(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    roll_back: Annotated[
        int | None, typer.Option("--roll-back", help="Make this former champion the champion.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The versions of an account's model: which is in use, and how well each foretold what it did not know."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.reports.model_versions import lines, list_versions, to_json  # noqa: PLC0415
    from app.reports.model_versions import roll_back as go_back  # noqa: PLC0415

    context = compose(environment())
    found = list_versions(context, account)
    if roll_back is not None:
        go_back(context, account, roll_back)
        found = list_versions(context, account)
    if as_json:
        put({"account": account, "versions": [to_json(version) for version in found]})
        return
    for version in found:
        say("\n".join(lines(version)))
    if not found:
        say("Not scored yet: the first version comes with the first scoring.")
