"""Yes and no out of text columns."""

import polars as pl

_NO = ("false", "no", "n", "0", "off", "none", "null", "nan", "-", "inactive", "f")
_YES = ("true", "yes", "y", "1", "on", "x", "t", "opted in", "opted_in", "subscribed", "granted")


def is_marked(column: str) -> pl.Expr:
    """True for any text that doesn't say no: a bounce reason marks as well as a yes does."""
    return ~pl.col(column).str.to_lowercase().is_in(_NO).fill_null(value=True)


def is_yes(column: str) -> pl.Expr:
    """True for a clear yes, False for a clear no, else empty: consent is not guessed."""
    word = pl.col(column).str.to_lowercase()
    return pl.when(word.is_in(_YES)).then(True).when(word.is_in(_NO)).then(False)
