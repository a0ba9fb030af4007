"""Bayesian logistic regression: Newton's method to the mode, the curvature there as uncertainty.

The Laplace approximation, e.g. Bishop (2006), Pattern Recognition and Machine Learning, 4.4-4.5.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from core.errors import Invalid

Floats = NDArray[np.float64]

_STEPS = 40
_CLOSE = 1e-4
_MANY, _PART = 20_000, 10


@dataclass(frozen=True, slots=True)
class Belief:
    """A Gaussian over coefficients: `mean` of shape (terms,), `precision` of shape (terms, terms)."""

    mean: Floats
    precision: Floats

    @classmethod
    def independent(cls, mean: Floats, precision: Floats) -> "Belief":
        """A belief without correlations; `precision` has one entry for each term."""
        return cls(np.asarray(mean, dtype=np.float64), np.diag(precision))

    def variance(self, design: Floats) -> Floats:
        """The variance of each row's log-odds, shape (rows,)."""
        factor = cho_factor(self.precision)
        return np.asarray(np.einsum("ij,ji->i", design, cho_solve(factor, design.T)))


def update(
    prior: Belief,
    design: Floats,
    outcome: Floats,
    *,
    weights: Floats | None = None,
    offset: Floats | None = None,
) -> Belief:
    """What is believed after seeing `outcome` (0..1, shape (rows,)) for `design` (rows, terms).

    The prior keeps the answer finite where the data separate perfectly. Raises Invalid for shapes
    that do not fit or values that are not finite.
    """
    rows, terms = design.shape
    shapes = outcome.shape, prior.mean.shape, prior.precision.shape
    if shapes != ((rows,), (terms,), (terms, terms)):
        raise Invalid(
            "a logistic model needs one outcome for each row and one belief for each term"
        )
    if not (np.isfinite(design).all() and np.isfinite(outcome).all()):
        raise Invalid("a logistic model cannot learn from values that are not finite")
    base = np.zeros(rows) if offset is None else offset
    weight = np.ones(rows) if weights is None else weights
    mode = prior.mean
    if rows > _MANY:
        # A tenth of the rows, each counted ten times, brings the search near its end.
        some = slice(None, None, _PART)
        mode, _ = _search(
            prior, mode, design[some], outcome[some], _PART * weight[some], base[some]
        )
    return Belief(*_search(prior, mode, design, outcome, weight, base))


def _search(
    prior: Belief, start: Floats, design: Floats, outcome: Floats, weight: Floats, base: Floats
) -> tuple[Floats, Floats]:
    """The mode, by Newton's steps from `start`, and the curvature there."""
    mode = start
    log_odds = design @ mode + base
    value = _objective(prior, mode, log_odds, outcome, weight)
    curvature = prior.precision
    for _ in range(_STEPS):
        chance = expit(log_odds)
        slope = design.T @ (weight * (outcome - chance)) - prior.precision @ (mode - prior.mean)
        spread = weight * chance * (1.0 - chance)
        curvature = (design * spread[:, None]).T @ design + prior.precision
        step = cho_solve(cho_factor(curvature), slope)
        scale = 1.0
        while True:
            attempt = mode + scale * step
            log_odds = design @ attempt + base
            reached = _objective(prior, attempt, log_odds, outcome, weight)
            if reached >= value - 1e-9 * abs(value) or scale < 1e-3:
                break
            scale /= 2
        mode, value = attempt, reached
        # Newton's error is squared at each step: after one so small there is nothing left to gain.
        if float(np.abs(scale * step).max()) < _CLOSE:
            break
    return mode, curvature


def _objective(
    prior: Belief, mode: Floats, log_odds: Floats, outcome: Floats, weight: Floats
) -> float:
    away = mode - prior.mean
    fit = weight @ (outcome * log_odds - np.logaddexp(0.0, log_odds))
    return float(fit - 0.5 * away @ prior.precision @ away)
