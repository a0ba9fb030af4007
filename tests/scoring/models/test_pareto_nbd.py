"""Pareto/NBD against the published estimates, the papers' 2F1, plain quadrature and made customers."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1

from core.errors import Invalid
from scoring.models import pareto_nbd
from scoring.models.fitting import Floats, histories
from scoring.models.pareto_nbd import ParetoNbd
from tests.scoring.models.checks import (
    assert_gradient,
    assert_means_agree,
    dice,
    published,
    read_customers,
    some_histories,
)

PAPER = ParetoNbd(r=0.5533, alpha=10.5776, s=0.6061, beta=11.669)
FLIPPED = ParetoNbd(r=0.5533, alpha=11.669, s=0.6061, beta=10.5776)
LEVEL = ParetoNbd(r=0.8, alpha=9.0, s=1.0, beta=9.0)


def test_the_published_estimates_come_out() -> None:
    seen = read_customers(published("cdnow_sample_purchases.csv"))
    fit = pareto_nbd.fit(seen.x, seen.t_x, seen.age)
    assert fit.converged
    assert fit.params.r == pytest.approx(0.5533, abs=5e-4)
    assert fit.params.alpha == pytest.approx(10.5776, abs=5e-4)
    assert fit.params.s == pytest.approx(0.6061, abs=5e-4)
    assert fit.params.beta == pytest.approx(11.669, abs=2e-3)
    assert fit.log_likelihood == pytest.approx(-9_594.97, abs=0.01)
    again = pareto_nbd.log_likelihood(fit.params, seen.x, seen.t_x, seen.age)
    assert again == pytest.approx(fit.log_likelihood)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    likelihood = pareto_nbd.likelihood_of(histories(*some_histories(seed)))
    assert_gradient(likelihood, dice(seed).uniform(-2, 2, 4))


def test_the_gradient_holds_where_the_scales_are_equal() -> None:
    likelihood = pareto_nbd.likelihood_of(histories(*some_histories(9)))
    assert_gradient(likelihood, np.log((0.8, 9.0, 1.0, 9.0)))


def _two_branches(params: ParetoNbd, x: float, t_x: float, age: float) -> float:
    """The log-likelihood of one customer as Fader and Hardie (2005) write it."""
    r, alpha, s, beta = params.r, params.alpha, params.s, params.beta
    wide, total, third = max(alpha, beta), r + s + x, s + 1
    if alpha < beta:
        third = r + x

    def part(t: float) -> float:
        shape = hyp2f1(total, third, total + 1, abs(alpha - beta) / (wide + t))
        return float(shape / (wide + t) ** total)

    staying = (alpha + age) ** -(r + x) * (beta + age) ** -s
    together = staying + s / total * (part(t_x) - part(age))
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return float(constant + np.log(together))


@pytest.mark.parametrize("params", [PAPER, FLIPPED, LEVEL, ParetoNbd(1.4, 3.0, 2.2, 30.0)])
@pytest.mark.parametrize("history", [(0, 0, 38.86), (1, 3, 30), (2, 30.43, 38.86), (9, 5, 39)])
def test_the_likelihood_is_the_papers(
    params: ParetoNbd, history: tuple[float, float, float]
) -> None:
    found = pareto_nbd.log_likelihood(params, *(np.array([value]) for value in history))
    assert found == pytest.approx(_two_branches(params, *history), rel=1e-9)


@pytest.mark.parametrize("params", [PAPER, FLIPPED, ParetoNbd(0.3, 0.5, 2.0, 80.0)])
def test_the_chance_of_a_return_is_its_integral(params: ParetoNbd) -> None:
    for x, t_x, age in ((0.0, 0.0, 12.0), (3.0, 30.0, 38.0), (250.0, 290.0, 300.0)):
        a, b, shape = params.alpha + age, params.beta + age, params.r + x

        def first(u: float, a: float = a, b: float = b, shape: float = shape) -> float:
            bought = shape / (a + u) * (a / (a + u)) ** shape
            return float(bought * (b / (b + u)) ** params.s)

        whole = sum(quad(first, *ends)[0] for ends in ((0, 0.1), (0.1, 1), (1, 6), (6, 39)))
        one = (np.array([x]), np.array([t_x]), np.array([age]))
        alive = pareto_nbd.p_alive(params, *one)[0]
        assert pareto_nbd.p_return(params, *one, 39.0)[0] == pytest.approx(alive * whole, rel=1e-8)


@pytest.mark.parametrize("params", [PAPER, FLIPPED, LEVEL])
def test_the_chance_of_a_return_grows_and_stays_below_p_alive(params: ParetoNbd) -> None:
    customers = some_histories(5)
    horizons = [0.0, 0.1, 1.0, 39.0, 400.0, 1e6]
    chances = np.array([pareto_nbd.p_return(params, *customers, t) for t in horizons])
    assert (chances[0] == 0).all()
    assert (np.diff(chances, axis=0) >= -1e-12).all()
    assert (chances <= pareto_nbd.p_alive(params, *customers)).all()


def test_expected_purchases_are_smooth_where_the_papers_formula_divides_by_zero() -> None:
    one = (np.array([2.0]), np.array([30.43]), np.array([38.86]))
    below, at, above = (
        pareto_nbd.expected_purchases(ParetoNbd(0.5533, 10.58, s, 11.67), *one, 39.0)
        for s in (1 - 1e-5, 1.0, 1 + 1e-5)
    )
    assert at == pytest.approx((below + above) / 2, rel=1e-9)


def test_more_customers_than_fit_in_one_block_are_answered_alike() -> None:
    few = some_histories(6)
    x, t_x, age = (np.tile(column, 200) for column in few)
    assert pareto_nbd.p_alive(PAPER, x, t_x, age) == pytest.approx(
        np.tile(pareto_nbd.p_alive(PAPER, *few), 200)
    )
    assert pareto_nbd.p_return(PAPER, x, t_x, age, 9.0) == pytest.approx(
        np.tile(pareto_nbd.p_return(PAPER, *few, 9.0), 200)
    )


def test_nobody_is_answered_with_nothing() -> None:
    none = np.zeros(0)
    assert pareto_nbd.p_alive(PAPER, none, none, none).shape == (0,)
    assert pareto_nbd.p_return(PAPER, none, none, none, 9.0).shape == (0,)
    with pytest.raises(Invalid, match="no customers"):
        pareto_nbd.fit(none, none, none)


def _lives(params: ParetoNbd, size: int, age: Floats, ahead: float) -> tuple[Floats, ...]:
    """Customers who live by the model: their x, t_x, and purchases in the time ahead."""
    rng = dice(20260701)
    rate = rng.gamma(params.r, 1 / params.alpha, size)
    leaving = rng.exponential(1, size) / rng.gamma(params.s, 1 / params.beta, size)
    x, t_x, later, now = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    alive = np.ones(size, dtype=np.bool_)
    while alive.any():
        now = now + rng.exponential(1, size) / rate
        alive &= (now <= leaving) & (now <= age + ahead)
        early = alive & (now <= age)
        x, t_x, later = x + early, np.where(early, now, t_x), later + (alive & ~early)
    return x, t_x, later


@pytest.mark.parametrize("params", [PAPER, ParetoNbd(2.0, 8.0, 1.5, 20.0)])
def test_customers_who_live_by_the_model_return_as_predicted(params: ParetoNbd) -> None:
    size, ahead = 60_000, 20.0
    age = dice(8).uniform(1, 39, size)
    x, t_x, later = _lives(params, size, age, ahead)
    chance = pareto_nbd.p_return(params, x, t_x, age, ahead)
    expected = pareto_nbd.expected_purchases(params, x, t_x, age, ahead)
    recent = age - t_x < 6
    for group in (x == 0, x == 1, x > 1, recent, ~recent & (x > 0)):
        assert group.sum() > 1_000
        assert_means_agree((later > 0)[group].astype(np.float64), chance[group])
        assert_means_agree(later[group], expected[group])
