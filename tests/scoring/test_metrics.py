"""Figures of predicted chances by hand-made cases and against scipy; None where nothing can be measured."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.learn.metrics import (
    Bools,
    Floats,
    auc,
    calibration,
    ece,
    log_loss,
    log_loss_gap,
    quality,
    top_decile_lift,
    wilson,
)

# Chances with ties, and what became of each.
_said = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()),
    min_size=1,
    max_size=60,
)
Said = list[tuple[float, bool]]


def columns(said: Said) -> tuple[Bools, Floats]:
    chance, outcome = zip(*said, strict=True)
    return np.array(outcome), np.array(chance)


def test_auc_by_hand() -> None:
    outcome = np.array([True, False, True, False])
    assert auc(outcome, np.array([0.9, 0.8, 0.7, 0.1])) == 0.75
    assert auc(outcome, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert auc(outcome, np.array([0.1, 0.8, 0.2, 0.9])) == 0.0


@given(_said)
def test_auc_is_mann_whitneys(said: Said) -> None:
    from scipy.stats import mannwhitneyu  # noqa: PLC0415  a second to load

    outcome, chance = columns(said)
    if outcome.all() or not outcome.any():
        assert auc(outcome, chance) is None
        return
    u = mannwhitneyu(chance[outcome], chance[~outcome]).statistic
    expected = u / (outcome.sum() * (~outcome).sum())
    assert auc(outcome, chance) == pytest.approx(expected)


@given(_said)
def test_log_loss_is_the_mean_surprise_and_never_infinite(said: Said) -> None:
    outcome, chance = columns(said)
    surprises = [-math.log(min(max(p if came else 1 - p, 1e-6), 1 - 1e-6)) for p, came in said]
    assert log_loss(outcome, chance) == pytest.approx(sum(surprises) / len(surprises), rel=1e-6)


def test_the_gap_of_two_log_losses_and_its_standard_error() -> None:
    outcome = np.array([True, True, False])
    ours, other = np.array([0.8, 0.6, 0.1]), np.array([0.4, 0.6, 0.5])
    gaps = [math.log(0.8 / 0.4), 0.0, math.log(0.9 / 0.5)]
    mean = sum(gaps) / 3
    spread = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / 3)
    assert log_loss_gap(outcome, ours, other) == pytest.approx((mean, spread / math.sqrt(3)))
    both = log_loss(outcome, other) - log_loss(outcome, ours)
    assert log_loss_gap(outcome, ours, other)[0] == pytest.approx(both)


def test_calibration_error_by_hand() -> None:
    chance = np.repeat([0.2, 0.7], 5)
    outcome = np.array([1, 0, 0, 0, 0, 1, 1, 0, 0, 0], dtype=bool)
    # The lower half came as often as was said, the upper one 30 points less often.
    assert ece(outcome, chance, bins=2) == pytest.approx(0.15)
    assert ece(outcome, np.where(chance > 0.5, 0.4, 0.2), bins=2) == pytest.approx(0)


def test_one_chance_for_all_is_off_by_how_far_it_is_from_their_rate() -> None:
    outcome = np.arange(50) < 15  # in the order of the record all who came are first
    assert ece(outcome, np.full(50, 0.3)) == pytest.approx(0)
    assert ece(outcome, np.full(50, 0.5)) == pytest.approx(0.2)
    assert top_decile_lift(outcome, np.full(50, 0.3)) == pytest.approx(1)


def test_the_lift_of_the_best_tenth_by_hand() -> None:
    outcome = np.zeros(40, dtype=bool)
    outcome[[0, 1, 2, 20, 30]] = True
    assert top_decile_lift(outcome, -np.arange(40.0)) == pytest.approx((3 / 4) / (5 / 40))
    assert top_decile_lift(outcome, np.arange(40.0)) == 0
    assert top_decile_lift(np.array([True, False]), np.array([0.9, 0.1])) == 2


@given(said=_said, seed=st.integers(0, 100))
def test_no_figure_depends_on_the_order_of_the_record(said: Said, seed: int) -> None:
    outcome, chance = columns(said)
    other = np.random.default_rng(seed).permutation(len(said))
    one, two = quality(outcome, chance), quality(outcome[other], chance[other])
    for name in one.__slots__:
        value = getattr(one, name)
        assert getattr(two, name) == (None if value is None else pytest.approx(value, abs=1e-12))


def test_brier_and_all_figures_at_once() -> None:
    outcome, chance = np.array([True, False]), np.array([0.6, 0.2])
    found = quality(outcome, chance)
    assert (found.people, found.positive, found.auc) == (2, 1, 1.0)
    assert found.brier == pytest.approx((0.4**2 + 0.2**2) / 2)
    assert found.log_loss == pytest.approx(-(math.log(0.6) + math.log(0.8)) / 2)
    assert found.ece == pytest.approx(0.3)


def test_where_nothing_can_be_measured_the_figure_is_none() -> None:
    nobody = quality(np.zeros(0, dtype=bool), np.zeros(0))
    assert nobody.people == nobody.positive == 0
    figures = (nobody.auc, nobody.log_loss, nobody.brier, nobody.ece, nobody.top_decile_lift)
    assert figures == (None,) * 5
    none_came = quality(np.zeros(3, dtype=bool), np.full(3, 0.1))
    assert (none_came.auc, none_came.top_decile_lift) == (None, None)
    assert none_came.log_loss is not None
    all_came = quality(np.ones(3, dtype=bool), np.full(3, 0.1))
    assert (all_came.auc, all_came.top_decile_lift) == (None, 1.0)


@given(people=st.integers(1, 5_000), data=st.data())
def test_the_interval_of_a_share_is_wilsons(people: int, data: st.DataObject) -> None:
    from scipy.stats import binomtest  # noqa: PLC0415  a second to load

    positive = data.draw(st.integers(0, people))
    expected = binomtest(positive, people).proportion_ci(0.95, method="wilson")
    assert wilson(positive, people) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_share_of_nobody_may_be_anything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_bins_are_of_equal_size_and_from_the_lowest_chance_up() -> None:
    chance = np.linspace(0.99, 0.0, 25)
    outcome = chance > 0.5
    bins = calibration(outcome, chance, bins=5)
    assert [part.people for part in bins] == [5] * 5
    assert [part.observed for part in bins] == pytest.approx([0, 0, 0.4, 1, 1])
    lowest = np.sort(chance)[:5]
    assert bins[0].predicted == pytest.approx(lowest.mean())
    assert (bins[2].low, bins[2].high) == wilson(2, 5)
    assert len(calibration(outcome[:3], chance[:3])) == 3
