"""Who is who over the files: an id as written, or an address that stands in for one."""

from collections.abc import Sequence

import polars as pl

from app.reports.reading.reader import Table
from inputs.values.addresses import address
from inputs.values.ids import first_written, plain_id, without_zeros


def keys_of(tables: Sequence[Table]) -> pl.DataFrame:
    """Keys (`key`, `contact_id`) of everybody named, to join events by.

    People keep their id as it is written first. An address beside an id means that id; one without
    any id is an id itself.
    """
    rows = _with_partners([_named(_spellings(table.frame)) for table in tables])
    ids = rows.select(key="plain", contact_id="own")
    addresses = (
        rows.filter(pl.col("address").is_not_null())
        .group_by("address", maintain_order=True)
        .agg(
            own=pl.col("own").drop_nulls().first(),
            spelt=pl.coalesce("contact", "email").first(),
        )
        .select(key="address", contact_id=pl.coalesce("own", "spelt"))
    )
    known = pl.concat([ids, addresses]).drop_nulls()
    return known.unique("key", keep="first", maintain_order=True)


def _with_partners(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all tables; where leading zeros alone tell an id from one of another table, it is that one."""
    rows = pl.concat(table.with_columns(table=pl.lit(place)) for place, table in enumerate(tables))
    rows = rows.with_columns(plain=plain_id(pl.col("own")), own=first_written(rows["own"]))
    if len(tables) == 1:
        return rows
    rows = rows.with_columns(number=without_zeros(pl.col("plain")))
    spellings = rows.group_by("table", "number").agg(spellings=pl.col("plain").n_unique())
    same = spellings.group_by("number").agg(same=pl.col("spellings").max() == 1)
    first = rows.group_by("number", maintain_order=True).agg(shown=pl.col("own").first())
    rows = rows.join(same, on="number", how="left", maintain_order="left").join(
        first, on="number", how="left", maintain_order="left"
    )
    return rows.with_columns(own=pl.when("same").then("shown").otherwise("own"))


def _spellings(frame: pl.DataFrame) -> pl.DataFrame:
    """Each id and address once, in the order of their first rows."""
    present = [name for name in ("contact", "email") if name in frame.columns]
    return frame.select(present).unique(maintain_order=True)


def nameless(table: Table) -> pl.Series:
    """True for rows that name nobody."""
    return _named(table.frame).select(pl.all_horizontal(pl.col("own", "address").is_null()))["own"]


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)
        for name in ("contact", "email")
    )
    inside = address("contact")
    return frame.with_columns(
        own=pl.when(inside.is_null()).then("contact"),
        address=pl.coalesce(inside, address("email")),
    )
