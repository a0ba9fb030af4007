"""The evaluator's numbers on cases small enough to work out by hand."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sandbox.prediction_quality import (
    Cases,
    auc,
    auc_error,
    calibration_error,
    interval,
    judge,
    judge_chances,
    log_loss,
    top_half,
    trial,
)
from sandbox.world.tenant import hearing_care
from sandbox.world.truth import reveal
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
PLAN = "email_sms_email"


def floats(*values: float) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def truths(*values: int) -> NDArray[np.bool_]:
    return np.array(values, dtype=np.bool_)


def cases_of(seed: int, contacts: int = 3000, *, null: bool = False) -> Cases:
    """A tenant judged on its own true chances."""
    world = World(hearing_care(seed=seed, contacts=contacts, as_of=AS_OF, null=null))
    truth, rng = reveal(world), np.random.default_rng(seed)
    treated = truth.treated[PLAN]
    return Cases(
        p_return=truth.organic,
        p_respond=treated,
        uplift=treated - truth.organic,
        organic=truth.organic,
        treated=treated,
        returned=truth.returned,
        responded=truth.answered[PLAN],
        picked=rng.random(contacts) < 0.5,
    )


def block(judged: dict[str, object], name: str) -> dict[str, Any]:
    """One of the blocks of numbers."""
    found = judged[name]
    assert isinstance(found, dict)
    return found


def test_an_auc_by_hand() -> None:
    """Of the four pairs two are in order, one is tied and one is not."""
    assert auc(floats(0.9, 0.4, 0.4, 0.6), truths(1, 1, 0, 0)) == pytest.approx(2.5 / 4)
    assert auc(floats(1, 2, 3, 4), truths(0, 0, 1, 1)) == 1.0
    assert auc(floats(4, 3, 2, 1), truths(0, 0, 1, 1)) == 0.0
    assert auc(floats(5, 5, 5), truths(0, 1, 1)) == 0.5
    assert auc(floats(1, 2), truths(1, 1)) is None


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=30))
def test_an_auc_is_the_share_of_ordered_pairs(rows: list[tuple[int, bool]]) -> None:
    score, outcome = floats(*(s for s, _ in rows)), np.array([o for _, o in rows])
    above, below = score[outcome], score[~outcome]
    if not (len(above) and len(below)):
        assert auc(score, outcome) is None
        return
    pairs = [(a > b) + (a == b) / 2 for a, b in product(above, below)]
    assert auc(score, outcome) == pytest.approx(sum(pairs) / len(pairs))


def test_the_aucs_error_is_the_spread_that_repetition_shows() -> None:
    rng, reached, errors = np.random.default_rng(3), [], []
    for _ in range(400):
        outcome = rng.random(200) < 0.3
        score = rng.normal(outcome * 0.8, 1.0)
        reached.append(auc(score, outcome) or 0.0)
        errors.append(auc_error(score, outcome) or 0.0)
    assert float(np.mean(errors)) == pytest.approx(float(np.std(reached)), rel=0.1)
    assert auc_error(floats(1, 2, 3), truths(1, 0, 0)) is None


def test_losses_by_hand() -> None:
    assert log_loss(floats(0.5, 0.5), floats(0, 1)) == pytest.approx(np.log(2))
    assert log_loss(floats(0.8), floats(1)) == pytest.approx(-np.log(0.8))
    assert log_loss(floats(0.8), floats(0.25)) == pytest.approx(
        -0.25 * np.log(0.8) - 0.75 * np.log(0.2)
    )
    assert np.isfinite(log_loss(floats(0.0, 1.0), floats(1, 0)))
    judged = judge_chances(floats(0.8, 0.2), floats(0.6, 0.1), truths(1, 1))
    assert judged["brier"] == pytest.approx((0.2**2 + 0.8**2) / 2)
    assert judged["brier_true"] == pytest.approx((0.2**2 + 0.1**2) / 2)
    assert judged["gap"] == pytest.approx(0.5 - 1.0)
    assert judged["gap_true"] == pytest.approx(0.5 - 0.35)


def test_calibration_by_hand() -> None:
    """Ten bins of one: the mean distance. One value for all: the distance of the means."""
    predicted = np.arange(10) / 10
    assert calibration_error(predicted, predicted + 0.05) == pytest.approx(0.05)
    assert calibration_error(predicted, predicted) == 0.0
    outcomes = floats(*[1] * 7, *[0] * 13)
    assert calibration_error(np.full(20, 0.35), outcomes) == pytest.approx(0.0)
    assert calibration_error(np.full(20, 0.45), outcomes) == pytest.approx(0.10)
    # Two bins' worth of people, each right on average and wrong one by one.
    predicted = np.repeat([0.2, 0.6], 10)
    outcomes = floats(*[1] * 2, *[0] * 8, *[1] * 6, *[0] * 4)
    assert calibration_error(predicted, outcomes) == pytest.approx(0.0)


def test_the_top_half_by_hand() -> None:
    gain = floats(4, 3, 2, 1)
    assert top_half(floats(9, 8, 7, 6), gain) == pytest.approx(0.7)
    assert top_half(floats(6, 7, 8, 9), gain) == pytest.approx(0.3)
    assert top_half(floats(1, 1, 1, 1), gain) == pytest.approx(0.5)
    # Two and a half of five people; those who look alike share the places that are left.
    assert top_half(floats(5, 4, 3, 2, 1), floats(1, 1, 1, 1, 1)) == pytest.approx(0.5)
    assert top_half(floats(2, 1, 1, 0), floats(4, 2, 0, 0)) == pytest.approx(5 / 6)
    assert top_half(floats(1, 2), floats(0, 0)) is None


def test_intervals_by_hand() -> None:
    mean, low, high = interval(floats(0, 1, 1, 0))
    assert mean == 0.5
    assert high - mean == pytest.approx(mean - low) == pytest.approx(1.96 * np.sqrt(1 / 3) / 2)
    assert interval(floats(0.25)) == (0.25, 0.25, 0.25)
    touched, untouched = truths(1, 1, 1, 0, 0, 0), truths(0, 0, 0, 0, 1, 0)
    assert trial(touched, untouched, truths(1, 1, 1, 0, 0, 0))[0] == pytest.approx(1 - 1 / 3)
    assert trial(touched, untouched, truths(1, 0, 0, 0, 0, 0)) == (None, None, None)


@pytest.mark.parametrize("seed", [31, 32])
def test_perfect_knowledge_gets_all_there_is_to_get(seed: int) -> None:
    """F: results are told as a share of the oracle's."""
    judged = judge(cases_of(seed))
    respond, back, uplift = (block(judged, name) for name in ("respond", "return", "uplift"))
    assert respond["auc_share"] == back["auc_share"] == 1.0
    assert 0.7 < respond["auc"] < 0.9
    assert not respond["auc_within_2_se_of_half"]
    assert respond["ece_true"] == back["ece_true"] == respond["brier_true"] == 0.0
    assert respond["log_loss_true"] == respond["log_loss_floor"] < respond["log_loss"] + 0.05
    assert uplift["top_half"] == uplift["top_half_oracle"] > 0.8
    assert uplift["top_half_realised"] == pytest.approx(uplift["top_half"], abs=0.08)
    assert uplift["low"] < uplift["mean_true"] < uplift["high"]
    assert uplift["trial_low"] < uplift["mean_true"] < uplift["trial_high"]
    assert not uplift["covers_0"]
    assert not judged["null_tenant"]
    assert abs(respond["auc_shuffled"] - 0.5) <= 3 * respond["auc_shuffled_se"]


def test_a_ranking_by_lot_finds_half_of_the_uplift() -> None:
    cases = cases_of(33)
    gain, rng = cases.treated - cases.organic, np.random.default_rng(33)
    shares = [top_half(rng.random(len(gain)), gain) or 0.0 for _ in range(200)]
    assert float(np.mean(shares)) == pytest.approx(0.5, abs=0.005)
    assert top_half(np.zeros(len(gain)), gain) == pytest.approx(0.5)


def test_in_the_null_tenant_nothing_can_be_told_apart() -> None:
    """F: the AUC of whatever is known of people is within 2 SE of a half, uplift covers 0.

    An interval of 95 % may miss one time in twenty, so that it takes many tenants to tell.
    """
    near, covered = [], []
    for seed in range(40, 60):
        world = World(hearing_care(seed=seed, contacts=1000, as_of=AS_OF, null=True))
        truth, lot = reveal(world), np.random.default_rng(seed).random(1000) < 0.5
        for known in (world.last_human_ms, world.latents.intent, world.customer):
            score = np.asarray(known, dtype=np.float64)
            judged = judge_chances(score, truth.treated[PLAN], truth.answered[PLAN])
            assert judged["auc_share"] is None
            near.append(judged["auc_within_2_se_of_half"])
        _, low, high = trial(truth.answered[PLAN], truth.returned, lot)
        assert low is not None
        assert high is not None
        covered.append(low <= 0 <= high)
    assert sum(map(bool, near)) >= 55
    assert sum(covered) >= 17


def test_a_null_tenant_is_said_to_be_one() -> None:
    judged = judge(cases_of(41, null=True))
    uplift = block(judged, "uplift")
    assert judged["null_tenant"]
    assert uplift["covers_0"]
    assert uplift["mean_realised"] == uplift["mean_true"] == 0.0
    assert uplift["top_half"] is None
