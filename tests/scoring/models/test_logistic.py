"""The Bayesian logistic model against a general optimiser on the same objective, and where data say little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from core.errors import Invalid
from scoring.models.logistic import Belief, Floats, update
from tests.scoring.models.checks import dice


def objective(
    prior: Belief, design: Floats, outcome: Floats, weights: Floats, offset: Floats, mode: Floats
) -> float:
    """The negative log of prior times likelihood, the plain way."""
    odds = design @ mode + offset
    away = mode - prior.mean
    inside = outcome * np.log(expit(odds)) + (1 - outcome) * np.log(expit(-odds))
    return float(away @ prior.precision @ away / 2 - weights @ inside)


def some_belief(rng: np.random.Generator, terms: int) -> Belief:
    """A belief with correlations."""
    root = rng.normal(size=(terms, terms))
    return Belief(rng.normal(size=terms), root @ root.T + np.eye(terms))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 200), terms=st.integers(1, 5))
def test_the_mode_is_the_one_a_general_optimiser_finds(seed: int, rows: int, terms: int) -> None:
    rng = dice(seed)
    prior, design = some_belief(rng, terms), rng.normal(size=(rows, terms))
    outcome = rng.choice([0.0, 1.0, 0.3], rows)
    weights, offset = rng.uniform(0.1, 3, rows), rng.normal(size=rows)
    found = update(prior, design, outcome, weights=weights, offset=offset)
    by_other = minimize(
        lambda mode: objective(prior, design, outcome, weights, offset, mode),
        prior.mean,
        method="BFGS",
        options={"gtol": 1e-7},
    )
    assert found.mean == pytest.approx(by_other.x, abs=1e-4)
    chance = expit(design @ found.mean + offset)
    curvature = design.T @ (design * (weights * chance * (1 - chance))[:, None]) + prior.precision
    assert found.precision == pytest.approx(curvature, rel=1e-2, abs=1e-2)


def test_weights_of_two_count_a_row_twice_and_offsets_default_to_none() -> None:
    rng = dice(1)
    prior, design = some_belief(rng, 3), rng.normal(size=(40, 3))
    outcome = (rng.random(40) < 0.4).astype(np.float64)
    doubled = update(prior, np.vstack([design, design]), np.tile(outcome, 2))
    weighted = update(prior, design, outcome, weights=np.full(40, 2.0), offset=np.zeros(40))
    assert weighted.mean == pytest.approx(doubled.mean, abs=1e-6)


def test_without_rows_the_belief_stays() -> None:
    prior = some_belief(dice(2), 3)
    found = update(prior, np.empty((0, 3)), np.empty(0))
    assert found.mean.tolist() == prior.mean.tolist()
    assert found.precision == pytest.approx(prior.precision)


def test_few_rows_are_drawn_to_the_prior_and_many_speak_for_themselves() -> None:
    rng, truth = dice(3), np.array([1.5, -1.0])
    prior = Belief.independent(np.array([-1.0, 1.0]), np.full(2, 25.0))
    away = []
    for rows in (3, 300, 15_000):
        design = rng.normal(size=(rows, 2))
        outcome = (rng.random(rows) < expit(design @ truth)).astype(np.float64)
        away.append(float(np.abs(update(prior, design, outcome).mean - truth).max()))
    assert away[0] > 1.8
    assert away[0] > away[1] > away[2]
    assert away[2] < 0.15


@pytest.mark.parametrize("rows", [4, 30_000])
def test_data_that_separate_perfectly_stay_finite(rows: int) -> None:
    side = np.where(np.arange(rows) % 2 == 0, 1.0, -1.0)
    design = np.column_stack([np.ones(rows), side * 1_000])
    found = update(
        Belief.independent(np.zeros(2), np.full(2, 1e-2)), design, (side > 0).astype(np.float64)
    )
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.precision).all()
    assert found.mean[1] > 0


def test_the_start_on_a_tenth_of_the_rows_leads_to_the_same_mode() -> None:
    rng = dice(4)
    rows, prior = 25_000, some_belief(rng, 3)
    design, weights = rng.normal(size=(rows, 3)), rng.uniform(0.2, 2, rows)
    outcome = (rng.random(rows) < expit(design @ np.array([1.0, -1.0, 0.5]))).astype(np.float64)
    # The rows that the start looks at say the opposite of all others.
    outcome[::10] = 1.0 - outcome[::10]
    mode = update(prior, design, outcome, weights=weights).mean
    slope = design.T @ (weights * (outcome - expit(design @ mode)))
    slope -= prior.precision @ (mode - prior.mean)
    assert np.abs(slope).max() < 1e-2  # of some 25,000 rows: the mode is found to 1e-5


def test_the_variance_is_that_of_the_rows_log_odds() -> None:
    rng = dice(5)
    belief, design = some_belief(rng, 3), rng.normal(size=(7, 3))
    drawn = rng.multivariate_normal(belief.mean, np.linalg.inv(belief.precision), 200_000)
    assert belief.variance(design) == pytest.approx((drawn @ design.T).var(axis=0), rel=0.03)


_GOOD = np.ones((2, 1)), np.ones(2)


@pytest.mark.parametrize(
    ("design", "outcome", "terms", "says"),
    [
        (_GOOD[0], np.ones(3), 1, "one outcome for each row"),
        (*_GOOD, 2, "one belief for each term"),
        (np.array([[1.0], [np.nan]]), _GOOD[1], 1, "not finite"),
        (_GOOD[0], np.array([1.0, np.inf]), 1, "not finite"),
    ],
)
def test_shapes_and_values_that_cannot_be_learnt_from_are_refused(
    design: Floats, outcome: Floats, terms: int, says: str
) -> None:
    prior = Belief.independent(np.zeros(terms), np.ones(terms))
    with pytest.raises(Invalid, match=says):
        update(prior, design, outcome)
