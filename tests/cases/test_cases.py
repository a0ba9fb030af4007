"""Each case from the world gives what its README expects."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.reports.reading.contact_mapping import map_contacts, sources_in
from app.reports.reading.contacts import read_contacts
from app.reports.reading.reader import BadRows, inspect, read
from tests.cases.conftest import FOLDER, audited, backtested, run

pytestmark = pytest.mark.integration

Case = Callable[[str], Path]
TESTED = {
    *("04-european-thousands", "05-k-and-m-suffix", "06-two-digit-years", "07-excel-record-ids"),
    *("08-falsch-and-wahr", "09-known-export-with-own-columns", "17-short-rows", "18-long-cell"),
    *("19-date-family", "20-float-and-zero-ids", "21-several-addresses-in-a-cell"),
    *("22-headers-in-the-users-language", "23-first-of-two-columns-empty"),
    *(
        "26-contradicting-dates",
        "31-several-orders-a-day",
        "32-shopify-order-lines",
        "33-encodings",
    ),
}


def gaps(answer: dict[str, Any]) -> dict[str, int | None]:
    return {gap["key"]: gap["count"] for gap in answer["data_gaps"]}


def amounts(path: Path) -> list[float]:
    """The amount of each purchase that a contacts file proves."""
    layout, bad = inspect(path), BadRows()
    with path.open("rb") as stream:
        mapping = map_contacts(sources_in(layout, stream), {}, None)
    wanted = {column: name for name, column in mapping.every.items()}
    with path.open("rb") as stream:
        table = read(layout, stream, wanted, bad)
    as_of = datetime(2026, 11, 28, tzinfo=UTC)
    events = read_contacts(table, mapping, bad, as_of=as_of).events
    return sorted(events["amount"].drop_nulls())


def test_every_case_has_its_test(case: Case) -> None:
    found = {folder.name for folder in FOLDER.iterdir() if (folder / "README").is_file()}
    assert found == TESTED
    case("04-european-thousands")


def test_04_european_thousands(case: Case) -> None:
    path = case("04-european-thousands") / "contacts.csv"
    answer = audited(path, "--currency", "EUR")
    assert amounts(path) == [900, 1250, 2400, 3100]
    doubted = any(key.startswith("number_style") for key in gaps(answer))
    (segment,) = {row["typical_sale"] for row in answer["segments"]}
    assert doubted or segment == 1825
    assert answer["value"]["currency"] == "EUR"


def test_05_k_and_m_suffix(case: Case) -> None:
    path = case("05-k-and-m-suffix") / "contacts.csv"
    assert amounts(path) == [950, 1200, 3_400_000]
    assert [(row["line"], row["column"]) for row in audited(path)["bad_rows"]] == [
        (4, "Lifetime Value")
    ]


def test_06_two_digit_years(case: Case) -> None:
    answer = audited(case("06-two-digit-years") / "contacts.csv")
    assert answer["dormant"]["d365"] == 3
    assert answer["tracks"]["customer"]["contacts"] >= 3
    assert "added_later" not in gaps(answer)


def test_07_excel_record_ids(case: Case) -> None:
    answer = audited(case("07-excel-record-ids") / "contacts.csv")
    assert answer["contacts"] == 4
    assert any("rounded" in key for key in gaps(answer))
    assert "repeated_rows" not in gaps(answer)


def test_08_falsch_and_wahr(case: Case) -> None:
    answer = audited(case("08-falsch-and-wahr") / "contacts.csv")
    assert answer["value"]["reachable"] == 3
    assert answer["value"]["pool"] == 4


def test_09_known_export_with_own_columns(case: Case) -> None:
    folder = case("09-known-export-with-own-columns")
    own, other = (audited(folder / name) for name in ("contacts.csv", "contacts_other_id.csv"))
    for answer in (own, other):
        assert answer["tracks"]["customer"]["contacts"] == 2
        assert answer["value"]["at_5"] == 65
        assert {row["median_quiet"] for row in answer["segments"]} == {1080}
    assert own["mapping"]["contacts"]["label"] != other["mapping"]["contacts"]["label"]


def test_17_short_rows(case: Case) -> None:
    answer = audited(case("17-short-rows") / "contacts.csv")
    assert answer["contacts"] == 4
    assert answer["bad_rows_total"] == 0


def test_18_long_cell(case: Case) -> None:
    answer = audited(case("18-long-cell") / "contacts.csv")
    assert answer["contacts"] == 3
    assert answer["bad_rows_total"] == 0


@pytest.mark.parametrize(
    "name",
    [
        *("compact", "epoch_float", "excel_d_mmm_yy", "excel_serial", "js_date"),
        *("pg_short_offset", "zone_letters"),
    ],
)
def test_19_date_family(case: Case, name: str) -> None:
    answer = audited(case("19-date-family") / f"{name}.csv")
    assert (answer["dormant"]["d90"], answer["dormant"]["d365"]) == (2, 2)
    assert answer["bad_rows_total"] == 0


def test_20_float_and_zero_ids(case: Case) -> None:
    folder = case("20-float-and-zero-ids")
    answer = audited(folder / "contacts.csv", "--purchases", folder / "purchases.csv")
    assert answer["contacts"] == 2
    assert answer["tracks"]["customer"]["contacts"] == 2
    assert answer["value"]["reachable"] == 2
    assert "added_customers" not in gaps(answer)


def test_21_several_addresses_in_a_cell(case: Case) -> None:
    answer = audited(case("21-several-addresses-in-a-cell") / "contacts.csv")
    assert answer["contacts"] == 6
    assert answer["value"]["reachable"] == 6


def test_22_headers_in_the_users_language(case: Case) -> None:
    folder = case("22-headers-in-the-users-language")
    german = audited(folder / "german.csv")
    assert german["dormant"]["d365"] == 2
    assert gaps(german)["last_activity_only"] == 2
    assert gaps(german)["customer_without_purchase"] == 1
    for name in ("zero_width.csv", "double_bom.csv"):
        answer = audited(folder / name)
        assert answer["dormant"]["d365"] == 1
        assert answer["mapping"]["contacts"]["label"] == "HubSpot contact export"


def test_23_first_of_two_columns_empty(case: Case) -> None:
    answer = audited(case("23-first-of-two-columns-empty") / "contacts.csv")
    assert answer["value"]["reachable"] == 2


def test_26_contradicting_dates(case: Case) -> None:
    folder = case("26-contradicting-dates")
    for name in ("contradicting.csv", "ambiguous.csv"):
        doubted = [key for key in gaps(audited(folder / name)) if key.startswith("date_order")]
        assert "date_order:Last Purchase Date" in doubted


def test_31_several_orders_a_day(case: Case, tmp_path: Path) -> None:
    path = case("31-several-orders-a-day") / "purchases.csv"
    answer = backtested(path)
    once = backtested(_one_line_a_day(path, tmp_path / "once.csv"))
    assert answer["returned"] == once["returned"] == 88
    for method, measured in answer["methods"].items():
        assert measured["log_loss"] == pytest.approx(once["methods"][method]["log_loss"], abs=1e-6)


def _one_line_a_day(path: Path, to: Path) -> Path:
    with path.open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    days: dict[tuple[str, str], float] = {}
    for customer, moment, amount in rows:
        key = (customer, moment[:10])
        days[key] = days.get(key, 0.0) + float(amount)
    with to.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerows(
            [header, *((who, day, f"{sum_:.2f}") for (who, day), sum_ in days.items())]
        )
    return to


def test_32_shopify_order_lines(case: Case) -> None:
    path = case("32-shopify-order-lines") / "shopify.csv"
    answer = backtested(path)
    assert answer["returned"] == 88
    assert answer["bad_rows_total"] == 0


@pytest.mark.parametrize("name", ["cr", "mac", "nul", "u16", "u16be", "u32"])
def test_33_encodings(case: Case, name: str) -> None:
    answer = audited(case("33-encodings") / f"{name}.csv")
    assert answer["contacts"] == 1
    assert answer["dormant"]["d365"] == 1


def test_the_commands_end_well_on_a_screen_too(case: Case) -> None:
    for folder in sorted(FOLDER.iterdir()):
        for path in sorted(folder.glob("contacts*.csv")):
            case(folder.name)
            shown = run("audit", path, "--out", "report.html", "--as-of", "2026-11-28")
            assert shown.exit_code == 0, (path, shown.stderr)
