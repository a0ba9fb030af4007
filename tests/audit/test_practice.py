"""A practice's file as it comes, without any option: the dormant by last appointment, customers by fitting."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.practice import english, fitted, german, highlevel, patients, quiet_for

pytestmark = pytest.mark.integration

AS_OF = date(2026, 6, 30)
PEOPLE = patients(as_of=AS_OF)
FILES = {
    "english": english(PEOPLE),
    "german": german(PEOPLE),
    "highlevel": highlevel(PEOPLE, imported=date(2026, 6, 20)),
}


@pytest.mark.parametrize("written", FILES)
def test_the_dormant_and_the_customers_are_found_without_an_option(
    written: str, write: Callable[..., Path], as_json: Callable[..., dict[str, Any]]
) -> None:
    answer = as_json(write("patients.csv", FILES[written]))
    assert answer["contacts"] == len(PEOPLE)
    for name, days in (("d90", 90), ("d180", 180), ("d365", 365)):
        assert answer["dormant"][name] == pytest.approx(
            quiet_for(PEOPLE, days, as_of=AS_OF), rel=0.01
        )
    assert answer["tracks"]["customer"]["contacts"] == fitted(PEOPLE)
    assert answer["bad_rows"] == []
    gaps = {gap["key"]: gap["count"] for gap in answer["data_gaps"]}
    assert gaps["appointment_ahead"] > 0
    assert "no_dates" not in gaps
    unused = {entry["column"] for entry in answer["unused"]}
    assert {"Device", "Gerät"} & unused
    assert not {"Last Appointment", "Letzter Termin", "Fitting Date", "Anpassungsdatum"} & unused
