"""Gamma-Gamma against the published estimates and against spending made by its own rules."""

import numpy as np
import pytest

from core.errors import Invalid
from scoring.models import gamma_gamma
from scoring.models.fitting import Prior
from scoring.models.gamma_gamma import GammaGamma
from tests.scoring.models.checks import (
    assert_gradient,
    assert_means_agree,
    dice,
    published,
    read_customers,
)

PAPER = GammaGamma(p=6.2488, q=3.7446, v=15.4477)


def test_the_published_estimates_come_out() -> None:
    """The published means are those of whole repeat days, with half cents rounded up."""
    seen = read_customers(published("cdnow_sample_purchases.csv"))
    back = seen.x > 0
    cents = np.floor(seen.mean_value[back] * 100 + 0.5 + 1e-9)
    fit = gamma_gamma.fit(seen.x[back], cents / 100)
    assert fit.n == 946
    assert fit.converged
    assert fit.params.p == pytest.approx(6.2488, abs=5e-4)
    assert fit.params.q == pytest.approx(3.7446, abs=5e-4)
    assert fit.params.v == pytest.approx(15.4477, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-4_055.92, abs=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    rng = dice(seed)
    x = rng.integers(1, 300, 50).astype(np.float64)
    likelihood = gamma_gamma._likelihood_of(x, rng.lognormal(3, 2, 50), rng.uniform(0.5, 3, 50))
    assert_gradient(likelihood, rng.uniform(-2, 4, 3))


def test_spending_made_by_the_model_is_expected_and_found_again() -> None:
    rng = dice(3)
    size = 20_000
    rate = rng.gamma(PAPER.q, 1 / PAPER.v, size)
    x = rng.integers(1, 9, size).astype(np.float64)
    mean = rng.gamma(PAPER.p * x) / rate / x
    following = rng.gamma(PAPER.p, size=size) / rate
    expected = gamma_gamma.expected_value(PAPER, x, mean)
    for group in (x == 1, x > 4, mean < 20, mean > 60):
        assert_means_agree(following[group], expected[group])
    fit = gamma_gamma.fit(x, mean)
    assert fit.converged
    # Twice the gain of the likelihood over the truth is chi-square with 3 degrees: 21.1 at 1e-4.
    assert 0 <= fit.log_likelihood - gamma_gamma.log_likelihood(PAPER, x, mean) < 21.1 / 2


def test_the_expected_value_lies_between_the_customers_own_and_everybodys() -> None:
    everybody = PAPER.p * PAPER.v / (PAPER.q - 1)
    values = gamma_gamma.expected_value(PAPER, np.array((0.0, 1, 10, 1e6)), np.full(4, 90.0))
    assert values[0] == pytest.approx(everybody)
    assert (np.diff(values) > 0).all()
    assert values[-1] == pytest.approx(90, rel=1e-4)
    unknown = gamma_gamma.expected_value(PAPER, np.zeros(1), np.array([np.nan]))
    assert unknown == pytest.approx(everybody)


def test_spending_too_uneven_for_a_mean_is_held_at_a_finite_one() -> None:
    wild = np.exp(dice(4).normal(0, 5, 80))
    fit = gamma_gamma.fit(np.ones(80), wild)
    assert fit.params.q >= 1.05
    assert not fit.converged
    assert np.isfinite(gamma_gamma.expected_value(fit.params, np.ones(80), wild)).all()
    with pytest.raises(Invalid, match="no expected value"):
        gamma_gamma.expected_value(GammaGamma(6, 1, 15), np.ones(80), wild)


def test_one_customer_hardly_moves_a_prior() -> None:
    prior = Prior.around(PAPER, sd=0.2)
    fit = gamma_gamma.fit(np.array([3.0]), np.array([300.0]), prior=prior)
    assert fit.converged
    assert PAPER.v < fit.params.v < PAPER.v * 1.2
    assert fit.params.q < PAPER.q


@pytest.mark.parametrize(("frequency", "mean_value"), [(0, 5), (2, 0), (2, -1), (2, np.nan)])
def test_customers_without_spending_are_refused(frequency: float, mean_value: float) -> None:
    with pytest.raises(Invalid):
        gamma_gamma.fit(np.array([float(frequency)]), np.array([float(mean_value)]))
