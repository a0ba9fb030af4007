"""`rekindle worker`: runs the jobs."""

from typing import Annotated

import typer


def worker(
    burst: Annotated[bool, typer.Option("--burst", help="Stop when the queues are empty.")] = False,
    lanes: Annotated[
        str,
        typer.Option(help="Serve these lanes alone, separated by commas: urgent, changes, bulk."),
    ] = "",
) -> None:
    """A worker: runs the jobs. Start as many as you like; each keeps one process free for what is urgent."""
    from app.compose import environment  # noqa: PLC0415
    from app.worker import lanes_of, work  # noqa: PLC0415

    work(environment(), burst=burst, lanes=lanes_of(lanes))
