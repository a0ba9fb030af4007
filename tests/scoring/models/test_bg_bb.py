"""BG/BB against the donors of the paper, whose table stands here, and against every possible life."""

from itertools import product
from math import comb

import numpy as np
import pytest

from core.errors import Invalid
from scoring.models import bg_bb
from scoring.models.bg_bb import BgBb
from scoring.models.fitting import Floats, Prior
from tests.scoring.models.checks import assert_gradient, dice, published

# Donors who first gave in 1995: gifts in the six years after, year of the last, how many of them.
DONORS = np.array(
    [
        (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119),
        (1, 6, 129), (2, 2, 613), (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234),
        (3, 3, 322), (3, 4, 181), (3, 5, 225), (3, 6, 357), (4, 4, 240), (4, 5, 284),
        (4, 6, 512), (5, 5, 335), (5, 6, 728), (6, 6, 1203),
    ],
    dtype=np.float64,
)  # fmt: skip
PAPER = BgBb(alpha=1.2035, beta=0.7497, gamma=0.6567, delta=2.7834)
SPOTS = (np.array((0.0, 1, 1, 4, 6)), np.array((0.0, 1, 6, 5, 6)), np.full(5, 6.0))


def test_the_published_estimates_come_out() -> None:
    x, t_x, donors = DONORS.T
    years = np.full_like(x, 6)
    fit = bg_bb.fit(x, t_x, years, weights=donors)
    assert fit.n == 11_104
    assert fit.converged
    assert fit.params.alpha == pytest.approx(1.2035, abs=5e-4)
    assert fit.params.beta == pytest.approx(0.7497, abs=5e-4)
    assert fit.params.gamma == pytest.approx(0.6567, abs=5e-4)
    assert fit.params.delta == pytest.approx(2.7834, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-33_225.58, abs=0.01)
    again = bg_bb.log_likelihood(fit.params, x, t_x, years, donors)
    assert again == pytest.approx(fit.log_likelihood)


def test_the_table_is_the_published_one() -> None:
    path = published("donations_1995_cohort.csv")
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    assert rows[:, [0, 1, 3]].tolist() == DONORS.tolist()


def test_the_published_donors_come_out() -> None:
    alive = (0.108, 0.069, 0.930, 0.697, 0.930)
    returning = (0.048, 0.047, 0.625, 0.661, 0.923)
    assert bg_bb.p_alive(PAPER, *SPOTS) == pytest.approx(alive, abs=1e-3)
    assert bg_bb.p_return(PAPER, *SPOTS, 5) == pytest.approx(returning, abs=1e-3)


def _some_lives(seed: int) -> tuple[Floats, Floats, Floats]:
    """Histories over different numbers of opportunities, none and 104 among them."""
    rng = dice(seed)
    n = rng.choice([0, 1, 4, 30, 104], 40)
    t_x = np.minimum(n, rng.integers(0, 105, 40))
    x = np.where(t_x > 0, 1 + rng.binomial(np.maximum(t_x - 1, 0), 0.3), 0)
    return x.astype(np.float64), t_x.astype(np.float64), n.astype(np.float64)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    seen = bg_bb._histories(*_some_lives(seed), None)
    assert_gradient(bg_bb.likelihood_of(seen), dice(seed).uniform(-2, 2, 4))


def _one(x: float, t_x: float, n: float) -> tuple[Floats, Floats, Floats]:
    return np.array([float(x)]), np.array([float(t_x)]), np.array([float(n)])


def _likelihood(x: float, t_x: float, n: float) -> float:
    return float(np.exp(bg_bb.log_likelihood(PAPER, *_one(x, t_x, n))))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_all_possible_lives_together_are_certain(n: int) -> None:
    total = _likelihood(0, 0, n)
    for t_x in range(1, n + 1):
        for x in range(1, t_x + 1):
            total += comb(t_x - 1, x - 1) * _likelihood(x, t_x, n)
    assert total == pytest.approx(1)


@pytest.mark.parametrize("history", [(0, 0, 4), (1, 1, 4), (2, 3, 4), (3, 4, 4)])
def test_the_future_is_that_of_all_continuations(history: tuple[int, int, int]) -> None:
    x, t_x, n = history
    before = _likelihood(*history)
    returning = expected = 0.0
    for future in product((0, 1), repeat=3):
        bought = [n + i for i, buys in enumerate(future, start=1) if buys]
        after = _likelihood(x + len(bought), max([t_x, *bought]), n + 3) / before
        returning += after * bool(bought)
        expected += after * len(bought)
    assert bg_bb.p_return(PAPER, *_one(*history), 3)[0] == pytest.approx(returning)
    assert bg_bb.expected_purchases(PAPER, *_one(*history), 3)[0] == pytest.approx(expected)


def test_the_chance_of_a_return_grows_with_the_horizon() -> None:
    lives = _some_lives(7)
    chances = np.array([bg_bb.p_return(PAPER, *lives, ahead) for ahead in (0, 1, 5, 52, 500)])
    assert (chances[0] == 0).all()
    assert (np.diff(chances, axis=0) > 0).all()
    assert (chances <= bg_bb.p_alive(PAPER, *lives)).all()
    assert bg_bb.expected_purchases(PAPER, *lives, 1) == pytest.approx(chances[1])


def test_many_customers_are_answered_as_each_alone() -> None:
    lives = _some_lives(8)
    together = bg_bb.p_alive(PAPER, *lives)
    for i, alive in enumerate(together):
        assert bg_bb.p_alive(PAPER, *(column[[i]] for column in lives))[0] == pytest.approx(alive)


def test_nobody_is_answered_with_nothing() -> None:
    none = np.zeros(0)
    assert bg_bb.p_alive(PAPER, none, none, none).shape == (0,)
    with pytest.raises(Invalid, match="no customers"):
        bg_bb.fit(none, none, none)


def test_without_a_purchase_only_a_prior_helps() -> None:
    none, n = np.zeros(3), np.full(3, 6.0)
    with pytest.raises(Invalid, match="nobody has come back"):
        bg_bb.fit(none, none, n)
    fit = bg_bb.fit(none, none, n, prior=Prior.around(PAPER, sd=0.5))
    assert fit.converged
    assert fit.params.alpha < PAPER.alpha
    assert fit.params.beta > PAPER.beta


@pytest.mark.parametrize(
    ("history", "message"),
    [((1, 1.5, 6), "whole"), ((1, 1, 6.5), "whole"), ((3, 2, 6), "more purchases than")],
)
def test_opportunities_are_counted(history: tuple[float, float, float], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        bg_bb.fit(*_one(*history))
