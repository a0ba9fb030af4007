"""Gamma-Poisson (NBD): counts over an exposure at gamma-distributed rates, and how odd a silence is.

Ehrenberg (1959), Applied Statistics 8:26; the silence is the gamma mixture of exponential waiting
times in Schmittlein, Morrison and Colombo (1987), Management Science 33:1.
"""

from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln, xlogy

from core.errors import Invalid
from scoring.models.fitting import (
    Fit,
    Floats,
    Likelihood,
    Prior,
    checked,
    collapsed,
    dot,
    learnable,
    maximise,
)


@dataclass(frozen=True, slots=True)
class GammaPoisson:
    """Rates are gamma with shape r and scale alpha (a time)."""

    r: float
    alpha: float


def fit(
    x: Floats, exposure: Floats, *, weights: Floats | None = None, prior: Prior | None = None
) -> Fit[GammaPoisson]:
    """Fit to x events within `exposure` (a time, whose unit alpha takes), shapes (customers,).

    Raises Invalid for empty data, counts that are not whole, events without exposure, and where
    there are no events and no prior.
    """
    x, exposure, w = _counts(x, exposure, weights)
    learnable(x, exposure, prior)
    n = float(w.sum())
    scale = dot(w, exposure) / n
    likelihood = _likelihood_of(x, exposure, w)
    return maximise(likelihood, GammaPoisson, start=(1.0, scale / 2), n=n, prior=prior)


def log_likelihood(
    params: GammaPoisson, x: Floats, exposure: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, constants included; arguments as in `fit`."""
    return _likelihood_of(*_counts(x, exposure, weights))(np.log(astuple(params)))[0]


def p_silence(params: GammaPoisson, x: Floats, span: Floats, gap: float | Floats) -> Floats:
    """P(no event for `gap` | still engaged, x events over `span`), shape (customers,)."""
    return np.exp(-(params.r + x) * np.log1p(gap / (params.alpha + span)))


def _likelihood_of(x: Floats, exposure: Floats, w: Floats) -> Likelihood:
    """The log-likelihood and its gradient in (log r, log alpha)."""
    counts, which = np.unique(x, return_inverse=True)
    people = np.bincount(which, w)
    constant = dot(w, xlogy(x, exposure)) - people @ gammaln(counts + 1)

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        r, alpha = np.exp(theta)
        ratio, until = np.log1p(exposure / alpha), alpha + exposure
        by_count = people @ (gammaln(r + counts) - gammaln(r))
        shared = dot(w, ratio)
        value = by_count - r * shared - dot(w, x * np.log(until)) + constant
        in_r = people @ (digamma(r + counts) - digamma(r)) - shared
        in_alpha = dot(w, (r * exposure / alpha - x) / until)
        return float(value), np.array((r * in_r, alpha * in_alpha))

    return likelihood


def _counts(x: Any, exposure: Any, weights: Any) -> tuple[Floats, Floats, Floats]:
    x, exposure, w = checked(x, exposure, weights=weights)
    if (x != np.rint(x)).any():
        raise Invalid("events must be whole numbers")
    if ((exposure == 0) & (x > 0)).any():
        raise Invalid("events need a time in which they could happen")
    x, exposure, w = collapsed(x, exposure, w)
    return x, exposure, w
