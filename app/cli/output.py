"""Where commands write: results to stdout, everything for the person at the terminal to stderr."""

import json
import sys
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def say(text: str) -> None:
    """A line for the person at the terminal; stdout belongs to results."""
    sys.stderr.write(text + "\n")


def put(result: Any) -> None:
    """A result on stdout, as one line of JSON."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
