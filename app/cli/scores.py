"""`rekindle scores`: whether what the scores foretold is what came."""

from typing import Annotated

import typer

from app.cli.output import AsJson, put, say

scores = typer.Typer(no_args_is_help=True, help="What the scores foretold, held against what came.")


@scores.callback()
def _scores() -> None:
    """What the scores foretold, held against what came."""


@scores.command()
def report(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """An account's report card: foretold beside come, by silence, by priority and by month, with a verdict."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.reports.results.foretold import DAYS, report_card  # noqa: PLC0415
    from app.reports.results.loading import load, people_at  # noqa: PLC0415
    from app.reports.results.tables import report_to_json  # noqa: PLC0415
    from app.reports.results.words import report_lines  # noqa: PLC0415

    context = compose(environment())
    try:
        known = load(context, account)
        card = report_card(known, people_at(known, DAYS))
    finally:
        context.engine.dispose()
    if as_json:
        put({"account": account, "as_of": known.as_of.isoformat(), **report_to_json(card)})
    else:
        for line in report_lines(card):
            say(line)
