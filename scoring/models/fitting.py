"""Maximum likelihood in log-parameters, with an optional prior, on histories checked and collapsed."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.errors import Invalid

Floats = NDArray[np.float64]
#: A log-likelihood and its gradient at log-parameters.
Likelihood = Callable[[Floats], tuple[float, Floats]]
P = TypeVar("P")

#: A fitted parameter stays within a factor of e**9 (8,000) of where the search starts.
REACH = 9.0
#: An optimum this flat, per customer and unit of a log-parameter, counts as found.
_FLAT = 1e-5
#: An optimum this near the end of the range is not one.
_EDGE = 0.05


@dataclass(frozen=True, slots=True)
class Fit(Generic[P]):
    """What was learnt from `n` customers (the sum of their weights).

    `log_likelihood` is that of the data alone, without the prior. `converged` is false when the
    search stopped early or ended at the edge of its range: the data do not determine the parameters.
    """

    params: P
    log_likelihood: float
    n: float
    converged: bool


@dataclass(frozen=True, slots=True)
class Prior:
    """A Gaussian belief about the log-parameters, in the order of the model's fields.

    The fit maximises loglik - strength / 2 * sum(((theta - mean) / sd) ** 2); small accounts are
    drawn towards `mean` (empirical Bayes), large ones speak for themselves.
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    strength: float = 1.0

    def __post_init__(self) -> None:
        """Raise Invalid where this is not a belief about numbers."""
        known = len(self.mean) == len(self.sd) and bool(np.isfinite(self.mean).all())
        if not (known and min(self.sd, default=0) > 0 and self.strength >= 0):
            raise Invalid("a prior needs a mean and a deviation above zero for each parameter")

    @classmethod
    def around(cls, params: Any, sd: float, strength: float = 1.0) -> "Prior":
        """A belief centred on a model's parameters (any dataclass of positive numbers)."""
        mean = tuple(np.log(astuple(params)).tolist())
        return cls(mean, (sd,) * len(mean), strength)

    def penalty(self, theta: Floats) -> tuple[float, Floats]:
        """What is taken off the log-likelihood at theta, and its gradient."""
        away = (theta - np.asarray(self.mean)) / np.asarray(self.sd)
        slope = self.strength * away / np.asarray(self.sd)
        return self.strength / 2 * float(away @ away), slope


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct customer histories, one element each: repeats, last, age, and how many share it."""

    x: Floats
    t_x: Floats
    age: Floats
    weights: Floats

    @property
    def n(self) -> float:
        return float(self.weights.sum())


def maximise(
    likelihood: Likelihood,
    make: Callable[..., P],
    *,
    start: tuple[float, ...],
    n: float,
    prior: Prior | None = None,
    floor: tuple[float, ...] | None = None,
    ceiling: tuple[float, ...] | None = None,
) -> Fit[P]:
    """The parameters that maximise a log-likelihood, less the prior's penalty where there is one.

    `start` holds positive, natural parameters; it, or the prior's mean, centres the range searched,
    which `floor` and `ceiling` narrow. `make` builds the parameters from natural values. Raises
    Invalid for a prior of another size and for data whose likelihood is not a number.
    """
    if prior is not None and len(prior.mean) != len(start):
        raise Invalid(f"a prior for this model needs {len(start)} means and deviations")
    centre = np.log(start) if prior is None else np.asarray(prior.mean)
    span = _Span.around(centre, floor, ceiling)

    def objective(free: Floats) -> tuple[float, Floats]:
        theta, slope = span.bend(free)
        value, gradient = likelihood(theta)
        if prior is not None:
            penalty, pull = prior.penalty(theta)
            value, gradient = value - penalty, gradient - pull
        return -value / n, -gradient * slope / n

    # BFGS on an unbounded scale, not L-BFGS-B: its LAPACK threads stall wherever cores are shared.
    # Where a prior draws the parameters anyway, the last digits of the optimum mean nothing.
    options = {"gtol": _FLAT / (1000 if prior is None else 3)}
    found = minimize(objective, span.unbend(centre), jac=True, method="BFGS", options=options)
    theta, _ = span.bend(found.x)
    value = likelihood(theta)[0]
    if not (np.isfinite(value) and np.isfinite(theta).all()):
        raise Invalid("these histories cannot be modelled: their likelihood is not a number")
    converged = span.holds(theta) and bool(np.abs(found.jac).max() < _FLAT)
    return Fit(make(*np.exp(theta).tolist()), float(value), n, converged)


@dataclass(frozen=True, slots=True)
class _Span:
    """The open range in which log-parameters are searched, and its map from all real numbers."""

    middle: Floats
    half: Floats

    @classmethod
    def around(
        cls, centre: Floats, floor: tuple[float, ...] | None, ceiling: tuple[float, ...] | None
    ) -> "_Span":
        low, high = centre - REACH, centre + REACH
        if floor is not None:
            low = np.maximum(low, np.log(floor))
        if ceiling is not None:
            high = np.minimum(high, np.log(ceiling))
        return cls((low + high) / 2, (high - low) / 2)

    def bend(self, free: Floats) -> tuple[Floats, Floats]:
        """The log-parameters of a point anywhere, and their derivative in it."""
        bent = np.tanh((free - self.middle) / self.half)
        return self.middle + self.half * bent, 1 - bent**2

    def unbend(self, theta: Floats) -> Floats:
        """The point whose log-parameters are theta, or the nearest within the range."""
        inner = self.half - _EDGE
        offset: Floats = np.clip(theta - self.middle, -inner, inner)
        return self.middle + self.half * np.arctanh(offset / self.half)

    def holds(self, theta: Floats) -> bool:
        """Whether theta lies well inside the range."""
        return bool((np.abs(theta - self.middle) < self.half - _EDGE).all())


def dot(one: Floats, other: Floats) -> float:
    """The sum of products of two columns, without BLAS: its threads stall where cores are shared."""
    return float(np.einsum("i,i", one, other))


def learnable(events: Floats, time: Floats, prior: Prior | None) -> None:
    """Raise Invalid where no time has passed or nobody has come back, and there is no prior."""
    if prior is None and not (events.any() and time.any()):
        raise Invalid("nobody has come back yet: without a prior there is nothing to learn")


def checked(*columns: Any, weights: Any = None) -> tuple[Floats, ...]:
    """The columns and their weights as float64, each of shape (customers,).

    Raises Invalid when there are none, when lengths differ, and for values that are negative or not
    finite. Customers of weight zero are left out.
    """
    first = np.asarray(columns[0], dtype=np.float64)
    given = np.ones_like(first) if weights is None else weights
    arrays = [np.asarray(column, dtype=np.float64) for column in (*columns, given)]
    if first.ndim != 1 or any(array.shape != first.shape for array in arrays):
        raise Invalid("each column needs one value for every customer")
    if not all(bool((np.isfinite(array) & (array >= 0)).all()) for array in arrays):
        raise Invalid("counts, times, amounts and weights must be finite and not negative")
    kept = arrays[-1] > 0
    if not kept.any():
        raise Invalid("there are no customers to learn from")
    return tuple(arrays) if kept.all() else tuple(array[kept] for array in arrays)


def collapsed(*columns: Floats) -> tuple[Floats, ...]:
    """The distinct rows of all columns but the last, whose values (weights) are summed per row."""
    *keys, weights = columns
    mixed = np.zeros_like(weights)
    for key in keys:
        mixed = mixed * 1.6180339887 + key
    order = np.argsort(mixed)
    rows = [key[order] for key in keys]
    changes = np.zeros(len(weights) - 1, dtype=np.bool_)
    for row in rows:
        changes |= row[1:] != row[:-1]
    # Rows that mix to the same number but differ split a group; nothing is lost by that.
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    return (*(row[starts] for row in rows), np.add.reduceat(weights[order], starts))


def histories(x: Any, t_x: Any, age: Any, weights: Any = None) -> Histories:
    """Checked, collapsed histories; x repeats, the last of them t_x after the first, seen for age.

    Raises Invalid as `checked` does, for repeats that are not whole numbers, for a last purchase
    after the end of observation, and for a recency without repeats.
    """
    x, t_x, age, weights = checked(x, t_x, age, weights=weights)
    if (x != np.rint(x)).any():
        raise Invalid("repeat purchases must be whole numbers")
    if (t_x > age).any():
        raise Invalid("a last purchase lies after the end of observation")
    if ((x == 0) & (t_x > 0)).any():
        raise Invalid("a customer without repeats cannot have a time of last repeat")
    return Histories(*collapsed(x, t_x, age, weights))
