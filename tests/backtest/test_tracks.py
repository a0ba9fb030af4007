"""Leads and customers: who is which, and that neither is judged on the other's outcome."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

pytestmark = pytest.mark.integration

Rows = list[tuple[str, date, float]]
Write = Callable[..., Path]
Run = Callable[..., Result]
AsJson = Callable[..., dict[str, Any]]
Predicted = Callable[..., dict[str, tuple[float, float]]]
ToCsv = Callable[[Rows], str]

HEADER = "contact_id,date,type,direction,outcome\n"


def activities(rows: Rows) -> str:
    """Each row of a made-up shop as a call that was answered."""
    return HEADER + "".join(f"L{who},{day},Call,inbound,\n" for who, day, _ in rows)


def test_only_what_a_lead_did_is_an_outcome(write: Write, as_json: AsJson) -> None:
    text = HEADER + (
        "01,2024-01-01,Form submission,,\n01,2024-10-05,Call,inbound,\n01,2024-10-05,Call,in,\n"
        "02,2024-01-02,Email reply,,\n02,2024-10-05,Email opened,,\n"
        "03,2024-01-03,Call,outbound,connected\n03,2024-10-05,Email,sent,\n"
        "04,2024-01-04,Email,sent,\n04,2024-10-06,Meeting,,completed\n"
        "05,2024-01-05,Email,sent,\n05,2024-12-29,Meeting,,no show\n"
        "06,2024-10-01,Call,inbound,\n"
    )
    answer = as_json("--activities", write("a.csv", text))
    assert answer["track"] == "lead"
    assert answer["tracks"].keys() == {"lead"}
    assert (answer["customers"], answer["returned"], answer["first_seen_later"]) == (5, 2, 1)
    assert answer["expected_purchases"]["observed"] == 2
    assert answer["bad_rows_total"] == 0


def test_opens_and_our_own_sends_change_no_prediction(
    write: Write, predicted: Predicted, make_shop: Callable[..., Rows]
) -> None:
    text = activities(make_shop(200, seed=7))
    noise = "".join(
        f"{line.split(',')[0]},{date.fromisoformat(line.split(',')[1]) + timedelta(days=9)},{kind}\n"
        for line in text.splitlines()[1:]
        for kind in ("Email opened,,", "Email,sent,", "Call,outbound,no answer")
    )
    usual = predicted("--activities", write("a.csv", text))
    assert predicted("--activities", write("b.csv", text + noise)) == usual


def test_two_tracks_are_what_each_would_be_alone(
    write: Write, as_json: AsJson, predicted: Predicted, purchases: Rows,
    make_shop: Callable[..., Rows], to_csv: ToCsv,
) -> None:  # fmt: skip
    bought = write("p.csv", to_csv(purchases))
    calls = activities(make_shop(250, seed=5))
    # Customers who call are customers still, and their calls count for nothing.
    known = {who for who, day, _ in purchases if day <= date(2024, 9, 30)}
    calls_of_customers = "".join(f"{who},2024-10-03,Call,inbound,\n" for who in sorted(known))
    alone, mixed = write("a.csv", calls), write("m.csv", calls + calls_of_customers)
    customers, leads = predicted(bought), predicted("--activities", alone)
    both = predicted(bought, "--activities", mixed)
    assert both == customers | leads
    assert list(both) == [*customers, *leads]
    answer = as_json(bought, "--activities", mixed)
    assert answer["tracks"].keys() == {"customer", "lead"}
    assert answer["tracks"]["customer"] == as_json(bought)["tracks"]["customer"]
    assert answer["tracks"]["lead"] == as_json("--activities", alone)["tracks"]["lead"]
    assert answer["customers"] == answer["tracks"]["customer"]["customers"] == len(known)


def test_a_first_purchase_after_the_end_is_a_leads_outcome(write: Write, as_json: AsJson) -> None:
    bought = write("p.csv", "customer_id,date\n1,2024-01-01\n2,2024-10-02\n3,2024-10-03\n")
    calls = HEADER + "2,2024-02-01,Call,inbound,\n4,2024-02-01,Call,inbound,\n4,2024-12-01,SMS,,\n"
    answer = as_json(bought, "--activities", write("a.csv", calls))
    lead = answer["tracks"]["lead"]
    assert (lead["customers"], lead["returned"]) == (2, 1)
    assert answer["first_seen_later"] == 1
    assert any("don't say who sent them: 1" in warning for warning in answer["warnings"])


def test_people_are_joined_over_files_by_address(write: Write, as_json: AsJson) -> None:
    bought = write("p.csv", "customer_id,email,date\n1,Ann@x.org,2024-01-01\n1,,2024-10-02\n")
    calls = HEADER + "ann@x.org,2024-02-01,Call,inbound,\nbob@x.org,2024-10-01,Call,inbound,\n"
    answer = as_json(bought, "--activities", write("a.csv", calls))
    assert (answer["customers"], answer["tracks"].keys()) == (1, {"customer"})


def test_where_nobody_had_bought_yet_everybody_is_a_lead(write: Write, as_json: AsJson) -> None:
    bought = write("p.csv", "customer_id,date\n1,2024-10-02\n")
    calls = HEADER + "1,2024-02-01,Call,inbound,\n2,2024-03-01,Form,,\n2,2024-12-29,Form,,\n"
    answer = as_json(bought, "--activities", write("a.csv", calls))
    assert (answer["track"], answer["customers"], answer["returned"]) == ("lead", 2, 2)
    assert "Nobody had bought by 2024-09-30, so everybody is a lead." in answer["warnings"]


def test_an_activities_file_without_a_holdout_is_refused(write: Write, run: Run) -> None:
    bought = write("p.csv", "customer_id,date\n1,2024-01-01\n1,2024-10-02\n")
    calls = write("a.csv", HEADER + "2,2024-02-01,Call,inbound,\n,2024-03-01,Call,inbound,\n")
    result = run(bought, "--activities", calls)
    assert result.exit_code == 2
    assert "There is no holdout: a.csv" in result.stderr


def test_a_cold_start_larger_than_the_leads_is_left_out_for_them(
    write: Write, as_json: AsJson, purchases: Rows, make_shop: Callable[..., Rows], to_csv: ToCsv
) -> None:
    bought = write("p.csv", to_csv(purchases))
    calls = write("a.csv", activities(make_shop(40, seed=3)))
    answer = as_json(bought, "--activities", calls, "--fit-customers", "60", "--draws", "1")
    assert "cold_start" in answer["tracks"]["customer"]
    assert "cold_start" not in answer["tracks"]["lead"]
    assert any("no cold start of 60 was measured" in warning for warning in answer["warnings"])
