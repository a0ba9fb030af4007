"""The benchmarks tell what they measured: scoring made-up contacts, judging on sealed people."""

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.lab.bench_plan import plan_made_up
from app.lab.bench_responses import Question, judge_people, sum_up
from app.lab.bench_score import score_made_up
from app.lab.bench_web import Answer, _latencies


def silent(_doing: str) -> None:
    """Nobody watches."""


def test_every_made_up_contact_is_scored_and_explained() -> None:
    result = score_made_up(1_500, 12_000, tell=silent)
    assert (result["contacts"], result["events"]) == (1_500, 12_000)
    assert result["explanations"] == 1_500
    assert set(result["seconds"]) == {"features", "fit", "score"}
    assert result["total_seconds"] >= sum(result["seconds"].values()) - 0.01
    assert 0 < result["memory_before_mb"] <= result["peak_memory_mb"]


def test_the_command_prints_one_object() -> None:
    done = CliRunner().invoke(
        app, ["bench", "score", "--contacts", "1000", "--events", "5000", "--json"]
    )
    assert done.exit_code == 0, done.stderr
    assert orjson.loads(done.stdout)["contacts"] == 1_000


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    return judge_people(Question(seed=41, contacts=1_000), tell=silent)


@pytest.mark.processes
def test_people_the_scores_never_saw_are_judged_against_an_oracle_s9(
    judged: dict[str, Any],
) -> None:
    dormant = judged["judged"]["dormant"]
    # Few contacts: far below what large accounts reach, far above chance.
    assert dormant["respond"]["auc_share"] > 0.3
    assert dormant["uplift"]["top_half"] > 0.6
    assert dormant["respond"]["auc"] < dormant["respond"]["auc_oracle"]
    assert abs(dormant["respond"]["auc_shuffled"] - 0.5) < 0.1
    assert dormant["missing"] == 0


@pytest.mark.processes
def test_a_pilot_teaches_and_the_rest_is_judged(judged: dict[str, Any]) -> None:
    pilot, dormant = judged["pilot"], judged["judged"]["dormant"]
    assert 0.2 < pilot["left_alone"] / pilot["contacts"] < 0.4
    assert 0.8 < pilot["contacts"] / dormant["n"] < 1.25
    before, after = judged["judged"]["before_any_outcome"], dormant
    assert after["respond"]["log_loss"] < before["respond"]["log_loss"]
    assert "of its gain" in sum_up(judged)


@pytest.mark.processes
def test_where_outreach_does_nothing_no_effect_is_claimed() -> None:
    null = judge_people(Question(seed=42, contacts=1_000, null=True), tell=silent)
    dormant = null["judged"]["dormant"]
    assert dormant["null_tenant"]
    assert dormant["respond"]["auc_within_2_se_of_half"]
    assert dormant["uplift"]["trial_covers_0"]
    assert abs(dormant["uplift"]["mean_predicted"]) < 0.08
    assert "not measurable" in sum_up(null)


@pytest.mark.processes
@pytest.mark.parametrize(
    ("command", "requests"),
    [
        (["card", "--rate", "20", "--processes", "2"], 40),
        (["pages", "--rate", "7", "--processes", "1"], 14),
    ],
)
def test_web_processes_are_asked_and_every_answer_counted(
    command: list[str], requests: int
) -> None:
    size = ["--contacts", "200", "--seconds", "2", "--json"]
    done = CliRunner().invoke(app, ["bench", *command, *size])
    assert done.exit_code == 0, done.stderr
    result = orjson.loads(done.stdout)
    assert (result["requests"], result["errors"]) == (requests, 0)
    assert 0 < result["p50_ms"] <= result["p95_ms"] <= result["p99_ms"]
    assert sum(page["requests"] for page in result.get("pages", {}).values()) in {0, requests}


def test_latencies_are_counted_by_rank() -> None:
    answers = [Answer("card", n / 1000, ok=n != 7) for n in range(1, 101)]
    found = _latencies(answers)
    assert found == {"requests": 100, "errors": 1, "p50_ms": 50, "p95_ms": 95, "p99_ms": 99}


@pytest.mark.processes
def test_planning_is_measured_on_contacts_that_are_all_decided_about_and_planned() -> None:
    result = plan_made_up(40, database_url=None, tell=silent)
    assert (result["contacts"], result["planned"]) == (40, 40)
    assert result["cpu_seconds"] > 0
    assert result["again"]["transactions"] > 0
    assert result["longest_transaction_seconds"] > 0
