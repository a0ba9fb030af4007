"""The learner of channels, hours and wordings among made-up people, beside the plan and an oracle (S15, S16, S17)."""

from typing import Any

import numpy as np
import orjson
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.lab import bench_choosing
from app.lab.bench_choosing import Learner, by_oracle, by_plan, play
from app.lab.choosing_people import CHANNELS, KINDS, People, truth_of


def world(kind: str, contacts: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return People.draw(contacts, rng), truth_of(kind, rng)


def test_s15_s16_s17_what_matters_is_learnt_and_where_nothing_does_nothing_is_lost() -> None:
    people, truth = world("nothing_matters", 1_000, 4)
    truth.adds[:, :, CHANNELS.index("sms")] += 0.8
    plan, oracle = (play(people, truth, policy).expected for policy in (by_plan, by_oracle))
    learnt = play(people, truth, Learner(3)).expected
    assert plan < 0.95 * oracle, "the plan's channels are not all the better one here"
    assert learnt > plan + 0.3 * (oracle - plan)
    people, truth = world("the_plan_is_best", 600, 5)
    plan, oracle = (play(people, truth, policy).expected for policy in (by_plan, by_oracle))
    learnt = play(people, truth, Learner(3)).expected
    assert plan == pytest.approx(oracle)
    assert learnt > plan - 0.01 * 600, "never a point below the plan"


def test_the_learner_is_shown_nothing_but_what_has_come_by_that_morning() -> None:
    people, truth = world("nothing_matters", 300, 6)
    run = play(people, truth, by_plan)
    day = 6
    seen = run.seen(day)
    sent_at = np.concatenate(run.sent["at"])
    assert len(seen.base) == (sent_at < day).sum() < len(sent_at)
    assert (seen.age > 0).all()
    assert (seen.watched <= seen.age).all()
    known = int(seen.answered.sum())
    assert 0 < known < int(np.isfinite(run.answer_at).sum())
    assert known == int(run.seen(day).answered.sum())
    later = run.seen(60)
    assert later.answered.sum() > known


@pytest.mark.parametrize("kind", KINDS)
def test_no_policy_does_better_than_the_oracle_on_average(kind: str) -> None:
    people, truth = world(kind, 200, 7)
    found = [play(people, truth, policy).expected for policy in (by_oracle, by_plan)]
    assert found[0] >= found[1] * 0.98


def test_the_command_prints_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_choosing, "KINDS", ("one_channel", "nothing_matters"))
    command = ["bench", "choosing", "--seeds", "1", "--contacts", "120", "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    told = orjson.loads(done.stdout)
    assert [row["contacts"] for row in told["sizes"]] == [120]
    assert {"of_the_oracle", "worst_kind", "most_behind_the_plan"} <= told["sizes"][0].keys()
    assert told["holds"]
    assert told["kinds"][0]["kind"] == "one_channel"


def test_less_than_has_to_be_reached_does_not_hold() -> None:
    row = {"contacts": 500, "most_behind_in_a_world": 0.0}
    good = {**row, "of_the_oracle": 0.9, "points_behind_the_plan": 0.2}
    poor = {**row, "of_the_oracle": 0.8, "points_behind_the_plan": 1.2}
    assert bench_choosing._sum([good])["holds"]
    assert not bench_choosing._sum([good, {**poor, "points_behind_the_plan": 0.2}])["holds"]
    assert not bench_choosing._sum([good, {**poor, "of_the_oracle": 0.9}])["holds"]
