"""Who is who over the files: an id as written, or an address that stands in for one."""

from collections.abc import Sequence

import polars as pl

from app.reports.reading.reader import Table
from inputs.values.addresses import address


def keys_of(tables: Sequence[Table]) -> pl.DataFrame:
    """Keys (`key`, `contact_id`) of everybody named, to join events by.

    People keep their id as it is written first. An address beside an id means that id; one without
    any id is an id itself.
    """
    rows = pl.concat(_named(table.frame) for table in tables)
    ids = rows.select(key="own", contact_id="own")
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
