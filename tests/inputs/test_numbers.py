"""Numbers and amounts as people and exports write them."""

import polars as pl
import pytest

from inputs.values.numbers import Numbers, read_numbers
from inputs.values.style import Hints, Style

pytestmark = pytest.mark.integration


def numbers(*cells: str | None, style: Style | None = None, hints: Hints | None = None) -> Numbers:
    return read_numbers(pl.Series(cells, dtype=pl.String), style or Style(), hints or Hints())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1 234,50", 1234.5), ("1'234.50", 1234.5)),
        *(("1\u2019234.50", 1234.5), ("1\u00a0234,50", 1234.5), ("1\u202f234,50", 1234.5)),
        *(("1,23,456", 123456), ("12,34,567.50", 1234567.5), (".5", 0.5), ("0.250", 0.25)),
        *(("1.2K", 1200), ("$1.2K", 1200), ("3.4 M", 3400000), ("€12k", 12000)),
        *(("1,2 Mio. €", 1200000), ("2 Tsd. EUR", 2000), ("5 TEUR", 5000), ("1.5 million", 1500000)),
        *(("-5", -5), ("−5", -5), ("–5", -5), ("5-", -5), ("(5.00)", -5), ("-$5", -5)),
        *(("$-5", -5), ("$(5)", -5), ("($5)", -5), ("EUR -5", -5), ("5,00- €", -5)),
        *(("CHF 12.50", 12.5), ("R$ 1.234,56", 1234.56), ("500 kr", 500), ("US$5", 5), ("5 USD", 5)),
        *(("12,-", 12), ("1.23E+3", 1230), ("\uff11\uff12\uff13", 123)),
    ],
)  # fmt: skip
def test_spellings(text: str, value: float) -> None:
    assert numbers(text).values.to_list() == [pytest.approx(value)]


@pytest.mark.parametrize(
    "text",
    [
        *("many", "12 March 2024", "5 %", "1.2.3", "555 123 4567", "1e999", "5-10", "2024-06-14"),
        *("USD 5 EUR", "12 34", "NaN", "--5", "(5", "5 km", "12:30", "1,2,3", "inf"),
    ],
)
def test_what_is_no_number_is_unread(text: str) -> None:
    found = numbers(text, None)
    assert found.values.to_list() == [None, None]
    assert found.reasons.is_not_null().to_list() == [True, False]


@pytest.mark.parametrize(
    ("column", "values", "doubts"),
    [
        (["1,234.50", "1,000", "12"], [1234.5, 1000, 12], []),
        (["1.234,50", "€ 1.000", "12,5"], [1234.5, 1000, 12.5], []),
        (["1.250", "2.400", "900"], [1250, 2400, 900], [2]),
        (["1,250", "2,400"], [1250, 2400], []),
        (["1,250", "2,400", "49,99"], [1250, 2400, None], [2]),
        (["1250.50", "2400.00", "49,99"], [1250.5, 2400, None], [1]),
        (["12.5", "65.125", "0.125"], [12.5, 65.125, 0.125], []),
        (["49.99", "12.50", "1.250"], [49.99, 12.5, 1.25], [1]),
        (["1.250", "1,250", "2,400"], [1.25, 1250, 2400], [3]),
    ],
)
def test_one_style_for_the_column_and_no_cell_bent_into_it(
    column: list[str], values: list[float | None], doubts: list[int]
) -> None:
    found = numbers(*column)
    assert found.values.to_list() == values
    assert [doubt.count for doubt in found.doubts] == doubts


def test_a_person_or_the_rest_of_the_file_settles_the_style() -> None:
    assert numbers("1.250", style=Style(decimal=".")).values.to_list() == [1.25]
    assert numbers("1.250", style=Style(decimal=".")).doubts == ()
    by_file = numbers("1.250", hints=Hints(decimal=".", because="as elsewhere"))
    assert by_file.values.to_list() == [1.25]
    assert "as elsewhere" in by_file.doubts[0].text


def test_several_currencies_are_said() -> None:
    found = numbers("$5", "€6", "€ 7", "8")
    assert [(doubt.key, doubt.count, doubt.readings) for doubt in found.doubts] == [
        ("currencies", 1, ("EUR", "USD"))
    ]
    assert numbers("$5", "5 USD", "6").doubts == ()
