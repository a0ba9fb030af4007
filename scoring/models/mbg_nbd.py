"""MBG/NBD: the BG/NBD with a chance to leave after the first purchase too.

Batislam, Denizel and Filiztekin (2007), International Journal of Research in Marketing 24:201; the
same as the CBG/NBD of Hoppe and Wagner (2007).
"""

from dataclasses import astuple, dataclass

import numpy as np
from scipy.special import expit

from scoring.models.bg_nbd import (
    fit_geometric,
    geometric_likelihood,
    log_odds_gone,
    p_purchase_if_alive,
    purchases_if_alive,
)
from scoring.models.fitting import Fit, Floats, Prior, histories


@dataclass(frozen=True, slots=True)
class MbgNbd:
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
) -> Fit[MbgNbd]:
    """Fit to customers: x repeats, the last at t_x and observed until age, both since the first.

    Shapes (customers,), times in any one unit, which alpha takes too. Raises Invalid for empty or
    impossible histories, and where nobody has repeated and there is no prior.
    """
    return fit_geometric(histories(x, t_x, age, weights), MbgNbd, prior, first=1)


def log_likelihood(
    params: MbgNbd, x: Floats, t_x: Floats, age: Floats, weights: Floats | None = None
) -> float:
    """The log-likelihood of all customers together, constants included; arguments as in `fit`."""
    theta = np.log(astuple(params))
    return geometric_likelihood(histories(x, t_x, age, weights), first=1)(theta)[0]


def p_alive(params: MbgNbd, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """P(has not left | history) per customer, shape (customers,)."""
    alive: Floats = expit(-log_odds_gone(params, x, t_x, age, passed=x + 1))
    return alive


def p_return(
    params: MbgNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """P(at least one purchase in (age, age + horizon] | history), shape (customers,)."""
    staying = p_alive(params, x, t_x, age)
    return staying * p_purchase_if_alive(params, x, age, horizon)


def expected_purchases(
    params: MbgNbd, x: Floats, t_x: Floats, age: Floats, horizon: float | Floats
) -> Floats:
    """E(purchases in (age, age + horizon] | history), shape (customers,)."""
    staying = p_alive(params, x, t_x, age)
    return staying * purchases_if_alive(params, x, age, horizon, passed=x + 1)
