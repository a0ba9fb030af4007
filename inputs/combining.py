"""Several sources of one input made into one: which of their values counts."""

from collections.abc import Mapping, Sequence

import polars as pl

from inputs.catalogue import BY_NAME
from inputs.input import Kind


def combined(frame: pl.DataFrame, sources: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The frame with each input's typed columns, in order, made into one that is called like the input.

    A mark in any of them counts, one no outweighs every yes, the latest of last dates and the earliest of first
    ones; tags are all kept; of everything else the first that is filled.
    """
    return frame.with_columns(
        _one(name, columns).alias(name) for name, columns in sources.items() if columns
    )


def _one(name: str, columns: Sequence[str]) -> pl.Expr:
    kind = BY_NAME[name].kind
    if kind is Kind.MARK:
        return _any(columns, value=True)
    if kind is Kind.YES_NO:
        refused, agreed = _any(columns, value=False), _any(columns, value=True)
        return pl.when(refused).then(pl.lit(value=False)).when(agreed).then(pl.lit(value=True))
    if kind is Kind.TAGS:
        return pl.concat_str(columns, separator="; ", ignore_nulls=True).replace("", None)
    if kind is Kind.MOMENT and name.startswith("last_"):
        return pl.max_horizontal(columns)
    if kind is Kind.MOMENT and name.startswith("first_"):
        return pl.min_horizontal(columns)
    return pl.coalesce(columns)


def _any(columns: Sequence[str], *, value: bool) -> pl.Expr:
    return pl.any_horizontal([pl.col(column).eq_missing(pl.lit(value)) for column in columns])
