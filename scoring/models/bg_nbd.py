"""BG/NBD: purchases at a steady personal rate, and after each repeat a chance to leave for good.

Fader, Hardie and Lee (2005), Marketing Science 24:275. Rates are gamma (r, alpha), chances to leave
are beta (a, b). The functions that take `passed`, the number of chances to leave a customer has let
pass, also serve the MBG/NBD, where the first purchase is such a chance as well.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Protocol, TypeVar

import numpy as np
from scipy.special import digamma, expit, gammaln

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

_NODES = 24


class Geometric(Protocol):
    """The parameters of a model whose customers leave after a purchase."""

    @property
    def r(self) -> float: ...
    @property
    def alpha(self) -> float: ...
    @property
    def a(self) -> float: ...
    @property
    def b(self) -> float: ...


G = TypeVar("G", bound=Geometric)


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Rates are gamma with shape r and scale alpha (time); chances to leave are beta (a, b)."""

    r: float
    alpha: float
    a: float
    b: float


def fit(
    x: Floats,
    t_x: Floats,
    age: Floats,
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[BgNbd]:
    """Fit to customers: x repeats, the last at t_x and observed until age, both since the first.

    Shapes (customers,), times in any one unit, which alpha takes too. Raises Invalid for empty or
    impossible histories, and where nobody has repeated and there is no prior.
    """
    return fit_geometric(histories(x, t_x, age, weights), BgNbd, prior, first=0)


def log_likelihood(
    params: BgNbd, x: Floats, t_x: Floats, age: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, constants included; arguments as in `fit`."""
    theta = np.log(astuple(params))
    return geometric_likelihood(histories(x, t_x, age, weights), first=0)(theta)[0]


def p_alive(params: BgNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(has not left) per customer, shape (customers,): never to be shown or ranked by.

    It is 1 for everybody who bought once, since the model lets nobody leave before a repeat.
    """
    alive: Floats = expit(-log_odds_gone(params, x, t_x, age, passed=x))
    return alive


def p_return(params: BgNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats) -> Floats:
    """P(at least one purchase in (age, age + horizon] | history), shape (customers,)."""
    staying = p_alive(params, x, t_x, age)
    return staying * p_purchase_if_alive(params, x, age, horizon)


def expected_purchases(
    params: BgNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """E(purchases in (age, age + horizon] | history), shape (customers,)."""
    staying = p_alive(params, x, t_x, age)
    return staying * purchases_if_alive(params, x, age, horizon, passed=x)


def fit_geometric(
    seen: Histories, make: Callable[..., G], prior: Prior | None, *, first: int
) -> Fit[G]:
    """Fit a model with first = 1 where the first purchase is a chance to leave, 0 where not."""
    learnable(seen.x, seen.age, prior)
    scale = dot(seen.weights, seen.age) / seen.n
    start = (0.5, scale / 4, 0.8, 2.0)
    return maximise(
        geometric_likelihood(seen, first=first), make, start=start, n=seen.n, prior=prior
    )


def geometric_likelihood(seen: Histories, *, first: int) -> Likelihood:
    """The log-likelihood and its gradient in (log r, log alpha, log a, log b)."""
    x, t_x, age, w = seen.x, seen.t_x, seen.age, seen.weights
    counts, which = np.unique(x, return_inverse=True)
    people = np.bincount(which, w)
    silent = age - t_x
    may_be_gone = x + first > 0
    risks = np.maximum(x + first - 1, 0.0)

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(theta)
        passed, until, at_last = counts + first, alpha + age, alpha + t_x
        ratio, quiet = np.log1p(age / alpha), np.log1p(silent / at_last)
        z = np.where(may_be_gone, theta[2] - np.log(b + risks) + (r + x) * quiet, -np.inf)
        by_count = gammaln(r + counts) - gammaln(r) + gammaln(b + passed) - gammaln(b)
        by_count += gammaln(a + b) - gammaln(a + b + passed)
        by_row = np.logaddexp(0, z) - r * ratio - x * np.log(until)
        gone = w * expit(z)
        together = digamma(a + b) - digamma(a + b + passed)
        gradient = (
            people @ (digamma(r + counts) - digamma(r)) - dot(w, ratio) + dot(gone, quiet),
            dot(w, (r * age / alpha - x) / until) - dot(gone, (r + x) * silent / until / at_last),
            people @ together + gone.sum() / a,
            people @ (together + digamma(b + passed) - digamma(b)) - dot(gone, 1 / (b + risks)),
        )
        value = float(people @ by_count) + dot(w, by_row)
        return value, np.array(gradient) * (r, alpha, a, b)

    return likelihood


def log_odds_gone(
    params: Geometric, x: Floats, t_x: Floats, age: Floats, *, passed: Floats
) -> Floats:
    """Log odds that a customer has left, shape (customers,); minus infinity without a chance to."""
    quiet = np.log1p((age - t_x) / (params.alpha + t_x))
    risks = params.b + np.maximum(passed - 1, 0.0)
    odds: Floats = np.log(params.a / risks) + (params.r + x) * quiet
    return np.where(passed > 0, odds, -np.inf)


def p_purchase_if_alive(
    params: Geometric, x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """P(at least one purchase within the horizon | not left), shape (customers,)."""
    odds: Floats = -np.expm1(-(params.r + x) * np.log1p(horizon / (params.alpha + age)))
    return odds


def purchases_if_alive(
    params: Geometric, x: Floats, age: Floats, horizon: float | Floats, *, passed: Floats
) -> Floats:
    """E(purchases within the horizon | not left), shape (customers,).

    Given rate m and chance p the expectation is (1 - exp(-m p t)) / p. The rate is integrated in
    closed form, p numerically over its posterior, beta (a, b + passed): that equals the paper's
    equation 10, also where its 2F1 overflows and where a is 1. Good to 12 digits where the horizon
    is up to twelve times alpha + age, to 4 where it is a thousand times that.
    """
    counts, which = np.unique(passed, return_inverse=True)
    nodes, masses = _beta_quadrature(params.a, params.b + counts)
    shape, ahead = params.r + x, horizon / (params.alpha + age)
    stay = params.b + passed
    # The map q -> p below keeps 0 and 1 and moves the nodes to where 1 + p * ahead bends.
    both = 1 + params.a + stay
    squeeze = np.sqrt(1 + ahead * (1 + shape) / ((1 + params.a) * both))
    total = np.zeros(squeeze.shape)
    for q, mass in zip(nodes.T, masses.T, strict=True):
        bend = squeeze + (1 - squeeze) * q[which]
        p = q[which] / bend
        density = np.exp(stay * np.log(squeeze) - (both - 1) * np.log(bend))
        total -= mass[which] * density * np.expm1(-shape * np.log1p(p * ahead)) / p
    return total


def _beta_quadrature(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Gauss-Jacobi nodes and weights for the beta (a, b) densities, each of shape (b, nodes).

    Golub and Welsch (1969), Mathematics of Computation 23:221, all densities in one call.
    """
    left, right = a - 1, b[:, None] - 1
    k = np.arange(1.0, _NODES)
    both = 2 * k + left + right
    main = np.empty((len(b), _NODES))
    main[:, :1] = (left - right) / (left + right + 2)
    main[:, 1:] = (left**2 - right**2) / (both * (both + 2))
    beside = 4 * k * (k + left) * (k + right) / (both**2 * (both + 1))
    beside[:, 1:] *= ((k + left + right) / (both - 1))[:, 1:]  # 1 in the first, even as 0 / 0
    matrix = np.zeros((len(b), _NODES, _NODES))
    i = np.arange(_NODES)
    matrix[:, i, i] = main
    matrix[:, i[1:], i[:-1]] = np.sqrt(beside)
    nodes, vectors = np.linalg.eigh(matrix)
    return np.maximum((1 + nodes) / 2, 1e-15), vectors[:, 0, :] ** 2
