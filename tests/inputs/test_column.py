"""A column of text becomes the values of its kind."""

import polars as pl
import pytest

from inputs.input import Kind
from inputs.values.column import read_column
from inputs.values.style import Style

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (Kind.MOMENT, pl.Datetime("ms", "UTC")),
        (Kind.MONEY, pl.Float64()),
        (Kind.COUNT, pl.Float64()),
        (Kind.YES_NO, pl.Boolean()),
        (Kind.MARK, pl.Boolean()),
        *((kind, pl.String()) for kind in (Kind.ID, Kind.TEXT, Kind.ADDRESS, Kind.PHONE)),
        *((kind, pl.String()) for kind in (Kind.CHOICE, Kind.TAGS, Kind.LANGUAGE, Kind.ZONE)),
    ],
)
def test_every_kind_has_its_type_and_keeps_every_row(kind: Kind, dtype: pl.DataType) -> None:
    for cells in ([], [None], ["what is this?", None, "1"]):
        column = read_column(kind, pl.Series(cells, dtype=pl.String))
        assert column.values.dtype == dtype
        assert len(column.values) == len(column.unread) == len(cells)


def test_a_style_that_was_found_reads_one_more_value_the_same_way() -> None:
    found = read_column(Kind.MOMENT, pl.Series(["25/04/2024", "03/04/2024"])).style
    stored = Style.from_json(found.to_json())
    assert stored == found
    again = read_column(Kind.MOMENT, pl.Series(["03/04/2024"]), style=stored)
    assert again.values.dt.to_string("%Y-%m-%d").to_list() == ["2024-04-03"]
    assert again.doubts == ()
