"""`rekindle sandbox`: the pretend CRMs alone."""

import os
import sys

import typer


def sandbox(context: typer.Context) -> None:
    """The pretend CRMs alone: rekindle sandbox --port P (see --help for more)."""
    # A process of its own that shares no code with the product: it takes this one's place.
    arguments = [sys.executable, "-m", "sandbox", *context.args]
    os.execv(sys.executable, arguments)  # noqa: S606
