"""`rekindle results`: what an account's outreach brought beyond what comes back by itself (S21, N4-N9)."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.reports.results import words
from app.reports.results.assemble import Results, assemble
from app.reports.results.loading import load
from app.reports.results.tables import COLUMNS, to_json
from core import log
from core.clock import SystemClock
from core.errors import AppError, NotFound
from core.vault import new_key
from oauth.account_settings.changing import change, owner_of
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import jobs
from workflows.decisions import draws
from workflows.decisions.holdout import Batch, Candidate
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.tables import enrollments, touches
from workflows.enrollment.touch_states import TouchState
from workflows.results.comparing import Lift, Verdict
from workflows.results.lift import Difference

pytestmark = pytest.mark.integration
PLAYBOOK = "lead_reactivation"


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


def candidate(number: int) -> Candidate:
    return Candidate(
        f"c{number:03}",
        PLAYBOOK,
        "lead",
        "180_364",
        "AB"[number % 2],
        ("inquired_lead", "low_intent_lead")[number % 3 == 0],
        0.05 + number % 7 / 100,
        0.2 + number % 5 / 100,
        0.25,
        channels="email sms",
    )


def run_a_programme(mirrored: Mirrored) -> None:
    """160 people, 40 of them left alone; a third of the started answer and some buy, few of the others."""
    everybody = [candidate(n) for n in range(160)]
    started, alone = everybody[40:], everybody[:40]
    mirrored.know(*(c.contact_id for c in everybody))
    at, now = mirrored.clock.now(), SystemClock().now()
    with mirrored.engine.begin() as tx:
        draws.record_batch(tx, ACCOUNT, Batch(tuple(started), tuple(alone)), wave_id="w", now=now)
        draws.assign_batch(tx, ACCOUNT, "w", at=at)
        picked = [(c.contact_id, PLAYBOOK) for c in started]
        ledger.propose(tx, ACCOUNT, picked, wave_id="w", now=at)
        e = enrollments.c
        tx.execute(sa.update(enrollments).values(state=EnrollmentState.STARTED, started_at=at))
        refused = {"state": EnrollmentState.REFUSED, "started_at": None}
        tx.execute(sa.update(enrollments).where(e.contact_id == "c159").values(**refused))
        sent = [_touch(c.contact_id, at) for c in started[:-1]]
        sent[-1]["state"] = TouchState.UNPROVED
        # Of a later round: it costs nothing by the days before it.
        later = at + timedelta(days=95)
        sent.append({**sent[0], "round_no": 2, "asked_at": later, "due_at": later})
        tx.execute(sa.insert(touches), sent)
    for n in range(40, 76):
        mirrored.happen((f"c{n:03}", -2, "email"), outcome="positive" if n % 2 else "unclear")
    mirrored.happen(*((f"c{n:03}", -9, "purchase") for n in range(40, 52)))
    mirrored.happen(("c000", -4, "form"), ("c150", -3, "sms"))
    mirrored.happen(("c151", -3, "sms"), outcome="opted_out")
    mirrored.happen(("c001", -5, "email"), direction="out")
    mirrored.later(30)
    mirrored.run(jobs.record_outcomes)


def _touch(contact_id: str, at: Any) -> dict[str, Any]:
    return {
        "account_id": ACCOUNT,
        "contact_id": contact_id,
        "playbook": PLAYBOOK,
        "round_no": 1,
        "touch_no": 1,
        "state": TouchState.PROVED,
        "channel": "email",
        "angle": "opening",
        "variant": "a",
        "after_days": 0,
        "due_at": at,
        "asked_at": at,
    }


def results(mirrored: Mirrored, days: int = 30) -> Results:
    return assemble(load(mirrored.context, ACCOUNT), days=days)


def test_s21_results_of_an_account(mirrored: Mirrored) -> None:
    run_a_programme(mirrored)
    found = results(mirrored)
    assert (found.assigned.started, found.assigned.left_alone, found.assigned.waves) == (120, 40, 1)
    assert found.assigned.not_started == {"refused": 1}, "who got nothing counts in their arm"
    at30 = found.horizons[30]
    assert (at30.started.people, at30.left_alone.people) == (120, 40)
    assert at30.started.did["responded"].count == 37
    assert at30.started.did["positive"].count == 18
    assert at30.started.did["sold"].count == 12
    assert at30.started.did["opted_out"].count == 1
    assert at30.left_alone.did["responded"].count == 1
    assert at30.contacted_controls == 1
    lift = at30.lifts["responded"]
    assert lift.difference is not None
    assert lift.difference.value == pytest.approx(37 / 120 - 1 / 40, abs=0.02)
    assert lift.verdict == "measured"
    assert at30.started.revenue == 2_400
    assert found.horizons[90].started.people == 0, "nobody is that far"
    assert found.by["segment"].keys() == {"inquired_lead", "low_intent_lead"}
    assert sum(c.started.people for c in found.by["segment"].values()) == 120
    assert [(k.value, k.touches, k.responded.count) for k in found.touched["channel"]] == [
        ("email", 118, 37)
    ]
    assert found.first.people == 37
    assert found.first.median_days == pytest.approx(2.0)
    # N7 beside the account's own.
    n7 = [one for one in found.beside if one.planned.key == "N7" and one.planned.what == "sold"]
    assert [(one.planned.low, one.planned.high, one.own) for one in n7] == [(0.02, 0.05, 0.1)]
    assert all(one.own is None for one in found.beside if one.planned.days == 90)


def test_s21_cost_is_the_accounts_own_where_it_says_so(mirrored: Mirrored) -> None:
    run_a_programme(mirrored)
    usual = results(mirrored).money
    assert usual.cost == pytest.approx(118 * 0.002)
    with mirrored.engine.connect() as connection:
        owner = owner_of(connection, ACCOUNT)
    change(mirrored.context, owner, {"email_cost": "0.5"}, looked_at=0, by="ann")
    found = results(mirrored)
    own, revenue = found.money, found.extra["revenue"]
    assert own.cost == pytest.approx(59.0)
    assert own.per_sale == pytest.approx(59.0 / 12)
    assert revenue.value is not None
    assert revenue.low is not None
    assert revenue.anyway == pytest.approx(2_400 - revenue.value)
    if revenue.verdict == "measured":
        assert own.returned == pytest.approx(revenue.value / 59.0)
    else:
        assert own.returned is None


def test_s21_in_words_and_as_json(mirrored: Mirrored) -> None:
    run_a_programme(mirrored)
    found = results(mirrored)
    told = "\n".join(words.lines(found))
    assert "120 people were to be started in 1 waves, 40 were left alone" in told
    assert "1 of the first got nothing: refused by a rule before the start" in told
    assert "Before the start the groups were" in told
    assert "responded: 37 (30.8%) and 1 (2.5%); +" in told
    assert "1 of those left alone heard from the team" in told
    assert "planning; they promise nothing" in told
    assert "90 days: nobody is that far yet." in told
    as_json = json.loads(json.dumps(to_json(found)))
    assert [h["days"] for h in as_json["horizons"]] == [7, 30, 60, 90]
    lift = as_json["horizons"][1]["lift"]["responded"]
    assert lift["low"] < lift["value"] < lift["high"]
    assert {"N4", "N5", "N6", "N7", "N9"} == {r["key"] for r in as_json["planning_ranges"]}
    assert as_json["by"]["playbook"][0]["value"] == PLAYBOOK


def test_s21_why_a_lift_is_not_yet_measurable() -> None:
    """Either the difference is smaller than so many people show, or the people are few."""

    def told(value: float, smallest: float | None) -> str:
        return words.difference(Lift(Difference(value, -0.1, 0.5), smallest, Verdict.NOT_YET))

    assert told(0.05, 0.08).endswith("not yet measurable: so many people show 8.0 points or more")
    assert told(0.45, 0.20).endswith("not yet measurable with so few people")
    assert told(0.45, None).endswith("not yet measurable with so few people")
    measured = Lift(Difference(0.1, 0.05, 0.15), 0.08, Verdict.MEASURED)
    assert words.difference(measured) == "+10.0 points (+5.0 to +15.0)"


def test_an_account_without_waves_says_when_results_begin(mirrored: Mirrored) -> None:
    found = results(mirrored)
    assert list(words.lines(found)) == [
        "Nothing to tell yet: results begin with the first wave that is approved."
    ]
    assert json.dumps(to_json(found))
    with pytest.raises(NotFound):
        load(mirrored.context, "nobody")


Run = Callable[..., Result]


@pytest.fixture
def run(
    mirrored: Mirrored, database_url: str, queue_server: str, monkeypatch: pytest.MonkeyPatch
) -> Run:
    for name, value in {
        "DATABASE_URL": database_url,
        "REDIS_URL": queue_server,
        "VAULT_KEYS": new_key(),
        "SESSION_SECRET": "x" * 40,
    }.items():
        monkeypatch.setenv(f"REKINDLE_{name}", value)

    def invoke(*arguments: str) -> Result:
        try:
            words = ["results"] if arguments[0] != "scores" else []
            return CliRunner().invoke(app, [*words, *arguments])
        finally:
            log.configure("json", level="CRITICAL")

    return invoke


def test_s21_the_command(run: Run, mirrored: Mirrored) -> None:
    run_a_programme(mirrored)
    done = run(ACCOUNT, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["horizons"][1]["started"]["responded"]["count"] == 37
    table = list(csv.DictReader(io.StringIO(run(ACCOUNT, "--csv", "--days", "7").stdout)))
    assert list(table[0]) == [*COLUMNS]
    (row,) = [r for r in table if (r["by"], r["days"], r["outcome"]) == ("all", "30", "responded")]
    assert (row["started_count"], row["left_alone_count"]) == ("37", "1")
    assert {r["by"] for r in table} >= {"all", "playbook", "segment", "channel", "hour"}
    assert "left alone to measure" in run(ACCOUNT).stderr
    assert isinstance(run("nobody").exception, AppError)
    assert isinstance(run(ACCOUNT, "--days", "8").exception, AppError)
    assert "Nothing to report yet" in run("scores", "report", ACCOUNT).stderr
    mirrored.later(60)
    mirrored.run(jobs.record_outcomes)
    told = json.loads(run("scores", "report", ACCOUNT, "--json").stdout)
    # Who was refused had no plan, so nothing was foretold of them; by lot each was foretold 20 to 24 in 100.
    started, alone = told["started"]["all"], told["left_alone"]["all"]
    assert (started["people"], alone["people"]) == (119, 40)
    assert (started["came"]["count"], alone["came"]["count"]) == (37, 1)
    assert started["foretold"] == pytest.approx(sum(0.2 + n % 5 / 100 for n in range(40, 159)))
    assert alone["foretold"] == pytest.approx(sum(0.05 + n % 7 / 100 for n in range(40)))
    assert (started["verdict"], alone["verdict"]) == ("more_came", "agrees")
    by = told["started"]["by"]
    assert [one["value"] for one in by["priority"]] == ["A", "B"]
    assert sum(one["people"] for one in by["band"]) == 119
    assert told["in_order"] is True
    in_words = run("scores", "report", ACCOUNT).stderr
    assert "37 of 119 answered or came back, 31.1%" in in_words
    assert "more than foretold" in in_words
    assert "their order holds" in in_words
