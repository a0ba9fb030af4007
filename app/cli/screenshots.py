"""`rekindle screenshots`: writes a picture of every page."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import AsJson, put, say


def screenshots(
    out: Annotated[Path, typer.Option(help="A folder for the pictures; it is made.")],
    guide: Annotated[
        bool, typer.Option("--guide", help="Those of the admin's guide alone, one of each page.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a picture of every page, in each state of an account, wide and narrow, light and dark."""
    from app.lab.screenshots import take_guide, take_pictures  # noqa: PLC0415  the whole product

    take = take_guide if guide else take_pictures
    taken = take(out, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put([asdict(one) for one in taken])
    else:
        say(f"{len(taken)} pictures are in {out}.")
