"""Maximising with and without a prior, the range searched, and what counts as data."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from scoring.models.fitting import (
    REACH,
    Fit,
    Floats,
    Likelihood,
    Prior,
    checked,
    collapsed,
    histories,
    learnable,
    maximise,
)


@dataclass(frozen=True, slots=True)
class Pair:
    one: float
    other: float


TRUTH = np.array((0.7, -1.2))


def parabola(n: float) -> Likelihood:
    """Each of n customers says that the log-parameters are TRUTH, give or take 1."""

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        away = theta - TRUTH
        return float(-n / 2 * (away @ away)), -n * away

    return likelihood


def fitted(n: float, prior: Prior | None = None) -> Fit[Pair]:
    return maximise(parabola(n), Pair, start=(1.0, 1.0), n=n, prior=prior)


def logs(fit: Fit[Pair]) -> Floats:
    return np.log((fit.params.one, fit.params.other))


def test_the_peak_is_found() -> None:
    fit = fitted(50)
    assert logs(fit) == pytest.approx(TRUTH, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(0, abs=1e-9)
    assert fit.n == 50
    assert fit.converged


@pytest.mark.parametrize("n", [1.0, 30.0, 3_000.0])
def test_a_prior_weighs_as_much_as_its_strength(n: float) -> None:
    prior = Prior(mean=(0.0, 0.0), sd=(1.0, 2.0), strength=30)
    worth = 30 / np.array((1.0, 2.0)) ** 2
    fit = fitted(n, prior)
    assert logs(fit) == pytest.approx(n * TRUTH / (n + worth), abs=1e-6)
    assert fit.log_likelihood == pytest.approx(parabola(n)(logs(fit))[0])
    assert fit.converged


def test_a_prior_stands_around_parameters() -> None:
    prior = Prior.around(Pair(2.0, 3.0), sd=0.5, strength=4)
    assert prior == Prior((np.log(2.0), np.log(3.0)), (0.5, 0.5), 4)


def test_without_a_peak_the_search_ends_at_its_edge_and_says_so() -> None:
    def climbing(theta: Floats) -> tuple[float, Floats]:
        return float(theta.sum()), np.ones(2)

    fit = maximise(climbing, Pair, start=(1.0, 5.0), n=1)
    assert not fit.converged
    assert 1 < fit.params.one <= np.exp(REACH)
    assert 5 < fit.params.other <= 5 * np.exp(REACH)


def test_the_range_can_be_narrowed() -> None:
    likelihood = parabola(10)
    low = maximise(likelihood, Pair, start=(4.0, 1.0), n=10, floor=(3.0, 1e-9))
    high = maximise(likelihood, Pair, start=(1.0, 0.1), n=10, ceiling=(np.inf, 0.2))
    assert low.params.one == pytest.approx(3.0, rel=0.06)
    assert high.params.other == pytest.approx(0.2, rel=0.06)
    assert low.params.one > 3.0
    assert high.params.other < 0.2
    assert not low.converged
    assert not high.converged


def test_a_likelihood_that_is_no_number_is_refused() -> None:
    with pytest.raises(Invalid, match="not a number"):
        maximise(lambda theta: (np.nan, theta), Pair, start=(1.0, 1.0), n=1)


@pytest.mark.parametrize(
    ("mean", "sd", "strength"),
    [((0.0,), (1.0, 1.0), 1), ((0.0,), (0.0,), 1), ((np.nan,), (1.0,), 1), ((0.0,), (1.0,), -1)],
)
def test_a_prior_must_be_a_belief(
    mean: tuple[float, ...], sd: tuple[float, ...], strength: float
) -> None:
    with pytest.raises(Invalid, match="prior"):
        Prior(mean, sd, strength)


def test_a_prior_must_have_the_models_size() -> None:
    with pytest.raises(Invalid, match="needs 2 means"):
        fitted(1, Prior((0.0,), (1.0,)))


def test_without_events_only_a_prior_helps() -> None:
    none, some = np.zeros(3), np.ones(3)
    with pytest.raises(Invalid, match="nobody has come back"):
        learnable(none, some, None)
    with pytest.raises(Invalid, match="nobody has come back"):
        learnable(some, none, None)
    learnable(some, some, None)
    learnable(none, some, Prior((0.0,), (1.0,)))


@pytest.mark.parametrize(
    ("x", "t_x", "age", "weights", "message"),
    [
        ([], [], [], None, "no customers"),
        ([1], [1], [2], [0], "no customers"),
        ([1, 2], [1], [2, 2], None, "one value for every customer"),
        ([1], [1], [2], [1, 1], "one value for every customer"),
        ([[1]], [[1]], [[2]], None, "one value for every customer"),
        ([-1], [1], [2], None, "not negative"),
        ([1], [np.nan], [2], None, "finite"),
        ([1], [1], [np.inf], None, "finite"),
        ([1], [1], [2], [-1], "not negative"),
        ([1.5], [1], [2], None, "whole numbers"),
        ([1], [3], [2], None, "after the end"),
        ([0], [1], [2], None, "without repeats"),
    ],
)
def test_impossible_histories_are_refused(
    x: list[float], t_x: list[float], age: list[float], weights: list[float] | None, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        histories(x, t_x, age, weights)


def test_customers_without_weight_are_left_out() -> None:
    kept, weights = checked(np.array((1.0, 2.0, 3.0)), weights=np.array((1.0, 0.0, 2.0)))
    assert kept.tolist() == [1, 3]
    assert weights.tolist() == [1, 2]


ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 5)), min_size=1)


@settings(deadline=None)
@given(ROWS)
def test_collapsing_keeps_every_customer(rows: list[tuple[int, int, int]]) -> None:
    expected: dict[tuple[float, float], float] = {}
    for one, other, weight in rows:
        expected[one, other] = expected.get((one, other), 0) + weight
    found = np.stack(collapsed(*np.array(rows, dtype=np.float64).T), axis=1)
    assert {(one, other): weight for one, other, weight in found.tolist()} == expected
    assert len(found) == len(expected)
