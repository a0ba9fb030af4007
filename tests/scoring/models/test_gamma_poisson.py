"""Gamma-Poisson against the negative binomial, made counts, and the chance of a silence."""

import numpy as np
import pytest

from core.errors import Invalid
from scoring.models import gamma_poisson
from scoring.models.fitting import Floats, Prior
from scoring.models.gamma_poisson import GammaPoisson
from tests.scoring.models.checks import assert_gradient, assert_means_agree, dice

SOME = GammaPoisson(r=0.8, alpha=45.0)


def _counts(params: GammaPoisson, size: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Counts over exposures, and the rates behind them."""
    rng = dice(seed)
    rate = rng.gamma(params.r, 1 / params.alpha, size)
    exposure = rng.uniform(0, 400, size)
    return rng.poisson(rate * exposure).astype(np.float64), exposure, rate


def test_the_likelihood_is_the_negative_binomials() -> None:
    from scipy.stats import nbinom  # noqa: PLC0415  a second to load

    x, exposure, _ = _counts(SOME, 200, 1)
    found = gamma_poisson.log_likelihood(SOME, x, exposure)
    logs = nbinom.logpmf(x, SOME.r, SOME.alpha / (SOME.alpha + exposure))
    assert found == pytest.approx(logs.sum())


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    x, exposure, _ = _counts(SOME, 80, seed)
    likelihood = gamma_poisson._likelihood_of(x, exposure, np.ones(80))
    assert_gradient(likelihood, dice(seed).uniform(-2, 4, 2))


def test_the_parameters_of_made_counts_are_found_again() -> None:
    x, exposure, _ = _counts(SOME, 20_000, 2)
    fit = gamma_poisson.fit(x, exposure)
    assert fit.converged
    # Twice the gain of the likelihood over the truth is chi-square with 2 degrees: 18.4 at 1e-4.
    assert 0 <= fit.log_likelihood - gamma_poisson.log_likelihood(SOME, x, exposure) < 18.4 / 2


def test_silence_is_as_common_as_predicted() -> None:
    x, exposure, rate = _counts(SOME, 60_000, 3)
    silent = dice(4).poisson(rate * 30) == 0
    predicted = gamma_poisson.p_silence(SOME, x, exposure, 30.0)
    for group in (x == 0, x == 1, x > 5):
        assert_means_agree(silent[group].astype(np.float64), predicted[group])


def test_silence_grows_ever_less_likely() -> None:
    x, span = np.full(5, 3.0), np.full(5, 90.0)
    chance = gamma_poisson.p_silence(SOME, x, span, np.array((0.0, 1, 30, 365, 1e6)))
    assert chance[0] == 1
    assert (np.diff(chance) < 0).all()
    assert chance[2] == pytest.approx((135 / 165) ** 3.8)


def test_a_prior_speaks_where_there_is_nothing_else() -> None:
    with pytest.raises(Invalid, match="nobody has come back"):
        gamma_poisson.fit(np.zeros(2), np.ones(2))
    fit = gamma_poisson.fit(np.zeros(2), np.ones(2), prior=Prior.around(SOME, sd=0.1))
    assert fit.params.alpha == pytest.approx(SOME.alpha, rel=0.01)


@pytest.mark.parametrize(
    ("x", "exposure", "message"),
    [(1.5, 9.0, "whole numbers"), (1.0, 0.0, "need a time"), (-1.0, 9.0, "not negative")],
)
def test_impossible_counts_are_refused(x: float, exposure: float, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        gamma_poisson.fit(np.array([x]), np.array([exposure]))
