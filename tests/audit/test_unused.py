"""What was not used is named with the reason, and a file that tells nothing says first what would help."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

pytestmark = pytest.mark.integration

Write = Callable[..., Path]
Run = Callable[..., Result]
AsJson = Callable[..., dict[str, Any]]

UNKNOWN = "Nr;Name;Beim Hausmeister;Ort\n1;Ann;01.02.2024;Ulm\n2;Bob;13.04.2023;Bonn\n"
NO_DATES = "id,email,color\n1,a@x.org,red\n"
EMPTY = "id,email,created,Last Visit\n1,a@x.org,2024-01-01,\n2,b@x.org,2024-01-01,\n"
OPTION = '--map "Beim Hausmeister=last_appointment_at"'


def gap_texts(answer: dict[str, Any]) -> dict[str, str]:
    return {gap["key"]: gap["text"] for gap in answer["data_gaps"]}


def first_sentence(text: str) -> str:
    return " ".join(text.split()).partition(". ")[0]


def test_a_column_that_would_tell_is_named_first_with_the_option(
    write: Write, run: Run, as_json: AsJson
) -> None:
    path = write("contacts.csv", UNKNOWN)
    answer = as_json(path)
    assert OPTION in first_sentence(answer["finding"])
    assert OPTION in gap_texts(answer)["no_dates"]
    shown = run(path, "--as-of", "2026-06-30", "--out", "report.html")
    assert shown.exit_code == 0
    assert OPTION in first_sentence(shown.stdout)
    page = Path("report.html").read_text(encoding="utf-8")
    assert "“Beim Hausmeister” may tell who has gone quiet." in page
    assert "no column with a date was recognised; say which with --map" in page


def test_the_option_that_is_named_helps(write: Write, run: Run) -> None:
    path = write("contacts.csv", UNKNOWN)
    mapped = run(path, "--map", "Beim Hausmeister=last_appointment_at", "--as-of", "2026-06-30")
    assert "2 of your 2 contacts have been quiet for 90 days or more." in mapped.stdout


def test_without_any_date_the_columns_are_named(write: Write, as_json: AsJson) -> None:
    answer = as_json(write("contacts.csv", NO_DATES))
    gap = gap_texts(answer)["no_dates"]
    assert "no column with a date was recognised; say which with --map" in gap
    assert "“color”" in gap
    assert "“color”" in first_sentence(answer["finding"])


def test_a_date_column_without_a_date_is_named(write: Write, as_json: AsJson) -> None:
    answer = as_json(write("contacts.csv", EMPTY), "--map", "created=ignored")
    assert "“Last Visit”" in first_sentence(answer["finding"])
    assert "no_dates" not in gap_texts(answer)


def test_what_is_called_a_date_and_is_none_is_named_so(write: Write, as_json: AsJson) -> None:
    text = "id,email,Last Visit,Born\n1,a@x.org,long ago,1950-03-12\n2,b@x.org,seldom,1951-03-12\n"
    answer = as_json(write("contacts.csv", text))
    unused = {entry["column"]: entry["reason"] for entry in answer["unused"]}
    assert unused.keys() == {"Last Visit"}
    assert "none of its values is a date" in unused["Last Visit"]
    assert "“Last Visit”" in first_sentence(answer["finding"])


def test_where_something_can_be_told_the_finding_is_the_count(
    write: Write, as_json: AsJson
) -> None:
    text = "id,email,Last Visit,Beim Hausmeister\n1,a@x.org,2024-01-01,2024-02-02\n"
    answer = as_json(write("contacts.csv", text))
    assert answer["finding"].startswith("1 of your 1 contacts")


def test_every_column_is_used_or_named_on_screen_page_and_in_json(
    write: Write, run: Run, as_json: AsJson
) -> None:
    text = (
        "Record ID,Email,Create Date,Last Contacted,Lead Status,Shoe size,Level of interest,Blank\n"
        "1,a@x.org,2024-01-01,2026-06-01,New,38,high,\n"
    )
    path = write("contacts.csv", text)
    answer = as_json(path)
    unused = {entry["column"]: entry["reason"] for entry in answer["unused"]}
    used = answer["mapping"]["contacts"]["columns"].values()
    assert {*unused, *used} == set(text.splitlines()[0].split(","))
    assert unused.keys() == {"Last Contacted", "Shoe size", "Level of interest", "Blank"}
    shown = run(path, "--as-of", "2026-06-30", "--out", "report.html").stdout
    page = Path("report.html").read_text(encoding="utf-8")
    for column, reason in unused.items():
        assert column in page
        assert " ".join(reason.split()) in " ".join(page.replace("&#39;", "'").split())
        assert column in shown


def test_activities_and_purchases_name_their_unused_columns(write: Write, as_json: AsJson) -> None:
    contacts = write("contacts.csv", "id,email\n1,a@x.org\n")
    activities = write("activities.csv", "id,date,type,weather\n1,2024-01-01,call,rain\n")
    purchases = write("purchases.csv", "id,date,amount,till\n1,2024-01-01,10,4\n")
    answer = as_json(contacts, "--activities", activities, "--purchases", purchases)
    named = {(entry["file"], entry["column"]) for entry in answer["unused"]}
    assert named == {("activities", "weather"), ("purchases", "till")}


def test_dates_to_come_where_the_past_is_meant_are_a_gap(write: Write, as_json: AsJson) -> None:
    text = (
        "id,email,Last Visit,Next Visit\n1,a@x.org,2027-01-01,2027-01-01\n2,b@x.org,2024-01-01,\n"
    )
    answer = as_json(write("contacts.csv", text))
    gaps = {gap["key"]: gap["count"] for gap in answer["data_gaps"]}
    assert gaps["future_dates:Last Visit"] == 1
    assert "future_dates:Next Visit" not in gaps
    assert answer["dormant"]["d365"] == 1


def test_an_appointment_to_come_leaves_them_alone_and_one_past_is_no_proof(
    write: Write, as_json: AsJson
) -> None:
    text = (
        "id,email,Last Visit,Next Visit\n"
        "1,a@x.org,2024-01-01,2026-08-01\n"
        "2,b@x.org,2024-01-01,2026-05-01\n"
    )
    answer = as_json(write("contacts.csv", text))
    assert answer["dormant"]["d365"] == 2
    gaps = {gap["key"]: gap["count"] for gap in answer["data_gaps"]}
    assert gaps["appointment_ahead"] == 1
    assert sum(row["eligible"] for row in answer["segments"]) == 1
