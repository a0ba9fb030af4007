"""`rekindle backtest` from files to predictions, through the command itself."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import Result

pytestmark = pytest.mark.integration

Rows = list[tuple[str, date, float]]
Write = Callable[..., Path]
Run = Callable[..., Result]
AsJson = Callable[..., dict[str, Any]]
Predicted = Callable[..., dict[str, tuple[float, float]]]
ToCsv = Callable[[Rows], str]

FIGURES = {"auc", "log_loss", "brier", "ece", "top_decile_lift"}
TRACK = {
    *("track", "customers", "calibration_start", "calibration_end", "holdout_days", "returned"),
    *("base_rate", "methods", "calibration", "expected_purchases", "blend", "verdict"),
    "measurable",
}

SPELLINGS: dict[str, tuple[str, str, str]] = {
    "iso": (",", "%Y-%m-%d", "utf-8"),
    "iso in one": (",", "%Y%m%d", "utf-8"),
    "with a time": (",", "%Y-%m-%dT10:44:12Z", "utf-8"),
    "american": ("\t", "%m/%d/%Y", "cp1252"),
    "european": (";", "%d.%m.%Y", "utf-16"),
    "named": ("|", "%d %B %Y", "utf-8-sig"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_any_usual_spelling_gives_the_same_predictions(
    write: Write, predicted: Predicted, purchases: Rows, to_csv: ToCsv, spelling: str
) -> None:
    mark, form, encoding = SPELLINGS[spelling]
    text = mark.join(("Customer ID", "Order date", "Qty", "Total")) + "\n"
    text += "".join(
        mark.join((who, day.strftime(form), "1", str(amount))) + "\n"
        for who, day, amount in purchases
    )
    usual = predicted(write("usual.csv", to_csv(purchases)))
    assert predicted(write("other.csv", text, encoding)) == usual


def test_columns_may_be_named_by_hand(
    write: Write, predicted: Predicted, purchases: Rows, to_csv: ToCsv
) -> None:
    text = to_csv(purchases)
    odd = text.replace("customer_id,date", "Kunde,Wann", 1)
    options = ["--map", "Kunde=contact", "--map", "Wann=date"]
    assert predicted(write("o.csv", odd), *options) == predicted(write("u.csv", text))


def test_the_last_day_belongs_to_the_calibration_and_the_holdout_ends_after_n_days(
    write: Write, as_json: AsJson, predicted: Predicted
) -> None:
    path = write(
        "p.csv",
        "customer_id,date\n"
        "on the day,2024-03-31\n"
        "next day,2024-01-01\nnext day,2024-04-01\n"
        "last day,2024-01-05\nlast day,2024-04-10\n"
        "too late,2024-01-09\ntoo late,2024-04-11\n"
        "new,2024-04-01\n",
    )
    answer = as_json(path, end="2024-03-31", days=10)
    assert (answer["customers"], answer["returned"], answer["base_rate"]) == (4, 2, 0.5)
    assert answer["expected_purchases"]["observed"] == 2
    assert (answer["calibration_start"], answer["calibration_end"]) == ("2024-01-01", "2024-03-31")
    assert answer["first_seen_later"] == 1
    assert answer["warnings"] == []
    assert list(predicted(path, end="2024-03-31", days=10)) == [
        *("on the day", "next day", "last day", "too late"),
    ]


def test_ids_stay_as_written_in_the_order_of_the_file(write: Write, predicted: Predicted) -> None:
    text = (
        "customer_id,date\n"
        "later,2024-12-01\n007,2024-01-03\n7,2024-01-01\n00007,2024-02-01\n"
        '"Smith, Ann",2024-02-09\nzoë,2024-01-02\nlater,2024-01-01\n007,2024-10-03\n'
    )
    answer = predicted(write("p.csv", text))
    assert list(answer) == ["later", "007", "7", "00007", "Smith, Ann", "zoë"]


def test_predictions_have_every_digit(
    run: Run, write: Write, purchases: Rows, to_csv: ToCsv
) -> None:
    assert run(write("p.csv", to_csv(purchases)), "--out", "out.csv").exit_code == 0
    _, *lines = Path("out.csv").read_text(encoding="utf-8").splitlines()
    assert all(len(cell) > 8 for line in lines for cell in line.split(",")[1:])


def test_an_address_may_stand_for_an_id(
    write: Write, predicted: Predicted, as_json: AsJson
) -> None:
    text = (
        "email,date\nAnn@x.org,2024-01-01\nann@x.org,2024-02-01\nbob@x.org,2024-01-01\n"
        "ann@X.org,2024-10-02\n"
    )
    path = write("p.csv", text)
    assert list(predicted(path)) == ["Ann@x.org", "bob@x.org"]
    assert as_json(path)["returned"] == 1


def test_several_purchases_of_a_day_are_one(
    write: Write, predicted: Predicted, purchases: Rows, to_csv: ToCsv, as_json: AsJson
) -> None:
    once, thrice = write("1.csv", to_csv(purchases)), write("3.csv", to_csv(purchases * 3))
    assert predicted(once) == predicted(thrice)
    assert as_json(once)["expected_purchases"] == as_json(thrice)["expected_purchases"]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_nothing_after_the_last_day_changes_a_prediction(
    write: Write, predicted: Predicted, make_shop: Callable[..., Rows], to_csv: ToCsv,
    data: st.DataObject,
) -> None:  # fmt: skip
    end = date(2024, 9, 30)
    rows = make_shop(60)
    before = [row for row in rows if row[1] <= end]
    ids = sorted({row[0] for row in before})
    after = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([*ids, "new", "other"]),
                st.integers(1, 200).map(lambda days: end + timedelta(days=days)),
                st.floats(0, 1e6),
            ),
            min_size=1,
            max_size=30,
        )
    )
    mixed = data.draw(st.booleans())
    changed = [*after, *before] if mixed else [*before, *after]
    one, two = predicted(write("a.csv", to_csv(rows))), predicted(write("b.csv", to_csv(changed)))
    assert one == two
    assert set(one) == set(ids)


def test_the_json_has_the_promised_keys_and_counts(
    write: Write, as_json: AsJson, purchases: Rows, to_csv: ToCsv
) -> None:
    answer = as_json(write("p.csv", to_csv(purchases)), days=100)
    assert answer.keys() == TRACK | {
        *("tracks", "first_seen_later", "mapping", "warnings", "bad_rows", "bad_rows_total"),
        *("other_activities", "unused"),
        *("seconds", "out", "report"),
    }
    assert answer["tracks"].keys() == {"customer"}
    assert answer["tracks"]["customer"].keys() == TRACK
    assert list(answer["methods"]) == ["rekindle", "recency", "rfm", "bg_nbd"]
    for method in answer["methods"].values():
        assert method.keys() == FIGURES | {"quiet_90"}
        assert method["quiet_90"].keys() == FIGURES | {"customers", "returned"}
    bins = answer["calibration"]
    assert len(bins) == 10
    assert sum(part["customers"] for part in bins) == answer["customers"]
    assert sum(part["customers"] * part["observed"] for part in bins) == pytest.approx(
        answer["returned"], abs=0.01
    )
    known = {who for who, day, _ in purchases if day <= date(2024, 9, 30)}
    came = {
        who for who, day, _ in purchases if date(2024, 10, 1) <= day <= date(2025, 1, 8)
    } & known
    assert (answer["customers"], answer["returned"]) == (len(known), len(came))
    assert answer["measurable"] is True
    assert sum(answer["blend"]["shares"].values()) == pytest.approx(1, abs=1e-5)
    assert min(answer["blend"]["shares"].values()) > 0


def test_columns_that_are_not_used_are_named_with_the_reason(
    write: Write, as_json: AsJson, run: Run
) -> None:
    path = write(
        "p.csv",
        "customer_id,date,total,tax,product name,shelf\n1,2024-01-01,5,1,a,b\n1,2024-10-09,5,1,a,b\n",
    )
    assert as_json(path)["unused"] == [
        {"file": "purchases", "column": "tax", "reason": "it is part of the total already"},
        {
            "file": "purchases",
            "column": "product name",
            "reason": "what was bought makes no difference",
        },
        {"file": "purchases", "column": "shelf", "reason": "its name says nothing that is known"},
    ]
    assert "Not used: shelf: its name says nothing that is known." in run(path).stdout
    assert "shelf" in Path("rekindle-backtest.html").read_text(encoding="utf-8")


CASES = Path(__file__).parents[3] / "shared" / "cases"


@pytest.mark.skipif(not CASES.exists(), reason="the cases are not beside the tree")
@pytest.mark.parametrize(
    "case", ["31-several-orders-a-day/purchases.csv", "32-shopify-order-lines/shopify.csv"]
)
def test_lines_of_orders_tell_who_came_back(as_json: AsJson, case: str) -> None:
    answer = as_json(CASES / case, end="2025-12-31", days=178)
    assert answer["returned"] == 88
    assert answer["bad_rows_total"] == 0


def test_too_few_are_not_measured_and_no_figure_is_made_up(write: Write, as_json: AsJson) -> None:
    text = "customer_id,date\n" + "".join(f"{i},2024-09-{1 + i % 9:02}\n" for i in range(60))
    answer = as_json(write("p.csv", text + "3,2024-10-02\n"))
    assert answer["measurable"] is False
    assert answer["verdict"].startswith("Not yet measurable: 1 of 60 customers came back")
    for method in answer["methods"].values():
        assert {method[name] for name in FIGURES} == {None}
    assert answer["returned"] == 1


def test_a_file_that_ends_early_cuts_the_outcome_off_and_says_so(
    write: Write, run: Run, as_json: AsJson
) -> None:
    path = write("p.csv", "customer_id,date\n1,2024-01-01\n2,2024-02-01\n1,2024-10-20\n")
    (warning,) = as_json(path)["warnings"]
    assert warning.startswith("p.csv ends on 2024-10-20, 70 days before the holdout does")
    assert "--holdout-days 20 would fit" in warning
    assert warning in run(path, "--json").stderr
    assert as_json(path, days=20)["warnings"] == []


def test_bad_rows_are_reported_by_line_and_never_by_content(
    write: Write, as_json: AsJson, run: Run
) -> None:
    path = write(
        "p.csv",
        "customer_id,date,amount\n1,2024-01-01,5\n2,secret,5\n,2024-01-02,5\n3,2024-01-03,5,6\n"
        "4,2024-01-04,dear\n1,2024-10-09,5\n5,,5\n",
    )
    answer = as_json(path)
    assert {(row["line"], row["column"] or None) for row in answer["bad_rows"]} == {
        *((3, "date"), (4, None), (5, None), (6, "amount"), (8, "date")),
    }
    assert answer["bad_rows_total"] == 5
    assert answer["customers"] == 2  # the one with an unreadable amount did buy
    shown = run(path)
    assert "p.csv, line 3, column “date”: not a readable date." in shown.stdout
    page = Path("rekindle-backtest.html").read_text(encoding="utf-8")
    for text in (str(answer), shown.output, page):
        assert "secret" not in text
        assert "dear" not in text


@pytest.mark.parametrize(
    ("arguments", "end", "days", "says"),
    [
        ([], "2024-09-30", 90, "Give a file of purchases"),
        (["nothing.csv"], "2024-09-30", 90, "There is no file"),
        (["empty.csv"], "2024-09-30", 90, "is empty"),
        (["header.csv"], "2024-09-30", 90, "has no purchases that can be used"),
        (["unknown.csv"], "2024-09-30", 90, "--map"),
        (["good.csv"], "2023-12-31", 90, "the first event is on 2024-01-01. Choose a later"),
        (["good.csv"], "2024-10-20", 90, "There is no holdout: good.csv has nothing after"),
        (["good.csv"], "2025-01-01", 90, "Choose an earlier --calibration-end"),
        (["good.csv"], "2024-09-30", 0, "--holdout-days must be 1 or more"),
        (["good.csv"], "2024-09-30", -7, "--holdout-days must be 1 or more"),
        (["good.csv"], "someday", 90, "--calibration-end takes a date such as"),
        (["good.csv", "--map", "date=birthday"], "2024-09-30", 90, "--map knows no field"),
        (["good.csv", "--out", "no/such/folder/p.csv"], "2024-09-30", 90, "can't be written"),
        (["good.csv", "--out", "good.csv"], "2024-09-30", 90, "is read from"),
        (["good.csv", "--fit-customers", "3"], "2024-09-30", 90, "only 2 customers are known"),
        (["good.csv", "--fit-customers", "0"], "2024-09-30", 90, "must be 1 or more"),
        (["--activities", "good.csv"], "2024-09-30", 90, "no column for type"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_one_line_on_what_to_do(
    write: Write, run: Run, arguments: list[str], end: str, days: int, says: str
) -> None:
    write("empty.csv", "")
    write("header.csv", "customer_id,date\n")
    write("unknown.csv", "foo,bar\n1,2\n")
    write("good.csv", "customer_id,date\n1,2024-01-01\n2,2024-02-01\n1,2024-10-20\n")
    result = run(*arguments, end=end, days=days)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_cold_start_is_measured_where_asked(
    write: Write, as_json: AsJson, run: Run, purchases: Rows, to_csv: ToCsv
) -> None:
    path = write("p.csv", to_csv(purchases))
    assert "cold_start" not in as_json(path)
    cold = as_json(path, "--fit-customers", "40", "--draws", "2")["cold_start"]
    assert (cold["customers"], cold["draws"]) == (40, 2)
    assert 0 < cold["log_loss_mean"] <= cold["log_loss_worst"]
    shown = run(path, "--fit-customers", "40", "--draws", "2")
    assert "Cold start: models that knew only 40 of the " in shown.stdout


def test_the_screen_gives_the_verdict_first_and_the_report_last(
    write: Write, run: Run, as_json: AsJson, purchases: Rows, to_csv: ToCsv
) -> None:
    path = write("p.csv", to_csv(purchases))
    verdict = as_json(path, days=100)["verdict"]
    shown = run(path, days=100)
    assert shown.exit_code == 0
    words = " ".join(shown.stdout.split())
    assert words.startswith(verdict)
    assert words.endswith("Report: rekindle-backtest.html")
    assert "BG/NBD" in words
    assert "alive" not in words
    assert shown.stderr == ""


def test_json_writes_a_report_only_if_asked(
    write: Write, as_json: AsJson, purchases: Rows, to_csv: ToCsv
) -> None:
    path = write("p.csv", to_csv(purchases))
    assert as_json(path)["report"] is None
    assert not Path("rekindle-backtest.html").exists()
    assert as_json(path, "--report", "mine.html")["report"] == "mine.html"
    assert Path("mine.html").exists()


def test_the_command_line_loads_without_polars() -> None:
    code = "import sys, app.cli.main; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_several_moments_are_foretold_each_by_what_was_known_then(
    write: Write, as_json: AsJson, run: Run, purchases: Rows, to_csv: ToCsv
) -> None:
    path = write("p.csv", to_csv(purchases))
    answer = as_json(path, "--origins", "3", end="2024-10-31", days=60)
    moments = answer["origins"]
    assert [each["calibration_end"] for each in moments] == [
        "2024-07-03",
        "2024-09-01",
        "2024-10-31",
    ]
    for each in moments:
        end = date.fromisoformat(each["calibration_end"])
        known = {who for who, day, _ in purchases if day <= end}
        came = {who for who, day, _ in purchases if 0 < (day - end).days <= 60} & known
        assert (each["customers"], each["returned"]) == (len(known), len(came))
        alone = as_json(path, end=each["calibration_end"], days=60)
        assert alone["methods"]["rekindle"]["log_loss"] == each["methods"]["rekindle"]["log_loss"]
    losses = [each["methods"]["rekindle"]["log_loss"] for each in moments]
    spread = answer["spread"]
    assert spread["measurable"] == 3
    assert spread["methods"]["rekindle"]["log_loss"] == {
        "mean": pytest.approx(sum(losses) / 3, abs=1e-5), "low": min(losses), "high": max(losses)
    }  # fmt: skip
    assert spread["foretold_over_returned"]["low"] < spread["foretold_over_returned"]["high"]
    refused = run(path, "--origins", "900", end="2024-10-31", days=60)
    assert refused.exit_code == 2
    assert "--origins 900" in refused.stderr


def test_a_record_that_ends_before_the_days_foretold_do_gets_no_verdict(
    write: Write, as_json: AsJson, purchases: Rows, to_csv: ToCsv
) -> None:
    cut = [row for row in purchases if row[1] <= date(2024, 11, 20)]
    told = {
        days: as_json(write("p.csv", to_csv(cut)), end="2024-08-31", days=days)["verdict"]
        for days in (80, 180)
    }
    assert not told[80].startswith("Not yet measurable")
    assert told[180].startswith("Not yet measurable: the record ends before the 180 days")


def test_dates_by_month_are_said_and_counted_as_such(
    write: Write, as_json: AsJson, purchases: Rows, to_csv: ToCsv
) -> None:
    monthly = [(who, day.replace(day=1), amount) for who, day, amount in purchases]
    # From October 1 on, November and December come within 90 days, and January within 92.
    two, three = (
        as_json(write("p.csv", to_csv(monthly)), end="2024-10-01", days=days) for days in (90, 92)
    )
    assert any("recorded by month" in warning for warning in two["warnings"])
    ratio = three["expected_purchases"]["predicted"] / two["expected_purchases"]["predicted"]
    assert 1.3 < ratio < 1.6
    assert not any("recorded" in w for w in as_json(write("p.csv", to_csv(purchases)))["warnings"])
