"""Dates as people and exports write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inputs.values.dates import Dates, read_dates
from inputs.values.style import Hints, Style

pytestmark = pytest.mark.integration


AS_OF = datetime(2026, 11, 28, tzinfo=UTC)


def dates(*cells: str | None, style: Style | None = None, **hints: Any) -> Dates:
    column = pl.Series(cells, dtype=pl.String)
    return read_dates(column, style or Style(), Hints(**{"as_of": AS_OF} | hints))


def days(*cells: str | None, style: Style | None = None, **hints: Any) -> list[str | None]:
    return dates(*cells, style=style, **hints).values.dt.to_string("%Y-%m-%d").to_list()


def one(text: str | None) -> datetime | None:
    value: datetime | None = dates(text).values.item()
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
    ("text", "expected"),
    [
        ("14-Jun-24", (2024, 6, 14)),
        ("14JUN2024", (2024, 6, 14)),
        ("20240614", (2024, 6, 14)),
        ("14062024", (2024, 6, 14)),
        ("06142024", (2024, 6, 14)),
        ("20240614T101500Z", (2024, 6, 14, 10, 15)),
        ("45457", (2024, 6, 14)),
        ("45457.5", (2024, 6, 14, 12)),
        ("45457,25", (2024, 6, 14, 6)),
        ("1718359200.0", (2024, 6, 14, 10)),
        ("1718359200000000", (2024, 6, 14, 10)),
        ("2024-06-14 10:00:00+00", (2024, 6, 14, 10)),
        ("2024-06-14 10:00-0430", (2024, 6, 14, 14, 30)),
        ("06/14/2024 10:00 AM EST", (2024, 6, 14, 15)),
        ("14.06.2024 10:00 MESZ", (2024, 6, 14, 8)),
        ("Fri Jun 14 2024 10:00:00 GMT+0000 (Coordinated Universal Time)", (2024, 6, 14, 10)),
        ("Fri Jun 14 10:00:00 UTC 2024", (2024, 6, 14, 10)),
        ("14. Juni 2024 um 10:15 Uhr", (2024, 6, 14, 10, 15)),
        ("Freitag, 14. Juni 2024", (2024, 6, 14)),
        ("14 de junio de 2024", (2024, 6, 14)),
        ("14 de junho de 2024", (2024, 6, 14)),
        ("mar. 14 mai 2024", (2024, 5, 14)),
        ("1er août 2024", (2024, 8, 1)),
        ("14 févr. 2024", (2024, 2, 14)),
        ("14 giugno 2024", (2024, 6, 14)),
        ("14 mrt. 2024", (2024, 3, 14)),
        ("14/06/2024 10h30", (2024, 6, 14, 10, 30)),
        ("6/14/2024 10\u202fAM", (2024, 6, 14, 10)),
        ("2024-06-14 24:00", (2024, 6, 15)),
        ("2024-06", (2024, 6, 1)),
        ("June 2024", (2024, 6, 1)),
        ("Jun-24", (2024, 6, 1)),
        ("2024-W23", (2024, 6, 3)),
        ("KW 23/2024", (2024, 6, 3)),
    ],
)
def test_less_usual_spellings(text: str, expected: tuple[int, ...]) -> None:
    found = one(text)
    assert found is not None
    assert found.timetuple()[:6] == (*expected, 0, 0, 0)[:6]


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30", "spring 2020", "0001-01-01", "99/99/2024", "12345", "2024-01-05 25:00"),
        *("2024-06-01 - 2024-06-14", "2024", "Q2 2024", "2024-06-14 10:00 XYZ", "2024-W54"),
        *("14 foo 2024", "2024-01-05 14:00 AM", "1234567", "14/06", "2024-06-14 10:61"),
    ],
)
def test_what_is_no_date_is_unread(text: str) -> None:
    found = dates(text, None)
    assert found.values.to_list() == [None, None]
    assert found.reasons.is_not_null().to_list() == [True, False]


@pytest.mark.parametrize(
    ("column", "day_first", "doubts"),
    [
        (["03/04/2024", "25/04/2024"], True, []),
        (["03/04/2024", "04/25/2024"], False, []),
        (["03/04/2024", "05/06/2024"], False, [2]),
        (["03/03/2024"], False, []),
        (["03.04.2024"], True, []),
        (["2024-04-03"], None, []),
        (["25/04/2024", "26/04/2024", "04/27/2024", "03/04/2024"], True, [2]),
        (["03/12/2026", "03/01/2026"], False, [2]),
    ],
)
def test_the_order_is_settled_by_the_whole_column_or_doubted(
    column: list[str], *, day_first: bool | None, doubts: list[int]
) -> None:
    found = dates(*column)
    assert found.style.day_first == day_first
    assert [doubt.count for doubt in found.doubts] == doubts


def test_a_cell_against_the_columns_order_is_unread_and_not_bent() -> None:
    found = dates("25/04/2024", "26/04/2024", "04/27/2024", "03/04/2024")
    assert found.values.dt.month().to_list() == [4, 4, None, 4]
    assert found.reasons.is_not_null().to_list() == [False, False, True, False]


def test_dots_mean_day_first_so_that_one_among_others_is_not_bent() -> None:
    found = dates("04/25/2024", "04/26/2024", "05.03.2024")
    assert found.values.is_null().to_list() == [False, False, True]


def test_cells_that_a_spreadsheet_has_turned_are_doubted() -> None:
    found = dates("25/03/2024", "28/06/2025", "3/4/2024")
    assert [(doubt.key, doubt.count) for doubt in found.doubts] == [("date_order", 1)]


def test_a_person_settles_the_order() -> None:
    found = dates("03/04/2024", "04/25/2024", style=Style(day_first=True))
    assert found.values.dt.month().to_list() == [4, None]
    assert found.doubts == ()


def test_two_digits_are_no_future_where_the_past_is_meant() -> None:
    assert days("03/04/95", "06/14/98", "11/20/26", "11/20/27") == [
        *("1995-03-04", "1998-06-14", "2026-11-20", None)
    ]
    assert days("11/20/27", ahead=True) == ["2027-11-20"]
    assert days("03/14/58", earliest=1901) == ["1958-03-14"]


def test_years_of_two_digits_may_come_first() -> None:
    assert days("98-03-14", "24-06-14") == ["1998-03-14", "2024-06-14"]
    column = [f"24-0{1 + day % 2}-{day:02}" for day in range(1, 13)]
    found = dates(*column)
    assert found.values.dt.year().unique().to_list() == [2024]
    assert [doubt.readings[0] for doubt in found.doubts] == ["year/month/day"]


def test_a_month_alone_is_its_first_day_and_said_to_be_one() -> None:
    found = dates("2024-06", "2024-06-14", "KW 23/2024")
    assert [(doubt.key, doubt.count) for doubt in found.doubts] == [("whole_months", 2)]


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001  # made aware below
def test_iso_survives_the_way_there_and_back(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert one(aware.isoformat()) == aware
    assert one(f"{aware:%m/%d/%Y %I:%M:%S %p}" if aware.day > 12 else aware.isoformat()) == aware


def test_years_of_two_digits_in_front_are_not_bent_into_days() -> None:
    found = dates("24-06-14", "25-11-20", "26-08-28")
    assert days("24-06-14", "25-11-20", "26-08-28") == ["2024-06-14", "2025-11-20", "2026-08-28"]
    assert [doubt.readings for doubt in found.doubts] == [("year/month/day", "day/month/year")]


def test_where_years_may_be_in_front_or_behind_both_readings_are_named() -> None:
    found = dates("19-03-05", "18-04-07")
    assert days("19-03-05", "18-04-07") == ["2005-03-19", "2007-04-18"]
    assert [doubt.readings for doubt in found.doubts] == [("day/month/year", "year/month/day")]
    assert days("19-03-05", "18-04-07", year_first=True, because="as elsewhere") == [
        *("2019-03-05", "2018-04-07")
    ]


@pytest.mark.parametrize("cells", [("14-06-24", "20-11-25", "28-08-26"), ("14.06.24", "20.11.25")])
def test_days_that_no_year_could_be_leave_no_doubt(cells: tuple[str, ...]) -> None:
    assert not dates(*cells).doubts
    assert days(*cells)[:2] == ["2024-06-14", "2025-11-20"]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-06-14 02:09 PM ET", 18),
        ("2024-01-14 02:09 PM ET", 19),
        ("2024-06-14 14:09 America/New_York", 18),
        ("2024-06-14 14:09 europe/berlin", 12),
        ("2024-06-14 14:09 IST", 8),
    ],
)
def test_the_clock_of_a_place(text: str, hour: int) -> None:
    found = one(text)
    assert found is not None
    assert found.hour == hour


def test_a_place_that_nobody_knows_is_no_time() -> None:
    assert one("2024-06-14 14:09 Middle/Earth") is None


def test_the_beginning_of_a_programs_time_is_no_visit() -> None:
    assert days("1970-01-01", "01/01/1970", "2024-06-14") == [None, None, "2024-06-14"]
    assert days("1970-01-01", earliest=1901) == ["1970-01-01"]
