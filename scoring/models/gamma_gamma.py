"""Gamma-Gamma: what a customer's transactions are worth on average, apart from how often they come.

Fader and Hardie (2013), "The Gamma-Gamma model of monetary value", after Colombo and Jiang (1999).
"""

from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln

from core.errors import Invalid
from scoring.models.fitting import Fit, Floats, Likelihood, Prior, checked, dot, maximise


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Amounts are gamma with shape p; their rate is gamma (q, v) across customers, v in money."""

    p: float
    q: float
    v: float


def fit(
    frequency: Floats,
    mean_value: Floats,
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[GammaGamma]:
    """Fit to customers with `frequency` transactions of `mean_value` on average, shape (customers,).

    Both must be above zero; for repeat customers give the repeat transactions only. q is held above
    1.05, where the mean over all customers is finite. Raises Invalid for empty or impossible data.
    """
    seen = _spenders(frequency, mean_value, weights)
    typical = dot(seen[1], seen[2]) / float(seen[2].sum())
    return maximise(
        _likelihood_of(*seen),
        GammaGamma,
        start=(4.0, 4.0, typical * 0.75),
        n=float(seen[2].sum()),
        prior=prior,
        floor=(1e-9, 1.05, 1e-9 * typical),
    )


def log_likelihood(
    params: GammaGamma, frequency: Floats, mean_value: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, constants included; arguments as in `fit`."""
    seen = _spenders(frequency, mean_value, weights)
    return _likelihood_of(*seen)(np.log(astuple(params)))[0]


def expected_value(params: GammaGamma, frequency: Floats, mean_value: Floats) -> Floats:
    """The expected value of a transaction per customer, shape (customers,), in money.

    A weighted mean of the customer's own and of everybody's; the latter where frequency is 0, and
    mean_value is then not looked at. Raises Invalid where q is 1 or less: there is no mean.
    """
    if params.q <= 1:
        raise Invalid("amounts this uneven have no expected value: q must be above 1")
    shape = params.p * np.asarray(frequency, dtype=np.float64)
    spent = np.where(shape > 0, shape * mean_value, 0.0)
    return (params.p * params.v + spent) / (shape + params.q - 1)


def _likelihood_of(x: Floats, m: Floats, w: Floats) -> Likelihood:
    """The log-likelihood and its gradient in (log p, log q, log v)."""
    counts, which = np.unique(x, return_inverse=True)
    people = np.bincount(which, w)
    total = x * m
    constant = dot(w, np.log(m))

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(theta)
        own, both = p * counts, p * counts + q
        everybody, mine = np.log1p(total / v), np.log1p(v / total)
        by_count = gammaln(both) - gammaln(own) - gammaln(q)
        in_q, in_p = dot(w, everybody), dot(w, x * mine)
        value = people @ by_count - q * in_q - p * in_p - constant
        gradient = (
            people @ (counts * (digamma(both) - digamma(own))) - in_p,
            people @ (digamma(both) - digamma(q)) - in_q,
            dot(w, (q * total / v - p * x) / (v + total)),
        )
        return float(value), np.array(gradient) * (p, q, v)

    return likelihood


def _spenders(frequency: Any, mean_value: Any, weights: Any) -> tuple[Floats, Floats, Floats]:
    x, m, w = checked(frequency, mean_value, weights=weights)
    if (x == 0).any() or (m == 0).any():
        raise Invalid("each customer needs a transaction and a mean value above zero")
    return x, m, w
