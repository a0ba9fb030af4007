"""Options that say how files are read, the same in each command that reads some."""

from typing import Annotated

import typer

ColumnMap = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="COLUMN=FIELD", help="What a column means; may be repeated."),
]
Styles = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        metavar="COLUMN=STYLE",
        help="How a column is written that can be read two ways: day first, month first, year first, "
        "decimal comma or decimal point; may be repeated.",
    ),
]
KindMap = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="WORDS=KIND",
        help='What a type of activity means, e.g. "Portal login=visit"; may be repeated.',
    ),
]
