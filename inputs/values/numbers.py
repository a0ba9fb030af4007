"""Numbers and amounts out of text columns."""

import polars as pl

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
