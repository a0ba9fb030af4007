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


@pytest.mark.parametrize(
    "word",
    [
        "N/A",
        "(blank)",
        "\\N",
        "NULL",
        "0000-00-00",
        "00/00/0000 00:00",
        "1/0/1900",
        "—",
        "Never",
        "k.A.",
    ],
)
@pytest.mark.parametrize("kind", [Kind.MOMENT, Kind.MONEY, Kind.ID, Kind.PHONE])
def test_words_for_nothing_are_empty_cells(kind: Kind, word: str) -> None:
    found = read_column(kind, pl.Series([word, None]))
    assert found.values.to_list() == [None, None]
    assert not found.unread.any()


def test_a_choice_may_be_called_none() -> None:
    assert read_column(Kind.CHOICE, pl.Series(["None"])).values.to_list() == ["None"]


def test_the_day_of_an_objection_is_one() -> None:
    found = read_column(Kind.MARK, pl.Series(["2023-01-01", "active", "inactive", "n/a", None]))
    assert found.values.to_list()[:4] == [True, True, False, False]
    assert not found.doubts


def test_amounts_tell_their_currency() -> None:
    assert read_column(Kind.MONEY, pl.Series(["CHF 1'200.50", "900"])).currency == "CHF"
    assert read_column(Kind.MONEY, pl.Series(["₹1,20,000", "Rs. 90,000/-"])).currency == "INR"
    assert read_column(Kind.MONEY, pl.Series(["1200", "900"])).currency is None
    assert read_column(Kind.MONEY, pl.Series(["kr 1200"])).currency is None
