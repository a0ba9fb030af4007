"""One table written in many ways gives the same contacts, or the doubt is named."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from app.reports.reading.bad_rows import BadRows
from app.reports.reading.columns import typed
from app.reports.reading.reader import inspect, read
from inputs.input import Kind

pytestmark = pytest.mark.integration

Write = Callable[..., Path]
AS_OF = date(2026, 11, 28)
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
YES_NO = {
    "en": ("TRUE", "FALSE"),
    "de": ("WAHR", "FALSCH"),
    "fr": ("Oui", "Non"),
    "es": ("VERDADERO", "FALSO"),
    "pt": ("Sim", "Não"),
    "it": ("sì", "no"),
    "nl": ("Ja", "Nee"),
    "marks": ("\u2713", "\u2717"),
}
DATES: dict[str, Callable[[date, str], str]] = {
    "iso": lambda day, _: day.isoformat(),
    "european": lambda day, _: f"{day:%d.%m.%Y}",
    "slashes": lambda day, _: f"{day:%d/%m/%Y}",
    "american": lambda day, _: f"{day.month}/{day.day}/{day:%y}",
    "named": lambda day, lang: f"{day.day}. {MONTHS[lang].split()[day.month - 1]} {day.year}",
    "serial": lambda day, _: str((day - date(1899, 12, 30)).days),
    "packed": lambda day, _: f"{day:%Y%m%d}",
    "epoch": lambda day, _: str((day - date(1970, 1, 1)).days * 86_400_000),
}
NUMBERS: dict[str, Callable[[float], str]] = {
    "plain": lambda n: f"{n:.2f}",
    "english": lambda n: f"${n:,.2f}",
    "german": lambda n: f"{n:,.2f} €".translate(str.maketrans(",.", ".,")),
    "french": lambda n: f"{n:,.2f}".translate(str.maketrans(",.", "\u202f,")),
    "swiss": lambda n: f"CHF {n:,.2f}".replace(",", "'"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")
KINDS = {
    "contact_id": Kind.ID,
    "email": Kind.ADDRESS,
    "last_appointment_at": Kind.MOMENT,
    "revenue": Kind.MONEY,
    "email_opt_out": Kind.MARK,
}


def people(seed: int) -> list[tuple[str, str, date, float, bool]]:
    rng = Random(seed)  # noqa: S311  # a made-up table
    return [
        (
            f"c{number}",
            f"p{number}@x.test",
            AS_OF - timedelta(days=rng.randrange(1, 7000)),
            round(rng.uniform(0, 20_000), 2),
            rng.random() < 0.3,
        )
        for number in range(60)
    ]


@pytest.mark.parametrize("style", range(40))
def test_a_table_in_any_style_is_the_same_table(write: Write, style: int) -> None:
    rng = Random(style)  # noqa: S311  # draws a style
    language = list(MONTHS)[style % 7]
    spell = list(DATES.values())[style % 8]
    amount = list(NUMBERS.values())[style % 5]
    yes, no = list(YES_NO.values())[(style // 2) % 8]
    table = people(style)
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=rng.choice(",;\t|"), lineterminator=rng.choice(["\n", "\r\n"])
    )
    writer.writerow(KINDS)
    for who, mail, day, revenue, is_out in table:
        writer.writerow([who, mail, spell(day, language), amount(revenue), yes if is_out else no])
    path = write("c.csv", out.getvalue(), rng.choice(ENCODINGS))
    layout, bad = inspect(path), BadRows()
    columns = {name: name for name in KINDS}
    with path.open("rb") as stream:
        frame, gaps = typed(read(layout, stream, columns, bad), KINDS, columns, bad)
    assert bad.total == 0
    assert gaps == []
    dated = frame.with_columns(pl.col("last_appointment_at").dt.date())
    assert dated.select(list(KINDS)).rows() == table


@pytest.mark.parametrize("spell", ["slashes", "american"])
def test_a_table_whose_dates_prove_nothing_is_read_in_one_order_and_said_to_be(
    write: Write, as_json: Callable[..., dict[str, Any]], spell: str
) -> None:
    days = [date(2024, month, month % 12 + 1) for month in range(1, 13)]
    rows = "".join(f"c{at},p{at}@x.test,{DATES[spell](day, 'en')}\n" for at, day in enumerate(days))
    answer = as_json(write("c.csv", f"id,email,last visit\n{rows}"))
    (gap,) = [gap for gap in answer["data_gaps"] if gap["key"] == "date_order:last visit"]
    assert gap["count"] == 12
    assert "month/day/year" in gap["text"]
    assert "day first" in gap["fix"]
