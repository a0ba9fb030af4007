"""E-mail addresses out of text columns."""

import polars as pl


def address(column: str) -> pl.Expr:
    """An e-mail address in lower case; empty for what is none."""
    text = pl.col(column).str.to_lowercase().str.strip_chars()
    return pl.when(text.str.contains(r"^[^@\s]+@[^@\s]+$")).then(text)
