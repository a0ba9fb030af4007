"""Numbers, yes-or-no and addresses out of text columns."""

import polars as pl

_NO = ("false", "no", "n", "0", "off", "none", "null", "nan", "-", "inactive", "f")
_YES = ("true", "yes", "y", "1", "on", "x", "t", "opted in", "opted_in", "subscribed", "granted")
_AMOUNT = r"^[^\w]*[A-Za-z]{0,3}[^\w]*\d[\d.,\s'\u{a0}\u{202f}]*[^\w]*[A-Za-z]{0,3}[^\w]*$"


def parse_numbers(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Amounts as floats, and which texts are none.

    1,234.50 and 1.234,50 both work: a comma followed by one or two digits at the end of any value
    is the decimal mark of the whole column. Brackets mean minus, as bookkeepers write it.
    """
    bare = pl.col("text").str.replace_all(r"[^\d.,()\-]", "")
    frame = column.rename("text").to_frame().with_columns(bare=bare)
    sign = pl.when(pl.col("bare").str.contains(r"^\(.*\)$|^-|-$")).then(-1.0).otherwise(1.0)
    digits = pl.col("bare").str.replace_all(r"[()\-]", "")
    if frame.select(digits.str.contains(r",\d{1,2}$").any()).item():
        digits = digits.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        digits = digits.str.replace_all(",", "", literal=True)
    number = digits.cast(pl.Float64, strict=False) * sign
    number = pl.when(pl.col("text").str.contains(_AMOUNT)).then(number)
    values = frame.select(number.alias("number"))["number"]
    return values, column.is_not_null() & values.is_null()


def is_marked(column: str) -> pl.Expr:
    """True for any text that doesn't say no: a bounce reason marks as well as a yes does."""
    return ~pl.col(column).str.to_lowercase().is_in(_NO).fill_null(value=True)


def is_yes(column: str) -> pl.Expr:
    """True for a clear yes, False for a clear no, else empty: consent is not guessed."""
    word = pl.col(column).str.to_lowercase()
    return pl.when(word.is_in(_YES)).then(True).when(word.is_in(_NO)).then(False)


def address(column: str) -> pl.Expr:
    """An e-mail address in lower case; empty for what is none."""
    text = pl.col(column).str.to_lowercase().str.strip_chars()
    return pl.when(text.str.contains(r"^[^@\s]+@[^@\s]+$")).then(text)
