"""`rekindle audit` from files to numbers, through the command itself."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from app.reports.audit.session import _ask, read_moment
from core.errors import Invalid

pytestmark = pytest.mark.integration

Write = Callable[..., Path]
Run = Callable[..., Result]
AsJson = Callable[..., dict[str, Any]]
EXCERPT = Path(__file__).parents[1] / "data" / "purchases_excerpt.csv"

HUBSPOT = (
    "Record ID,First Name,Email,Phone Number,Create Date,Original Source,Lifecycle Stage,"
    "Last marketing email reply date,Time of Last Session,Recent Deal Close Date,Total Revenue,"
    "Number of Associated Deals,Unsubscribed from all email\n"
    "1,Ann,ann@x.org,,2024-01-05 10:00,PAID_SEARCH,Lead,2026-06-01 09:00,,,,,\n"
    "2,Bob,bob@x.org,+1207,2024-01-05 10:00,REFERRALS,Customer,,2026-01-20 09:00,2025-12-01,"
    '"4,200.00",2,\n'
    "3,Cy,cy@x.org,,2023-01-05 10:00,ORGANIC_SEARCH,Lead,,2025-01-20 09:00,,,,true\n"
    "4,Di,di@x.org,,2026-01-05 10:00,DIRECT_TRAFFIC,Lead,,,,,,\n"
    "5,Ed,ed@x.org,,2024-01-05 10:00,OFFLINE,Lead,,,,,,\n"
    "6,Flo,flo@x.org,,2026-06-05 10:00,OFFLINE,Lead,,,,,,\n"
)


def gaps(answer: dict[str, Any]) -> dict[str, int | None]:
    return {gap["key"]: gap["count"] for gap in answer["data_gaps"]}


def test_a_hubspot_export_alone_is_enough_s1_s3(write: Write, as_json: AsJson) -> None:
    answer = as_json(write("contacts.csv", HUBSPOT))
    assert answer["mapping"]["contacts"]["label"] == "HubSpot contact export"
    assert answer["contacts"] == 6
    assert answer["dormant"] == {"d90": 2, "d180": 1, "d365": 1, "never": 1}
    assert answer["unmeasurable"] == 1
    assert answer["bands"] == {
        "active": 2, "90_179": 1, "180_364": 0, "365_plus": 1, "never": 1, "unmeasurable": 1,
    }  # fmt: skip
    assert answer["tracks"]["customer"]["contacts"] == 1
    assert answer["value"]["currency"] == "USD"
    # One reachable customer and one reachable stranger; the third has unsubscribed.
    assert answer["value"]["reachable"] == 2
    assert answer["value"]["at_10"] == pytest.approx(0.10 * 2 * 2100)
    assert [person["contact_id"] for person in answer["manual_list"]] == ["2", "3"]
    assert answer["bad_rows"] == []


def test_a_highlevel_export_counts_last_activity_and_says_so(write: Write, as_json: AsJson) -> None:
    text = (
        "Contact Id,First Name,Last Name,Phone,Email,Created,Last Activity,Tags\n"
        'aB1,Ann,A,+1207,a@x.org,2024-06-08T10:28:39-07:00,Jan 22 2026 02:09 PM,"vip, old"\n'
        "aB2,Bob,B,,b@x.org,2024-06-08T10:28:39-07:00,Jun 22 2025 02:09 PM,\n"
        "aB3,Cy,C,,c@x.org,2025-09-08T10:28:39-07:00,,\n"
    )
    answer = as_json(write("contacts.csv", text))
    assert answer["mapping"]["contacts"]["label"] == "HighLevel contact export"
    assert answer["dormant"] == {"d90": 2, "d180": 1, "d365": 1, "never": 1}
    assert gaps(answer)["last_activity_only"] == 2


def test_last_activity_is_not_used_where_the_file_knows_better(
    write: Write, as_json: AsJson
) -> None:
    text = (
        "Record ID,Email,Create Date,Last Activity Date,Last marketing email reply date\n"
        "1,a@x.org,2024-01-01,2026-06-29,2026-01-01\n"
        "2,b@x.org,2026-02-01,2026-06-29,\n"
    )
    answer = as_json(write("contacts.csv", text))
    assert (answer["dormant"]["d90"], answer["dormant"]["never"]) == (1, 1)
    assert "last_activity_only" not in gaps(answer)


def test_activities_join_by_id_or_email_and_follow_the_canon(write: Write, as_json: AsJson) -> None:
    contacts = write(
        "contacts.csv",
        "id,email,created\n1,a@x.org,2020-01-01\n2,B@x.org,2025-01-01\n3,c@x.org,2025-01-01\n",
    )
    activities = write(
        "activities.csv",
        "Contact ID or Email;Activity Date;Activity Type;Direction;Outcome\n"
        "1;2025-12-01;Email reply;;\n"
        "1;2026-06-01;Email opened;;\n"
        "b@X.org;2026-02-01;Call;outgoing;Connected\n"
        "2;2026-06-01;Call;outgoing;No answer\n"
        "2;2026-06-02;Email;sent;\n"
        "2;2026-06-03;Meeting;;No show\n"
        "3;2026-06-29;Text message;received;\n"
        "3;2024-01-29;SMS;;\n"
        "9;2026-06-29;Call;inbound;\n"
        "3;2026-06-29;Pigeon;inbound;\n",
    )
    answer = as_json(contacts, "--activities", activities)
    assert answer["dormant"] == {"d90": 2, "d180": 1, "d365": None, "never": 0}
    assert gaps(answer)["unknown_contacts"] == 1
    assert gaps(answer)["no_direction"] == 1
    assert gaps(answer)["other_activities"] == 1
    assert answer["other_activities"] == [{"words": "Pigeon", "count": 1}]
    assert answer["bad_rows"] == []


def test_a_kind_that_is_not_known_can_be_mapped(write: Write, as_json: AsJson, run: Run) -> None:
    contacts = write(
        "contacts.csv", "id,email,created\n1,a@x.org,2020-01-01\n2,b@x.org,2020-01-01\n"
    )
    activities = write(
        "a.csv", "id,date,type\n1,2026-06-01,Portal login\n2,2025-01-01,Email reply\n"
    )
    asked = as_json(contacts, "--activities", activities)
    assert asked["other_activities"] == [{"words": "Portal login", "count": 1}]
    told = as_json(contacts, "--activities", activities, "--kind", "portal login=visit")
    assert (told["dormant"]["d90"], told["dormant"]["never"]) == (1, 0)
    assert told["other_activities"] == []
    assert (asked["bands"]["active"], told["bands"]["active"]) == (0, 1)
    result = run(contacts, "--activities", activities, "--kind", "Portal login=door")
    assert result.exit_code == 2
    assert "--kind takes" in result.stderr


def test_purchases_join_and_add_missing_customers_s2(write: Write, as_json: AsJson) -> None:
    contacts = write("contacts.csv", "id,email\n1,a@x.org\n2,b@x.org\n")
    purchases = write(
        "purchases.csv",
        "customer_id,date,quantity,amount\n"
        '1,2025-01-01,1,"1,000.00"\n1,2026-01-01,1,10\nB@x.org,2026-06-01,1,20\n'
        "77,2024-01-01,1,30\nnew@x.org,2024-01-01,1,30\n88,2027-01-01,1,5\n,2024-01-01,1,5\n",
    )
    answer = as_json(contacts, "--purchases", purchases)
    assert answer["contacts"] == 4
    assert answer["tracks"]["customer"]["contacts"] == 4
    assert answer["dormant"] == {"d90": 3, "d180": 3, "d365": 2, "never": 0}
    assert gaps(answer)["added_customers"] == 2
    assert [row["line"] for row in answer["bad_rows"]] == [8]
    assert "x.org" not in str(answer["manual_list"])


def test_ids_meet_their_partners_however_a_spreadsheet_left_them(
    write: Write, as_json: AsJson
) -> None:
    contacts = write(
        "contacts.csv",
        "customer_id,email,created\n101,a@x.org,2020-01-01\n00102,b@x.org,2020-01-01\n",
    )
    purchases = write(
        "purchases.csv",
        'customer_id,date,amount\n101.0,2024-01-01,50\n102,2025-01-01,60\n"=""00102""",2025-02-01,60\n,2025-02-01,10\n',
    )
    answer = as_json(contacts, "--purchases", purchases)
    assert (answer["contacts"], answer["tracks"]["customer"]["contacts"]) == (2, 2)
    assert answer["value"]["reachable"] == 2
    assert [row["line"] for row in answer["bad_rows"]] == [5]


def test_a_shops_orders_may_stand_for_the_contacts(write: Write, as_json: AsJson) -> None:
    """Who gave everything back is no customer; an address among the orders makes one reachable."""
    orders = write(
        "orders.csv",
        "Name,Email,Financial Status,Paid at,Subtotal,Total,Lineitem quantity,Lineitem name,Refunded Amount,Notes\n"
        "#1,a@x.org,paid,2025-01-01,30,33,1,Cap,0,\n#1,a@x.org,,,,,2,Sock,,\n#2,b@x.org,refunded,2025-01-01,9,9,1,Cap,9,\n"
        "#3,,paid,2025-02-01,30,33,1,Cap,0,\n#4,c@x.org,paid,2025-02-01,30,40,1,Cap,0,\n",
    )
    answer = as_json(orders)
    assert (answer["contacts"], answer["tracks"]["customer"]["contacts"]) == (2, 2)
    assert answer["value"]["reachable"] == 2
    assert "channels_unknown" not in gaps(answer)
    assert [row["reason"] for row in answer["bad_rows"]] == ["the purchase names no customer"]
    assert {entry["column"] for entry in answer["unused"]} == {"Subtotal", "Lineitem name", "Notes"}


@pytest.mark.parametrize("alone", [True, False])
def test_real_purchases_agree_with_a_direct_count_s1_n1(
    write: Write, as_json: AsJson, run: Run, *, alone: bool
) -> None:
    last: dict[str, date] = defaultdict(lambda: date.min)
    with EXCERPT.open() as stream:
        for line in csv.DictReader(stream):
            day = date.fromisoformat(line["date"])
            if day <= date(1997, 10, 1):
                last[line["customer_id"]] = max(last[line["customer_id"]], day)
    quiet = [(date(1997, 10, 1) - day).days for day in last.values()]
    contacts = write("contacts.csv", "customer_id\n" + "".join(f"{i}\n" for i in last))
    files = [EXCERPT] if alone else [contacts, "--purchases", EXCERPT]
    result = run(*files, "--json", "--as-of", "1997-10-01")
    assert result.exit_code == 0, result.stderr
    answer = orjson.loads(result.stdout)
    assert answer["contacts"] == len(last)
    assert answer["dormant"] == {
        "d90": sum(days >= 90 for days in quiet),
        "d180": sum(days >= 180 for days in quiet),
        "d365": None,
        "never": 0,
    }
    assert gaps(answer)["channels_unknown"] == len(last)
    assert answer["value"]["reachable"] == answer["dormant"]["d90"]


def test_nothing_but_contacts_is_honest_about_silence(write: Write, as_json: AsJson) -> None:
    answer = as_json(write("c.csv", "name,email,created\nA,a@x.org,2020-01-01\nB,b@x.org,\n"))
    assert answer["dormant"] == {"d90": None, "d180": None, "d365": None, "never": 0}
    assert answer["unmeasurable"] == 2


def test_rows_that_repeat_an_id_or_an_address_count_once(write: Write, as_json: AsJson) -> None:
    by_id = "id,email,unsubscribed\n1,a@x.org,\n1,a@x.org,yes\n2,a@x.org,\n"
    answer = as_json(write("c.csv", by_id))
    assert answer["contacts"] == 2
    assert (gaps(answer)["repeated_rows"], gaps(answer)["likely_duplicates"]) == (1, 1)
    by_address = "email,created\nA@x.org,2020-01-01\na@x.org ,2020-01-01\n,2020-01-01\n"
    assert as_json(write("d.csv", by_address))["contacts"] == 2


def test_bad_cells_are_reported_by_line_without_their_value(write: Write, as_json: AsJson) -> None:
    text = (
        "id,email,created\n1,secret@x.org,soon\n2,b@x.org,2020-01-01\n3,b@x.org,2020-01-01,more\n"
    )
    answer = as_json(write("c.csv", text))
    assert answer["contacts"] == 2
    assert answer["bad_rows"] == [
        {
            "file": "c.csv",
            "line": 4,
            "reason": "the row has 4 cells, the header has 3",
            "column": None,
        },
        {"file": "c.csv", "line": 2, "reason": "not a readable date", "column": "created"},
    ]
    assert "secret" not in str(answer)
    assert "soon" not in str(answer)


def test_doubtful_dates_are_said_to_be_and_follow_the_sure_ones(
    write: Write, as_json: AsJson
) -> None:
    sure = "id,created,last_reply\n1,25/01/2026,03/02/2026\n"
    answer = as_json(write("c.csv", sure))
    assert gaps(answer)["date_order:last_reply"] == 1
    assert answer["dormant"]["d90"] == 1  # February, as the first column's order says


def test_do_not_contact_closes_every_channel(write: Write, as_json: AsJson) -> None:
    text = "id,email,phone,dnd,last_reply,created\n1,a@x.org,+1,true,2025-01-01,2024-01-01\n"
    answer = as_json(write("c.csv", text))
    assert (answer["value"]["pool"], answer["value"]["reachable"]) == (1, 0)


def test_a_map_option_reads_an_unknown_file(write: Write, as_json: AsJson, run: Run) -> None:
    path = write("c.csv", "Kundennr;Angelegt;Zuletzt gekauft\n1;31.12.2024;01.02.2025\n")
    options = ["--map", "Kundennr=contact_id", "--map", "Zuletzt gekauft=last_purchase_at"]
    assert as_json(path, *options)["dormant"]["d365"] == 1
    refused = run(path, "--map", "Kundennummer=contact_id")
    assert refused.exit_code == 2
    assert "no file has that column" in refused.stderr
    refused = run(path, *options, "--map", "Angelegt=direction")
    assert "has no such field" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing.csv"], "no file"),
        (["empty.csv"], "empty"),
        (["header.csv"], "no contacts"),
        (["unknown.csv"], "--map"),
        (["good.csv", "--as-of", "yesterday"], "--as-of takes a date"),
        (["good.csv", "--map", "id=birthday"], "created_at"),
        (["good.csv", "--activities", "good.csv"], "no column for"),
        (["good.csv", "--out", "no/such/folder/report.html"], "can't be written"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_what_to_do(
    write: Write, run: Run, arguments: list[str], says: str
) -> None:
    write("empty.csv", "")
    write("header.csv", "id,email\n")
    write("unknown.csv", "foo,bar\n1,2\n")
    write("good.csv", "id,email\n1,a@x.org\n")
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_the_terminal_summary_names_the_finding_and_the_report(write: Write, run: Run) -> None:
    result = run(write("contacts.csv", HUBSPOT), "--as-of", "2026-06-30")
    assert result.exit_code == 0
    assert "2 of your 6 contacts have been quiet for 90 days or more" in result.stdout
    assert "Report: rekindle-audit.html" in result.stdout
    assert Path("rekindle-audit.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "ann@x.org" not in Path("rekindle-audit.html").read_text(encoding="utf-8")


def test_json_writes_a_report_only_if_asked(write: Write, as_json: AsJson) -> None:
    path = write("contacts.csv", HUBSPOT)
    assert as_json(path)["report"] is None
    assert not Path("rekindle-audit.html").exists()
    assert as_json(path, "--out", "mine.html")["report"] == "mine.html"
    assert Path("mine.html").exists()


def test_the_same_files_give_the_same_answer_twice(write: Write, as_json: AsJson) -> None:
    path = write("contacts.csv", HUBSPOT)
    assert as_json(path) == as_json(path)


def test_somebody_at_the_terminal_is_asked_by_number() -> None:
    answers: dict[str, str] = {}
    ask = typer.Typer()

    @ask.command()
    def main() -> None:
        answers.update(_ask(["Nummer", "Angelegt"], {"email": "Mail"}))

    result = CliRunner().invoke(ask, input="1\n0\n2\n9\n\n")
    assert result.exit_code == 0
    assert answers == {"contact_id": "Nummer", "created_at": "Angelegt"}


def test_moments_are_days_or_times_in_utc() -> None:
    assert read_moment("1997-10-01") == datetime(1997, 10, 1, tzinfo=UTC)
    assert read_moment("2026-01-01T02:00+02:00") == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Invalid, match="2026-01-31"):
        read_moment("soon")


def test_a_person_says_how_a_column_is_read(write: Write, as_json: AsJson, run: Run) -> None:
    path = write("c.csv", "id,email,created,last_reply\n1,a@x.org,2020-01-01,05/12/2025\n")
    doubted = as_json(path)
    assert doubted["dormant"]["d365"] == 1
    assert '--read "last_reply=day first"' in str(doubted["data_gaps"])
    settled = as_json(path, "--read", "last_reply=Day first")
    assert settled["dormant"]["d365"] is None  # nothing on record is as old as that
    assert "date_order" not in str(settled["data_gaps"])
    unknown = run(path, "--json", "--read", "reply=day first")
    assert unknown.exit_code == 2
    assert "no file has that column" in unknown.stderr
    assert run(path, "--json", "--read", "last_reply=dayfirst").exit_code == 2


def test_a_reports_title_and_totals_are_no_contacts(write: Write, as_json: AsJson) -> None:
    report = (
        "Patient Recall Report,,,\nGenerated 11/28/2026 10:00 AM by Smith, John,,\n\n"
        "Patient ID,Email,Created,Last Appointment\n"
        "p1,ann@x.org,2019-03-05,2024-06-14\np2,bob@x.org,2019-03-05,2025-06-14\nTotal: 2,,,\n"
    )
    answer = as_json(write("contacts.csv", report))
    assert answer["contacts"] == 2
    assert answer["dormant"]["d365"] == 2
    assert [(row["line"], row["reason"]) for row in answer["bad_rows"]] == [(7, "a row of totals")]


def test_values_in_place_of_names_are_told_without_showing_them(write: Write, run: Run) -> None:
    done = run(write("contacts.csv", "Ann,ann@x.org,2024-06-14\nBob,bob@x.org,2025-06-14\n"))
    assert done.exit_code == 2
    assert "begins with values instead of column names" in done.stderr
    assert "ann@x.org" not in done.output


@pytest.mark.parametrize(
    "text", ['[{"id": 1, "email": "ann@x.org"}]', "<html><table><tr>ann@x.org"]
)
def test_what_is_no_table_is_told_so(write: Write, run: Run, text: str) -> None:
    done = run(write("contacts.csv", text))
    assert done.exit_code == 2
    assert "save it as CSV" in done.stderr
    assert "ann@x.org" not in done.output


def test_amounts_are_shown_in_the_currency_that_they_name(write: Write, as_json: AsJson) -> None:
    text = (
        "Customer ID;Email;Created;Last Purchase Date;Revenue\n"
        "c1;ann@x.org;2019-03-05;2024-06-14;1.250,50 €\nc2;bob@x.org;2019-03-05;2025-06-14;900,00 €\n"
    )
    found = as_json(write("contacts.csv", text))
    assert found["value"]["currency"] == "EUR"
    asked = as_json(write("contacts.csv", text), "--currency", "CHF")
    assert asked["value"]["currency"] == "CHF"
    assert "other_currency" in gaps(asked)
