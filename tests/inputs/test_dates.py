"""Dates as people and exports write them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inputs.values.dates import parse_dates

pytestmark = pytest.mark.integration


def one(text: str | None, *, day_first: bool = False) -> datetime | None:
    column = pl.Series([text], dtype=pl.String)
    value: datetime | None = parse_dates(column, day_first=day_first).values.item()
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", (2024, 3, 5)),
        ("2024/3/5", (2024, 3, 5)),
        ("2024-03-05T10:44:12Z", (2024, 3, 5, 10, 44, 12)),
        ("2024-03-05T10:44:12.345678+00:00", (2024, 3, 5, 10, 44, 12)),
        ("2024-03-05T10:44:12-05:00", (2024, 3, 5, 15, 44, 12)),
        ("2024-03-05 10:44", (2024, 3, 5, 10, 44)),
        ("1709635452000", (2024, 3, 5, 10, 44, 12)),
        ("1709635452", (2024, 3, 5, 10, 44, 12)),
        ("Jul 22 2026 02:09 PM", (2026, 7, 22, 14, 9)),
        ("Jul 22 2026 12:09 AM", (2026, 7, 22, 0, 9)),
        ("March 5, 2024", (2024, 3, 5)),
        ("5 March 2024", (2024, 3, 5)),
        ("5-Mar-2024", (2024, 3, 5)),
        ("Tue, 5 Mar 2024 10:44:12 GMT", (2024, 3, 5, 10, 44, 12)),
        ("13/02/2024", (2024, 2, 13)),
        ("02/13/2024", (2024, 2, 13)),
        ("2/13/24 1:05 pm", (2024, 2, 13, 13, 5)),
        ("05.03.2024", (2024, 3, 5)),
    ],
)
def test_usual_spellings(text: str, expected: tuple[int, ...]) -> None:
    whole = (*expected, 0, 0, 0)[:6]
    found = one(text)
    assert found is not None
    assert found.timetuple()[:6] == whole
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text", ["2024-02-30", "spring 2020", "0001-01-01", "99/99/2024", "12345", "2024-01-05 25:00"]
)
def test_what_is_no_date_is_unread(text: str) -> None:
    dates = parse_dates(pl.Series([text, None]), day_first=False)
    assert dates.values.to_list() == [None, None]
    assert dates.unread.to_list() == [True, False]


@pytest.mark.parametrize(
    ("column", "day_first", "settled"),
    [
        (["03/04/2024", "25/04/2024"], True, True),
        (["03/04/2024", "04/25/2024"], False, True),
        (["03/04/2024", "05/06/2024"], False, False),
        (["03.04.2024"], True, True),
        (["2024-04-03"], None, True),
    ],
)
def test_the_order_is_settled_per_column_by_values_that_leave_no_doubt(
    column: list[str], *, day_first: bool | None, settled: bool
) -> None:
    dates = parse_dates(pl.Series(column), day_first=False)
    assert (dates.day_first, dates.settled) == (day_first, settled)


def test_a_value_against_the_columns_order_is_unread() -> None:
    dates = parse_dates(pl.Series(["25/04/2024", "26/04/2024", "04/27/2024"]), day_first=False)
    assert dates.unread.to_list() == [False, False, True]


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001  # made aware below
def test_iso_survives_the_way_there_and_back(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert one(aware.isoformat()) == aware
    assert one(f"{aware:%m/%d/%Y %I:%M:%S %p}" if aware.day > 12 else aware.isoformat()) == aware
