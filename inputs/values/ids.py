"""Ids out of text columns: how a spreadsheet or a script writes them makes no other person of anybody."""

import polars as pl

from inputs.values.cells import unquoted
from inputs.values.unseen import UNSEEN

ROUNDED = "an id that a spreadsheet has rounded"
_ROUNDED = r"(?i)^\d(?:[.,]\d+)?e\+\d+$"
# Spreadsheets keep fifteen digits of a number and write zeros for the others.
_FIFTEEN = r"^[1-9]\d{14}0+$"


def plain_id(text: pl.Expr) -> pl.Expr:
    """The id that 101, 101.0 and ="101" mean alike, leading zeros kept; null where nothing is left of it."""
    bare = unquoted(text.str.replace_all(UNSEEN, "").str.strip_chars()).str.strip_chars()
    bare = bare.str.replace(r"^(\d+)[.,]0+$", "$1")
    return pl.when(bare != "").then(bare)


def without_zeros(text: pl.Expr) -> pl.Expr:
    """A plain id as a spreadsheet leaves it that takes ids for numbers: 00101 is 101.

    Only for a partner in another file: in one file 007 and 7 are two people.
    """
    return plain_id(text).str.replace(r"^0+(\d+)$", "$1")


def zeroless_key(text: pl.Expr) -> pl.Expr:
    """What ids that differ in leading zeros alone have in common, told apart from an id as written."""
    return pl.format("without zeros {}", without_zeros(text))


def as_first_written(text: pl.Expr) -> pl.Expr:
    """The id as its first row writes it, so that people recognise it whatever its other rows make of it."""
    plain = plain_id(text)
    shown = pl.when(plain.is_not_null()).then(unquoted(text.str.strip_chars()))
    return shown.first().over(plain)


def first_written(ids: pl.Series) -> pl.Series:
    """Each id of a column as its first row writes it; worked out once for each spelling there is."""
    spelt = ids.drop_nulls().unique(maintain_order=True).alias("id").to_frame()
    shown = spelt.with_columns(shown=as_first_written(pl.col("id")))
    if shown.select((pl.col("id") == pl.col("shown")).all()).item():
        return ids
    return (
        ids.alias("id").to_frame().join(shown, on="id", how="left", maintain_order="left")["shown"]
    )


def read_ids(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Plain ids, and which were rounded: 1.23457E+11, or more digits than a spreadsheet keeps, all ending in zeros."""
    plain = text.rename("text").to_frame().select(id=plain_id(pl.col("text")))
    cut = plain["id"].str.contains(_FIFTEEN).fill_null(value=False)
    long = plain["id"].str.contains(r"^\d{16,}$").fill_null(value=False)
    all_cut = int(cut.sum()) > 1 and bool((cut == long).all())
    rounded = plain["id"].str.contains(_ROUNDED).fill_null(value=False) | (cut & all_cut)
    values = plain.with_columns(rounded=rounded).select(id=pl.when(~pl.col("rounded")).then("id"))
    return values["id"], rounded
