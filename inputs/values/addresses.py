"""E-mail addresses and phone numbers out of text columns: several in a cell, with names around them."""

import polars as pl

from inputs.values.cells import unquoted
from inputs.values.unseen import UNSEEN

_BETWEEN = r"[\s,;<>|\"()\[\]{}\\]+"
_MARKS = r"!#$%&*+/=?^_`{|}~.-"
_ADDRESS = (
    rf"^[\p{{L}}\p{{N}}{_MARKS}][\p{{L}}\p{{N}}'{_MARKS}]*@"
    r"[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$"
)
_FEWEST_DIGITS = 3
_ROUNDED = r"^=?\+?\d(?:[.,]\d+)?e\+?\d+$"


def addresses(column: str) -> pl.Expr:
    """All e-mail addresses of a cell, in lower case, in order; an empty list where there is none."""
    text = pl.col(column).str.replace_all(UNSEEN, "").str.to_lowercase()
    parts = text.str.replace_all(_BETWEEN, " ").str.strip_chars().str.split(" ")
    bare = parts.list.eval(
        pl.element()
        .str.replace(r"^(?:mailto:|smtp:|e-?mail:)+", "")
        .str.replace(r"\?.*$", "")
        .str.strip_chars("'`.:")
    )
    return bare.list.eval(pl.element().filter(pl.element().str.contains(_ADDRESS)))


def address(column: str) -> pl.Expr:
    """The first e-mail address of a cell, in lower case; empty where there is none."""
    simple = unquoted(pl.col(column)).str.strip_chars().str.to_lowercase()
    return (
        pl.when(simple.str.contains(_ADDRESS))
        .then(simple)
        .otherwise(addresses(column).list.first())
    )


def phone(column: str) -> pl.Expr:
    """The first number of a cell as it is written; empty where no number is, or a spreadsheet has rounded it."""
    text = unquoted(pl.col(column).str.replace_all(UNSEEN, "").str.strip_chars())
    text = text.str.replace(r"^(\+?\d{6,})[.,]0$", "$1")
    parts = text.str.split(by=";").list.eval(
        pl.element().str.replace_all(r"[\n\r|,]|\s+/\s+|\s(?:or|oder|ou|o|of|und|and)\s", "\n")
    )
    numbers = parts.list.join("\n").str.split("\n").list.eval(
        pl.element().str.strip_chars().filter(
            (pl.element().str.count_matches(r"\d") >= _FEWEST_DIGITS)
            & ~pl.element().str.to_lowercase().str.contains(_ROUNDED)
        )
    )  # fmt: skip
    return numbers.list.first()
