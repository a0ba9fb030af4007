"""200,000 cells of noise: nothing stops the reader, and what is read is what stands there, or it is reported."""

import re
from datetime import UTC, datetime
from random import Random

import polars as pl
import pytest

from inputs.input import Kind
from inputs.values.column import read_column
from inputs.values.style import Hints

pytestmark = pytest.mark.integration

AS_OF = datetime(2026, 11, 28, tzinfo=UTC)
PIECES = (
    *("2024", "24", "06", "6", "14", "31", "99", "0", "1", "1.250", "1,250", "49,99", "1.5", "000"),
    *(
        "-",
        "/",
        ".",
        ",",
        ":",
        " ",
        "T",
        "Z",
        "+",
        "−",
        "(",
        ")",
        "'",
        '"',
        "%",
        "#",
        "\u00a0",
        "\u202f",
    ),
    *(
        "$",
        "€",
        "USD",
        "EUR",
        "K",
        "M",
        "Mio.",
        "am",
        "PM",
        "EST",
        "Juni",
        "mars",
        "Fri",
        "W23",
        "de",
    ),
    *(
        "yes",
        "nein",
        "oui",
        "x",
        "✓",
        "N/A",
        "#DIV/0!",
        "null",
        "e",
        "E+11",
        "\u200b",
        "\x00",
        "\ud83d",
    ),
    *("a@x.test", "@", ";", "<", ">", "mailto:", "Bob", "ü", "日本", "+49 171 1234567", "="),
)
SIZE = 25_000
# What people write where they know nothing.
NOTHING = {"N/A", "null", "-", "--", "---", "\u2013", "\u2014"}


def noise(seed: int) -> pl.Series:
    rng = Random(seed)  # noqa: S311  # made-up cells
    cells = [
        "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 7))).replace("\ud83d", "\ufffd")
        for _ in range(SIZE)
    ]
    return pl.Series(cells)


@pytest.mark.parametrize(
    "kind",
    [
        *(Kind.MOMENT, Kind.MONEY, Kind.YES_NO, Kind.MARK, Kind.ADDRESS, Kind.PHONE, Kind.ID),
        *(Kind.ZONE,),
    ],
)
def test_every_cell_is_a_value_or_reported(kind: Kind) -> None:
    column = noise(len(kind))
    found = read_column(kind, column, hints=Hints(as_of=AS_OF))
    empty = column.str.replace_all("[\\s\\x00\u200b\u00a0\u202f]", "") == ""
    assert len(found.values) == len(found.reasons) == SIZE
    assert not (found.values.is_not_null() & found.reasons.is_not_null()).any()
    silent = pl.DataFrame({"cell": column}).filter(
        found.values.is_null() & found.reasons.is_null() & ~empty
    )
    assert set(silent["cell"].str.replace_all("[\\s\\x00\u200b\u00a0\u202f]", "")) <= NOTHING


def digits(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))


def test_an_amount_has_the_digits_of_its_cell() -> None:
    column = noise(1)
    found = read_column(Kind.MONEY, column)
    scaled = re.compile(r"(?i)[km]|mio|e\+?[0-9]|e-[0-9]|€k")
    seen = 0
    for cell, value in zip(column.to_list(), found.values.to_list(), strict=True):
        if value is None or scaled.search(cell.replace("USD", "").replace("EUR", "")):
            continue
        seen += 1
        written = digits(cell).strip("0")
        assert digits(f"{abs(value):.9f}").strip("0") == written, cell
        assert (value < 0) == bool(value and re.search(r"[-−(]", re.sub(r"[.,]-", "", cell))), cell
    assert seen > 100


def broken_date(rng: Random) -> str:
    """Three numbers that may be a date in some order, with or without a time, or with one thing wrong."""
    day, month = rng.randrange(0, 34), rng.randrange(0, 15)
    year = rng.choice([rng.randrange(1960, 2030), rng.randrange(0, 100)])
    parts = rng.choice([(day, month, year), (month, day, year), (year, month, day)])
    text = rng.choice("-/.").join(
        f"{part:02}" if rng.random() < 0.7 else str(part) for part in parts
    )
    return text + rng.choice(["", "", " 10:30", "T25:00", " 11:61", " pm", " x"])


@pytest.mark.parametrize("seed", range(4))
def test_a_moment_has_the_numbers_of_its_cell_in_the_order_of_the_column(seed: int) -> None:
    rng = Random(seed)  # noqa: S311  # made-up cells
    column = pl.Series([broken_date(rng) for _ in range(SIZE)])
    found = read_column(Kind.MOMENT, column, hints=Hints(as_of=AS_OF))
    seen = 0
    for cell, value in zip(column.to_list(), found.values.to_list(), strict=True):
        if value is None:
            continue
        seen += 1
        one, two, three = map(int, re.findall(r"[0-9]+", cell)[:3])
        if len(re.split(r"[-/.]", cell)[0]) == 4:
            assert (value.year, value.month, value.day) == (one, two, three), cell
            continue
        day, month = (one, two) if found.style.day_first else (two, one)
        assert (value.day, value.month) == (day, month), cell
        assert value.year == three if three > 99 else value.year % 100 == three, cell
        assert value.year <= AS_OF.year or three > 99, cell
    assert seen > 500
