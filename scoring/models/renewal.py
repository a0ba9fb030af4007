"""Renewal of what comes due in cycles (recall visits, devices): Weibull, Erlang, or a plain due date.

Cox (1962), Renewal Theory; more regular than the Poisson process where the shape or the stages are
above 1. Durations run from one renewal to the next, or, censored, to the end of observation.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln, xlogy

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

NOT_DUE, DUE, OVERDUE, LAPSED = "not_due", "due", "overdue", "lapsed"
_MOST_STAGES = 100
#: exp() of this and of its negative are still numbers.
_STEEPEST = 500.0


class Renewal(Protocol):
    """A distribution of the time from one renewal to the next."""

    def log_survival(self, age: Floats) -> Floats:
        """The log of P(not yet renewed by age), shape of age."""
        ...

    def log_hazard(self, age: Floats) -> Floats:
        """The log of renewals per unit of time at age among those not yet renewed, shape of age."""
        ...


@dataclass(frozen=True, slots=True)
class Weibull:
    """Renewal is ever likelier with age where shape is above 1; scale is the time for 63 %."""

    shape: float
    scale: float

    def log_survival(self, age: Floats) -> Floats:
        log_passed: Floats = xlogy(self.shape, age / self.scale)
        with np.errstate(over="ignore"):  # an infinite exponent is a survival of zero
            return np.negative(np.exp(log_passed))

    def log_hazard(self, age: Floats) -> Floats:
        logs: Floats = xlogy(self.shape - 1, age / self.scale) + np.log(self.shape / self.scale)
        return logs


@dataclass(frozen=True, slots=True)
class Erlang:
    """Renewal after `stages` equal exponential steps that last `mean` together."""

    stages: int
    mean: float

    def log_survival(self, age: Floats) -> Floats:
        k, steps = self.stages, age * (self.stages / self.mean)
        near: Floats = np.log(gammaincc(k, np.minimum(steps, k)))
        far = np.maximum(steps, k)
        tail: Floats = xlogy(k - 1, far) - far - gammaln(k) + np.log(self._tail_ratio(far))
        return np.where(steps > k, tail, near)

    def log_hazard(self, age: Floats) -> Floats:
        k, steps = self.stages, age * (self.stages / self.mean)
        near: Floats = xlogy(k - 1, steps) - steps - gammaln(k) - self.log_survival(age)
        tail: Floats = -np.log(self._tail_ratio(np.maximum(steps, k)))
        logs: Floats = np.where(steps > k, tail, near) + np.log(k / self.mean)
        return logs

    def _tail_ratio(self, steps: Floats) -> Floats:
        """Survival over density, both in steps and past the mean, where each may be too small."""
        ratio = np.ones_like(steps)
        for j in range(1, self.stages):
            ratio = 1 + ratio * (j / steps)
        return ratio


@dataclass(frozen=True, slots=True)
class Cycle:
    """A due date by rule, in days since the last renewal: not before min, due, gone after max."""

    min: float
    due: float
    max: float

    def __post_init__(self) -> None:
        """Raise Invalid where the days are not in order."""
        if not 0 <= self.min <= self.due <= self.max < np.inf:
            raise Invalid("a cycle needs 0 <= min <= due <= max, in days")

    def state(self, age: Floats) -> NDArray[np.str_]:
        """One of not_due (before min), due (until due), overdue (until max), lapsed; shape of age."""
        steps = [age < self.min, age <= self.due, age <= self.max]
        return np.select(steps, [NOT_DUE, DUE, OVERDUE], LAPSED)

    def days_until_due(self, age: Floats) -> Floats:
        """Days from now to the due date, below zero once it is past; shape of age."""
        return self.due - age


def fit_weibull(
    durations: Floats,
    renewed: NDArray[np.bool_],
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[Weibull]:
    """Fit to durations, shape (cycles,); renewed is false where the cycle was still running.

    Raises Invalid for empty data, for renewals after no time, and where nobody has renewed yet and
    there is no prior. Shapes above 100 are not told apart.
    """
    t, d, w = _cycles(durations, renewed, weights)
    learnable(d, t, prior)
    start, n = (1.5, _mean(t, d, w)), float(w.sum())
    likelihood = _weibull_likelihood(t, d, w)
    return maximise(likelihood, Weibull, start=start, n=n, prior=prior, ceiling=(100, np.inf))


def fit_erlang(
    durations: Floats,
    renewed: NDArray[np.bool_],
    *,
    weights: Floats | None = None,
    prior: Prior | None = None,
) -> Fit[Erlang]:
    """Fit as `fit_weibull`; a prior is about the log of the mean alone.

    The number of stages (up to 100) is the likeliest, found by climbing from one by ever smaller
    leaps. It counts as not converged where even more stages might fit.
    """
    t, d, w = _cycles(durations, renewed, weights)
    learnable(d, t, prior)
    mean, n = _mean(t, d, w), float(w.sum())

    @cache
    def at(stages: int) -> Fit[Erlang]:
        likelihood = _erlang_likelihood(stages, t, d, w)
        return maximise(likelihood, partial(Erlang, stages), start=(mean,), n=n, prior=prior)

    best, leap = 1, 64
    while leap:
        near = [k for k in (best - leap, best, best + leap) if 1 <= k <= _MOST_STAGES]
        likeliest = max(near, key=lambda k: at(k).log_likelihood)
        best, leap = likeliest, leap if likeliest != best else leap // 2
    found = at(best)
    certain = found.converged and best < _MOST_STAGES
    return Fit(found.params, found.log_likelihood, n, certain)


def log_likelihood(
    model: Renewal,
    durations: Floats,
    renewed: NDArray[np.bool_],
    weights: Floats | None = None,
) -> float:
    """The log-likelihood of all cycles together; arguments as in `fit_weibull`."""
    t, d, w = _cycles(durations, renewed, weights)
    return dot(w * d, model.log_hazard(t)) + dot(w, model.log_survival(t))


def survival(model: Renewal, age: Floats) -> Floats:
    """P(not yet renewed by age), shape of age."""
    return np.exp(model.log_survival(age))


def hazard(model: Renewal, age: Floats) -> Floats:
    """Renewals per unit of time at age, among those still due; infinite at 0 for a shape below 1."""
    return np.exp(model.log_hazard(age))


def p_renewal(model: Renewal, age: Floats, horizon: float | Floats) -> Floats:
    """P(renewal in (age, age + horizon] | not yet by age), shape of age; 1 where age is past all."""
    before, after = model.log_survival(age), model.log_survival(age + horizon)
    change = np.subtract(after, before, where=before > -np.inf, out=np.full_like(after, -np.inf))
    renewed: Floats = -np.expm1(np.minimum(change, 0))
    return renewed


def _weibull_likelihood(t: Floats, d: Floats, w: Floats) -> Likelihood:
    """The log-likelihood and its gradient in (log shape, log scale)."""
    log_t, renewed = np.log(t), w * d

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        shape, at = np.exp(theta[0]), log_t - theta[1]
        steep = w * np.exp(np.minimum(shape * at, _STEEPEST))
        value = dot(renewed, theta[0] + shape * at - log_t) - steep.sum()
        in_shape = dot(renewed, 1 + shape * at) - dot(steep, shape * at)
        in_scale = shape * (steep.sum() - renewed.sum())
        return float(value), np.array((in_shape, in_scale))

    return likelihood


def _erlang_likelihood(stages: int, t: Floats, d: Floats, w: Floats) -> Likelihood:
    """The log-likelihood and its gradient in (log mean,)."""
    renewed, running = w * d, w * (1 - d)

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        model = Erlang(stages, float(np.exp(theta[0])))
        log_hazard, steps = model.log_hazard(t), t * (stages / model.mean)
        value = dot(renewed, log_hazard) + dot(w, model.log_survival(t))
        gradient = dot(renewed, steps - stages) + dot(running, np.exp(log_hazard) * t)
        return value, np.array((gradient,))

    return likelihood


def _cycles(durations: Any, renewed: Any, weights: Any) -> tuple[Floats, Floats, Floats]:
    """Checked, collapsed cycles; those seen for no time at all tell nothing and are left out."""
    t, d, w = checked(durations, renewed, weights=weights)
    if not np.isin(d, (0, 1)).all():
        raise Invalid("a cycle is either renewed or not")
    if ((t == 0) & (d == 1)).any():
        raise Invalid("a renewal needs some time since the one before")
    if not t.any():
        raise Invalid("nobody has been observed for any time yet")
    t, d, w = collapsed(*(column[t > 0] for column in (t, d, w)))
    return t, d, w


def _mean(t: Floats, d: Floats, w: Floats) -> float:
    """Time per renewal: the mean of an exponential with such cycles (of at least one renewal)."""
    return dot(w, t) / max(dot(w, d), 1.0)
