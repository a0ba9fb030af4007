"""BG/NBD against the published estimates, its own formulas, and histories at the edges."""

import numpy as np
import pytest
from scipy.special import hyp2f1

from core.errors import Invalid
from scoring.models import bg_nbd
from scoring.models.bg_nbd import BgNbd
from scoring.models.fitting import Floats, Prior, histories
from tests.scoring.models.checks import (
    EXCERPT,
    assert_gradient,
    dice,
    published,
    read_customers,
    some_histories,
)

PAPER = BgNbd(r=0.2426, alpha=4.4135, a=0.7929, b=2.4258)
ONE = (np.array([2.0]), np.array([30.43]), np.array([38.86]))


def test_the_published_estimates_come_out() -> None:
    seen = read_customers(published("cdnow_sample_purchases.csv"))
    fit = bg_nbd.fit(seen.x, seen.t_x, seen.age)
    assert fit.n == 2_357
    assert fit.converged
    assert fit.params.r == pytest.approx(0.2426, abs=5e-4)
    assert fit.params.alpha == pytest.approx(4.4135, abs=5e-4)
    assert fit.params.a == pytest.approx(0.7929, abs=5e-4)
    assert fit.params.b == pytest.approx(2.4258, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-9_582.43, abs=0.01)
    again = bg_nbd.log_likelihood(fit.params, seen.x, seen.t_x, seen.age)
    assert again == pytest.approx(fit.log_likelihood)


def test_the_published_customer_comes_out() -> None:
    assert bg_nbd.expected_purchases(PAPER, *ONE, 39.0) == pytest.approx(1.226, abs=5e-4)
    assert bg_nbd.p_alive(PAPER, *ONE) == pytest.approx(0.7266, abs=5e-5)
    assert bg_nbd.p_return(PAPER, *ONE, 39.0) == pytest.approx(0.5546, abs=5e-5)


def test_a_few_customers_are_drawn_towards_the_prior() -> None:
    seen = read_customers(EXCERPT)
    few = (seen.x, seen.t_x, seen.age)
    free = bg_nbd.fit(*few)
    loose = bg_nbd.fit(*few, prior=Prior.around(PAPER, sd=1.0))
    tight = bg_nbd.fit(*few, prior=Prior.around(PAPER, sd=1.0, strength=1e6))
    assert tight.params.r == pytest.approx(PAPER.r, rel=1e-3)
    assert tight.params.b == pytest.approx(PAPER.b, rel=1e-3)
    assert free.log_likelihood > loose.log_likelihood > tight.log_likelihood
    assert loose.converged


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    likelihood = bg_nbd.geometric_likelihood(histories(*some_histories(seed)), first=0)
    assert_gradient(likelihood, dice(seed).uniform(-2, 2, 4))


def test_weights_stand_for_customers() -> None:
    x, t_x, age = some_histories(1)
    weights = dice(2).integers(1, 4, len(x))
    many = [np.repeat(column, weights) for column in (x, t_x, age)]
    once = bg_nbd.log_likelihood(PAPER, x, t_x, age, weights.astype(np.float64))
    assert once == pytest.approx(bg_nbd.log_likelihood(PAPER, *many))


def test_the_chance_of_a_return_grows_towards_p_alive() -> None:
    customers = some_histories(3)
    horizons = [0.0, 0.1, 1.0, 39.0, 400.0, 1e9]
    chances = np.array([bg_nbd.p_return(PAPER, *customers, t) for t in horizons])
    assert (chances[0] == 0).all()
    assert (np.diff(chances, axis=0) >= 0).all()
    assert (chances >= 0).all()
    assert (chances <= 1).all()
    ever = bg_nbd.p_return(PAPER, *customers, 1e60)
    assert ever == pytest.approx(bg_nbd.p_alive(PAPER, *customers))


def test_nobody_who_bought_once_is_ever_thought_gone() -> None:
    none = np.zeros(2)
    assert (bg_nbd.p_alive(PAPER, none, none, np.array((1.0, 1e4))) == 1).all()


def _equation_10(params: BgNbd, x: Floats, t_x: Floats, age: Floats, t: float) -> Floats:
    """The expectation as the paper writes it."""
    r, alpha, a, b = params.r, params.alpha, params.a, params.b
    hypergeometric = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    shrunk = ((alpha + age) / (alpha + age + t)) ** (r + x) * hypergeometric
    expected: Floats = (a + b + x - 1) / (a - 1) * (1 - shrunk)
    return expected * bg_nbd.p_alive(params, x, t_x, age)


@pytest.mark.parametrize("a", [0.3, 0.7929, 1.6, 4.0])
@pytest.mark.parametrize("t", [1.0, 39.0, 120.0])
def test_expected_purchases_are_the_papers(a: float, t: float) -> None:
    params = BgNbd(0.2426, 4.4135, a, 2.4258)
    x = np.array((0.0, 1, 2, 5, 12, 26))
    t_x, age = np.array((0.0, 3, 20, 30.43, 38, 20)), np.array((38.86, 0.5 + 38, 25, 38.86, 39, 30))
    found = bg_nbd.expected_purchases(params, x, t_x, age, t)
    assert found == pytest.approx(_equation_10(params, x, t_x, age, t), rel=1e-8)


def test_expected_purchases_are_smooth_where_the_papers_formula_divides_by_zero() -> None:
    below, at, above = (
        bg_nbd.expected_purchases(BgNbd(0.2426, 4.4135, a, 2.4258), *ONE, 39.0)
        for a in (1 - 1e-5, 1.0, 1 + 1e-5)
    )
    assert at == pytest.approx((below + above) / 2, rel=1e-9)


def test_long_histories_stay_numbers() -> None:
    x, age = np.array((0.0, 400.0, 400.0)), np.array((5_000.0, 3_000.0, 3_000.0))
    t_x = np.array((0.0, 3_000.0, 10.0))
    assert np.isfinite(bg_nbd.log_likelihood(PAPER, x, t_x, age))
    expected = bg_nbd.expected_purchases(PAPER, x, t_x, age, 365.0)
    assert expected[1] == pytest.approx(48, abs=4)
    assert expected[2] == pytest.approx(0, abs=1e-12)


def test_horizons_may_differ() -> None:
    x, t_x, age = (np.repeat(column, 2) for column in ONE)
    both = bg_nbd.expected_purchases(PAPER, x, t_x, age, np.array((10.0, 39.0)))
    assert both[1] == pytest.approx(bg_nbd.expected_purchases(PAPER, *ONE, 39.0)[0])
    assert both[0] < both[1]


def test_nothing_is_learnt_from_nobody() -> None:
    none = np.zeros(0)
    with pytest.raises(Invalid, match="no customers"):
        bg_nbd.fit(none, none, none)
