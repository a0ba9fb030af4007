"""Renewals of people who may leave: found again from what is seen of them, and foretold as they happen."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import Invalid
from scoring.models import leaving_renewal
from scoring.models.fitting import Floats, Prior
from scoring.models.leaving_renewal import LeavingRenewal, fit, p_return
from tests.scoring.models.checks import assert_gradient, assert_means_agree, dice

pytestmark = pytest.mark.integration

RECALL = LeavingRenewal(shape=2.5, scale=200.0, a=1.0, b=4.0)
OPEN = Prior(tuple(np.log([1.5, 150.0, 1.0, 3.0]).tolist()), (3.0, 3.0, 3.0, 3.0))
AGES = np.array((0.0, 1, 90, 180, 365, 900, 3_000))


def seen(people: int, seed: int, days: float = 1_500.0) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Times since each visit until the next or the end, whether there was a next, and how many there had been."""
    rng = dice(seed)
    lasted, renewed, passed = [], [], []
    for leaves in rng.beta(RECALL.a, RECALL.b, people):
        at, came = rng.uniform(0, days), 0
        while True:
            ahead = RECALL.scale * rng.weibull(RECALL.shape) if rng.random() > leaves else np.inf
            again = at + ahead <= days
            lasted.append(ahead if again else days - at)
            renewed.append(again)
            passed.append(came)
            if not again:
                break
            at, came = at + ahead, came + 1
    return np.array(lasted), np.array(renewed), np.array(passed, dtype=np.float64)


def test_the_distribution_is_found_again_though_cycles_still_run_and_people_have_left() -> None:
    lasted, renewed, passed = seen(4_000, 1)
    found = fit(lasted, renewed, passed, prior=OPEN)
    assert found.converged
    assert found.params.shape == pytest.approx(RECALL.shape, rel=0.05)
    assert found.params.scale == pytest.approx(RECALL.scale, rel=0.02)
    leaving = found.params.a / (found.params.a + found.params.b)
    assert leaving == pytest.approx(RECALL.a / (RECALL.a + RECALL.b), abs=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_is_that_of_the_likelihood(seed: int) -> None:
    rng = dice(seed)
    t, d = rng.uniform(1, 400, 50), rng.integers(0, 2, 50).astype(np.float64)
    j = rng.integers(0, 6, 50).astype(np.float64)
    theta = np.array((rng.uniform(-0.5, 1.0), rng.uniform(4, 6), *rng.uniform(-1, 1.5, 2)))
    assert_gradient(leaving_renewal._likelihood(t, d, j), theta)


def test_where_nobody_leaves_it_is_a_weibull() -> None:
    from scipy.stats import weibull_min  # noqa: PLC0415  a second to load

    faithful = LeavingRenewal(RECALL.shape, RECALL.scale, a=1e-12, b=1.0)
    known = weibull_min(RECALL.shape, scale=RECALL.scale)
    early = AGES[:5]
    wanted = 1 - known.sf(early + 90) / known.sf(early)
    assert p_return(faithful, early, np.zeros(5), 90.0) == pytest.approx(wanted, rel=1e-6)


def test_visits_come_as_foretold_and_each_that_has_come_makes_the_next_likelier() -> None:
    lasted, renewed, passed = seen(12_000, 2, days=3_000.0)
    for quiet in (0.0, 100.0, 250.0):
        # Of cycles that ran so long and were watched for the days foretold.
        running = (lasted > quiet) & (renewed | (lasted > quiet + 90))
        told = p_return(RECALL, np.full(running.sum(), quiet), passed[running], 90.0)
        assert_means_agree((renewed & (lasted <= quiet + 90))[running].astype(np.float64), told)
    chances = p_return(RECALL, np.full(5, 100.0), np.arange(5.0), 90.0)
    assert (np.diff(chances) > 0).all()


@pytest.mark.parametrize(
    "params",
    [RECALL, LeavingRenewal(0.5, 90.0, 1.0, 1.0), LeavingRenewal(100.0, 1.0, 0.7, 3.3)],
)
def test_the_chance_grows_with_the_horizon_and_falls_once_the_due_date_is_long_past(
    params: LeavingRenewal,
) -> None:
    """Also where no power of the age by the shape is a number any more."""
    none = np.zeros(len(AGES))
    chances = np.array([p_return(params, AGES, none, ahead) for ahead in (0.0, 1.0, 90.0, 1e7)])
    assert (chances >= 0).all()
    assert (chances <= 1).all()
    assert (np.diff(chances, axis=0) >= 0).all()
    assert chances[2][-1] < 0.02


def test_a_prior_speaks_where_nobody_has_come_again() -> None:
    sure = Prior(tuple(np.log([4.0, 365.0, 0.8, 2.5]).tolist()), (0.3, 0.3, 1.0, 1.0))
    found = fit(np.array((30.0, 60.0)), np.zeros(2, dtype=np.bool_), np.zeros(2), prior=sure)
    assert found.params.scale == pytest.approx(365.0, rel=0.05)
    with pytest.raises(Invalid, match="no customers"):
        fit(np.zeros(0), np.zeros(0, dtype=np.bool_), np.zeros(0), prior=sure)
