"""MBG/NBD against the published estimates and against customers made by its own rules."""

import numpy as np
import pytest

from core.errors import Invalid
from scoring.models import mbg_nbd
from scoring.models.bg_nbd import geometric_likelihood
from scoring.models.fitting import Floats, Prior, histories
from scoring.models.mbg_nbd import MbgNbd
from tests.scoring.models.checks import (
    assert_gradient,
    assert_means_agree,
    dice,
    published,
    read_customers,
    some_histories,
)

USUAL = MbgNbd(r=0.5248, alpha=6.1830, a=0.8914, b=1.6140)


def test_the_known_estimates_come_out() -> None:
    seen = read_customers(published("cdnow_sample_purchases.csv"))
    fit = mbg_nbd.fit(seen.x, seen.t_x, seen.age)
    assert fit.converged
    assert fit.params.r == pytest.approx(0.5248, abs=5e-4)
    assert fit.params.alpha == pytest.approx(6.1830, abs=5e-4)
    assert fit.params.a == pytest.approx(0.8914, abs=5e-4)
    assert fit.params.b == pytest.approx(1.6140, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-9_582.13, abs=0.02)
    again = mbg_nbd.log_likelihood(fit.params, seen.x, seen.t_x, seen.age)
    assert again == pytest.approx(fit.log_likelihood)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    likelihood = geometric_likelihood(histories(*some_histories(seed)), first=1)
    assert_gradient(likelihood, dice(seed).uniform(-2, 2, 4))


def test_silence_counts_against_those_who_bought_once() -> None:
    none = np.zeros(3)
    alive = mbg_nbd.p_alive(USUAL, none, none, np.array((0.0, 10.0, 100.0)))
    assert alive[0] == pytest.approx(USUAL.b / (USUAL.a + USUAL.b))
    assert (np.diff(alive) < 0).all()


def test_the_chance_of_a_return_grows_towards_p_alive() -> None:
    customers = some_histories(4)
    chances = np.array([mbg_nbd.p_return(USUAL, *customers, t) for t in (0.0, 1.0, 39.0, 1e60)])
    assert (np.diff(chances, axis=0) >= 0).all()
    assert chances[-1] == pytest.approx(mbg_nbd.p_alive(USUAL, *customers))


def test_nothing_known_leaves_the_prior_as_it_was() -> None:
    none = np.zeros(4)
    with pytest.raises(Invalid, match="nobody has come back"):
        mbg_nbd.fit(none, none, none)
    fit = mbg_nbd.fit(none, none, none, prior=Prior.around(USUAL, sd=1.0))
    assert fit.params.alpha == pytest.approx(USUAL.alpha)


def _lives(params: MbgNbd, size: int, age: Floats, ahead: float) -> tuple[Floats, ...]:
    """Customers who live by the model: their x, t_x, and purchases in the time ahead."""
    rng = dice(20260630)
    rate = rng.gamma(params.r, 1 / params.alpha, size)
    leave = rng.beta(params.a, params.b, size)
    x, t_x, later, now = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    alive = rng.random(size) >= leave
    while alive.any():
        now = now + rng.exponential(1, size) / rate
        early, late = alive & (now <= age), alive & (now > age) & (now <= age + ahead)
        x, t_x, later = x + early, np.where(early, now, t_x), later + late
        alive &= (now <= age + ahead) & (rng.random(size) >= leave)
    return x, t_x, later


@pytest.mark.parametrize("params", [USUAL, MbgNbd(2.0, 8.0, 1.5, 6.0)])
def test_customers_who_live_by_the_model_return_as_predicted(params: MbgNbd) -> None:
    size, ahead = 60_000, 20.0
    age = dice(7).uniform(1, 39, size)
    x, t_x, later = _lives(params, size, age, ahead)
    chance = mbg_nbd.p_return(params, x, t_x, age, ahead)
    expected = mbg_nbd.expected_purchases(params, x, t_x, age, ahead)
    recent = age - t_x < 6
    groups = [x == 0, x == 1, x > 1, recent, ~recent & (x > 0)]
    for group in groups:
        assert group.sum() > 1_000
        assert_means_agree((later > 0)[group].astype(np.float64), chance[group])
        assert_means_agree(later[group], expected[group])


def test_the_parameters_of_such_customers_are_found_again() -> None:
    truth = MbgNbd(2.0, 8.0, 1.5, 6.0)
    age = np.full(20_000, 39.0)
    x, t_x, _ = _lives(truth, len(age), age, 0.0)
    fit = mbg_nbd.fit(x, t_x, age)
    # Twice the gain of the likelihood over the truth is chi-square with 4 degrees: 23.5 at 1e-4.
    assert 0 <= fit.log_likelihood - mbg_nbd.log_likelihood(truth, x, t_x, age) < 23.5 / 2
