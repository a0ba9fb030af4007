"""BG/BB: at each of n opportunities a living customer buys or not; before each, some leave for good.

Fader, Hardie and Shang (2010), Marketing Science 29:1086. Chances to buy are beta (alpha, beta),
chances to leave are beta (gamma, delta). Meant for up to some hundred opportunities (months, weeks).
"""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Invalid
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

_Ints = NDArray[np.int64]
_BLOCK = 16384


@dataclass(frozen=True, slots=True)
class BgBb:
    """Chances to buy are beta (alpha, beta), chances to leave beta (gamma, delta)."""

    alpha: float
    beta: float
    gamma: float
    delta: float


@dataclass(frozen=True, slots=True)
class _Endings:
    """Every way each history can have ended, flat: alive until opportunity j, then gone or not.

    A history's endings run from its last purchase to n; only the last of them is being alive.
    """

    history: _Ints
    first: _Ints
    j: _Ints
    quiet: _Ints
    gone: _Ints


def fit(
    x: Floats,
    t_x: Floats,
    n: Floats,
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[BgBb]:
    """Fit to customers who bought at x of n opportunities, the last time at the t_x-th.

    Shapes (customers,), whole numbers with x <= t_x <= n, zeros for who never bought. Raises
    Invalid for empty or impossible histories, and where nobody has bought and there is no prior.
    """
    seen = _histories(x, t_x, n, weights)
    learnable(seen.x, seen.age, prior)
    return maximise(likelihood_of(seen), BgBb, start=(1.0, 1.0, 0.7, 2.5), n=seen.n, prior=prior)


def log_likelihood(
    params: BgBb, x: Floats, t_x: Floats, n: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, without binomial coefficients, as published."""
    return likelihood_of(_histories(x, t_x, n, weights))(np.log(astuple(params)))[0]


def p_alive(params: BgBb, x: Floats, t_x: Floats, n: Floats) -> Floats:
    """P(alive at opportunity n + 1 | history) per customer, shape (customers,)."""
    n = np.asarray(n, dtype=np.float64)
    return _p_alive_at_last(params, x, t_x, n) * _p_stays(params, n)


def p_return(params: BgBb, x: Floats, t_x: Floats, n: Floats, horizon: int) -> Floats:
    """P(at least one purchase in the next `horizon` opportunities | history), shape (customers,)."""
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    first = _p_alive_at_last(params, x, t_x, n)
    total = np.zeros_like(first)
    for ahead in range(horizon):
        first = first * _p_stays(params, n + ahead)
        buys = (params.alpha + x) / (params.alpha + params.beta + n + ahead)
        total += first * buys
        first = first * (1 - buys)
    return total


def expected_purchases(params: BgBb, x: Floats, t_x: Floats, n: Floats, horizon: int) -> Floats:
    """E(purchases in the next `horizon` opportunities | history), shape (customers,)."""
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    alive = _p_alive_at_last(params, x, t_x, n)
    total = np.zeros_like(alive)
    for ahead in range(horizon):
        alive = alive * _p_stays(params, n + ahead)
        total += alive
    return total * (params.alpha + x) / (params.alpha + params.beta + n)


def likelihood_of(seen: Histories) -> Likelihood:
    """The log-likelihood and its gradient in (log alpha, log beta, log gamma, log delta)."""
    x, t_x, n = (column.astype(np.int64) for column in (seen.x, seen.t_x, seen.age))
    ends, w, top = _endings(x, t_x, n), seen.weights, int(n.max())

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        alpha, beta, gamma, delta = np.exp(theta)
        shares, totals = _shares(BgBb(alpha, beta, gamma, delta), ends, top)
        value = dot(w, _rising(alpha, top)[x] + totals)
        ends_w = shares * w[ends.history]
        either = dot(ends_w, _slope(alpha + beta, top)[ends.j])
        both = dot(ends_w, _slope(gamma + delta, top)[ends.j + ends.gone])
        gradient = (
            dot(w, _slope(alpha, top)[x]) - either,
            dot(ends_w, _slope(beta, top)[ends.quiet]) - either,
            dot(ends_w, ends.gone / gamma) - both,
            dot(ends_w, _slope(delta, top)[ends.j]) - both,
        )
        return value, np.array(gradient) * np.exp(theta)

    return likelihood


def _shares(params: BgBb, ends: _Endings, top: int) -> tuple[Floats, Floats]:
    """The posterior probability of each ending, and per history the log of all together.

    Up to the factor of the x purchases; the beta functions are sums of logs, read from tables.
    """
    alpha, beta, gamma, delta = astuple(params)
    bought = _rising(beta, top)[ends.quiet] - _rising(alpha + beta, top)[ends.j]
    left = np.where(ends.gone, np.log(gamma), 0) - _rising(gamma + delta, top)[ends.j + ends.gone]
    logs = bought + left + _rising(delta, top)[ends.j]
    highest = np.maximum.reduceat(logs, ends.first)
    shares = np.exp(logs - highest[ends.history])
    together = np.add.reduceat(shares, ends.first)
    return shares / together[ends.history], highest + np.log(together)


def _endings(x: _Ints, t_x: _Ints, n: _Ints) -> _Endings:
    lengths = n - t_x + 1
    history = np.repeat(np.arange(len(x)), lengths)
    first = np.cumsum(lengths) - lengths
    j = np.arange(len(history)) - (first - t_x)[history]
    return _Endings(history, first, j, j - x[history], (j < n[history]).astype(np.int64))


def _p_alive_at_last(params: BgBb, x: Floats, t_x: Floats, n: Floats) -> Floats:
    """P(alive at opportunity n | history); each distinct history is worked out once."""
    columns = np.stack([np.asarray(column).astype(np.int64) for column in (x, t_x, n)])
    top = int(columns.max(initial=0))
    keys, where = np.unique(
        np.ravel_multi_index(tuple(columns), (top + 1,) * 3), return_inverse=True
    )
    parts = [np.zeros(0)]
    for block in _blocks(keys):
        ends = _endings(*np.unravel_index(block, (top + 1,) * 3))
        shares, _ = _shares(params, ends, top)
        parts.append(shares[np.append(ends.first[1:], len(shares)) - 1])
    return np.concatenate(parts)[where]


def _p_stays(params: BgBb, n: Floats) -> Floats:
    """P(a customer alive at opportunity n is alive at the next)."""
    return (params.delta + n) / (params.gamma + params.delta + n)


def _rising(c: float, top: int) -> Floats:
    """The log of gamma(c + m) / gamma(c) for m from 0 to top."""
    return np.concatenate(([0.0], np.cumsum(np.log(c + np.arange(top)))))


def _slope(c: float, top: int) -> Floats:
    """The derivative of `_rising` in c."""
    return np.concatenate(([0.0], np.cumsum(1 / (c + np.arange(top)))))


def _histories(x: Any, t_x: Any, n: Any, weights: Any) -> Histories:
    seen = histories(x, t_x, n, weights)
    if (seen.t_x != np.rint(seen.t_x)).any() or (seen.age != np.rint(seen.age)).any():
        raise Invalid("opportunities must be whole numbers")
    if (seen.x > seen.t_x).any():
        raise Invalid("there are more purchases than opportunities until the last of them")
    return seen


def _blocks(column: _Ints) -> Iterator[_Ints]:
    for start in range(0, len(column), _BLOCK):
        yield column[start : start + _BLOCK]
