"""`rekindle serve`: install pages, webhooks, cards and admin pages."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8321,
    processes: Annotated[
        int, typer.Option(min=1, help="Web processes that share the port: as many as cores.")
    ] = 1,
) -> None:
    """The web process: install pages, webhooks, cards, admin pages."""
    from app.serve import serve as run  # noqa: PLC0415

    run(host, port, processes=processes)
