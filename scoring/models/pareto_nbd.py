"""Pareto/NBD: purchases at a steady personal rate until an unseen moment of leaving.

Schmittlein, Morrison and Colombo (1987), Management Science 33:1; Fader and Hardie (2005), "A note
on deriving the Pareto/NBD model". Rates are gamma (r, alpha), rates of leaving are gamma (s, beta).
The 2F1 of the paper is kept as the integral over the moment of leaving, by Gauss-Legendre on a
logarithmic scale: one branch whichever of alpha and beta is larger, and gradients under the integral.
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import digamma, expit, exprel, gammaln

from scoring.models.fitting import (
    Fit,
    Floats,
    Histories,
    Likelihood,
    Prior,
    dot,
    histories,
    learnable,
    maximise,
)

_AT, _MASS = (side[:, None] for side in np.polynomial.legendre.leggauss(24))
_AT, _MASS = (1 + _AT) / 2, _MASS / 2
#: Beyond a fall by e**37 an integrand adds nothing to a float64.
_FALL = 37.0
#: Rows whose nodes stay in the processor's cache.
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """Purchase rates are gamma (r, alpha), rates of leaving gamma (s, beta); scales are times."""

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True, slots=True)
class _Integral:
    """Integral over (0, length) of (A / (A + u)) ** p * (B / (B + u)) ** q, and means under it.

    `log_a` and `log_b` are the means of log(1 + u / A) and log(1 + u / B), `per_a` and `per_b`
    those of 1 / (A + u) and 1 / (B + u).
    """

    value: Floats
    log_a: Floats
    log_b: Floats
    per_a: Floats
    per_b: Floats


def fit(
    x: Floats,
    t_x: Floats,
    age: Floats,
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[ParetoNbd]:
    """Fit to customers: x repeats, the last at t_x and observed until age, both since the first.

    Shapes (customers,), times in any one unit, which alpha and beta take too. Raises Invalid for
    empty or impossible histories, and where nobody has repeated and there is no prior.
    """
    seen = histories(x, t_x, age, weights)
    learnable(seen.x, seen.age, prior)
    scale = dot(seen.weights, seen.age) / seen.n
    start = (0.6, scale / 3, 0.6, scale / 3)
    return maximise(likelihood_of(seen), ParetoNbd, start=start, n=seen.n, prior=prior)


def log_likelihood(
    params: ParetoNbd, x: Floats, t_x: Floats, age: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, constants included; arguments as in `fit`."""
    return likelihood_of(histories(x, t_x, age, weights))(np.log(astuple(params)))[0]


def p_alive(params: ParetoNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(has not left | history) per customer, shape (customers,)."""
    rows = zip(*(_blocks(column) for column in np.broadcast_arrays(x, t_x, age)), strict=True)
    odds = [_log_odds_gone(params, *row)[0] for row in rows]
    alive: Floats = expit(-np.concatenate([np.zeros(0), *odds]))
    return alive


def p_return(
    params: ParetoNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """P(at least one purchase in (age, age + horizon] | history), shape (customers,)."""
    within = [np.zeros(0)]
    columns = np.broadcast_arrays(x, age, np.asarray(horizon, dtype=np.float64))
    for count, until, ahead in zip(*(_blocks(column) for column in columns), strict=True):
        a, shape = params.alpha + until, params.r + count
        first = _integrate(a, params.beta + until, shape + 1, params.s, ahead, means=False)
        within.append(np.minimum(shape / a * first.value, 1))
    return p_alive(params, x, t_x, age) * np.concatenate(within)


def expected_purchases(
    params: ParetoNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """E(purchases in (age, age + horizon] | history), shape (customers,)."""
    until = params.beta + age
    ahead = np.log1p(horizon / until)
    active: Floats = until * ahead * exprel((1 - params.s) * ahead)
    return p_alive(params, x, t_x, age) * (params.r + x) / (params.alpha + age) * active


def likelihood_of(seen: Histories) -> Likelihood:
    """The log-likelihood and its gradient in (log r, log alpha, log s, log beta)."""
    counts, which = np.unique(seen.x, return_inverse=True)
    people = np.bincount(which, seen.weights)
    columns = (seen.x, seen.t_x, seen.age, seen.weights)
    blocks = list(zip(*(_blocks(column) for column in columns), strict=True))

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        params = ParetoNbd(*np.exp(theta).tolist())
        r = params.r
        value = float(people @ (gammaln(r + counts) - gammaln(r)))
        slopes = np.array([people @ (digamma(r + counts) - digamma(r)), 0.0, 0.0, 0.0])
        for block in blocks:
            more, slope = _block_likelihood(params, *block)
            value, slopes = value + more, slopes + slope
        return value, slopes * np.exp(theta)

    return likelihood


def _block_likelihood(
    params: ParetoNbd, x: Floats, t_x: Floats, age: Floats, w: Floats
) -> tuple[float, Floats]:
    """The part that depends on times, and its gradient in (r, alpha, s, beta)."""
    r, alpha, s, beta = astuple(params)
    z, left = _log_odds_gone(params, x, t_x, age, means=True)
    a, b, shape = alpha + age, beta + age, r + x
    log_a, log_b = np.log1p(age / alpha), np.log1p(age / beta)
    value = np.logaddexp(0, z) - r * log_a - x * np.log(a) - s * log_b
    gone = w * expit(z)
    gradient = (
        gone @ (np.log(a / (alpha + t_x)) - left.log_a) - w @ log_a,
        w @ ((r * age / alpha - x) / a) + gone @ (shape * (1 / a - left.per_a)),
        gone @ (1 / s + np.log(b / (beta + t_x)) - left.log_b) - w @ log_b,
        w @ (s * age / beta / b) + gone @ (s / b - (s + 1) * left.per_b),
    )
    return float(w @ value), np.array(gradient)


def _log_odds_gone(
    params: ParetoNbd, x: Floats, t_x: Floats, age: Floats, *, means: bool = False
) -> tuple[Floats, _Integral]:
    """Log odds that a customer has left by age, and the integral over the moments of leaving."""
    a, b, shape, silent = params.alpha + t_x, params.beta + t_x, params.r + x, age - t_x
    left = _integrate(a, b, shape, params.s + 1, silent, means=means)
    log_left = np.log(left.value, out=np.full_like(a, -np.inf), where=left.value > 0)
    odds = np.log(params.s / b) + shape * np.log1p(silent / a) + params.s * np.log1p(silent / b)
    return odds + log_left, left


def _integrate(
    a: Floats, b: Floats, p: Floats | float, q: Floats | float, length: Floats, *, means: bool
) -> _Integral:
    """The integral of `_Integral` per row; the means only where they are asked for.

    With w = log(1 + u / min(A, B)) the integrand has no singularity nearer than pi to the path.
    """
    if a[0] > b[0]:
        flipped = _integrate(b, a, q, p, length, means=means)
        return _Integral(flipped.value, flipped.log_b, flipped.log_a, flipped.per_b, flipped.per_a)
    reach = np.minimum(length, a * np.expm1(np.minimum(_FALL / p, 99)))
    reach = np.minimum(reach, b * np.expm1(np.minimum(_FALL / q, 99)))
    width = np.log1p(reach / a)
    w = _AT * width
    u = a * np.expm1(w)
    log_b = np.log1p(u / b)
    height = _MASS * np.exp((1 - p) * w - q * log_b)
    total = height.sum(axis=0)
    value = a * width * total
    if not means:
        return _Integral(value, value, value, value, value)
    moments = (w, log_b, 1 / (a + u), 1 / (b + u))
    return _Integral(value, *((height * each).sum(axis=0) / total for each in moments))


def _blocks(column: Floats) -> Iterator[Floats]:
    for start in range(0, len(column), _BLOCK):
        yield column[start : start + _BLOCK]
