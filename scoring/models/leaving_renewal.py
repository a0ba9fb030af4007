"""Renewal with leaving: Weibull times from one visit to the next, and after each a chance to leave for good.

The cycle of Cox (1962), Renewal Theory, with the leaving of the MBG/NBD (Batislam, Denizel and Filiztekin 2007):
chances to leave are beta (a, b) over people, so that who has stayed j times stays again with (b + j) / (a + b + j).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.models.fitting import Fit, Floats, Likelihood, Prior, checked, dot, maximise

#: exp() of this and of its negative are still numbers.
_STEEPEST = 500.0


@dataclass(frozen=True, slots=True)
class LeavingRenewal:
    """Times to the next visit have a Weibull `shape` and `scale`; chances to leave are beta (a, b)."""

    shape: float
    scale: float
    a: float
    b: float


def fit(
    durations: Floats, renewed: NDArray[np.bool_], passed: Floats, *, prior: Prior
) -> Fit[LeavingRenewal]:
    """Fit to times since each visit until the next, or (not `renewed`) until now; all of shape (cycles,).

    `passed` is how often the person had come back before. Raises Invalid for empty data.
    """
    t, d, j, _ = checked(np.maximum(durations, 0.5), renewed, passed)
    return maximise(
        _likelihood(t, d, j),
        LeavingRenewal,
        start=(1.5, max(float(t.mean()), 1.0), 1.0, 3.0),
        n=float(len(t)),
        prior=prior,
        ceiling=(100, np.inf, np.inf, np.inf),
    )


def p_return(params: LeavingRenewal, quiet: Floats, passed: Floats, horizon: float) -> Floats:
    """P(a visit within the horizon | none for `quiet` since the last, `passed` returns before), shape of quiet."""
    stays = (params.b + passed) / (params.a + params.b + passed)
    before, after = (_survival(params, quiet + h) for h in (0.0, horizon))
    return np.asarray(stays * (before - after) / (1.0 - stays + stays * before + 1e-300))


def _survival(params: LeavingRenewal, age: Floats) -> Floats:
    # By logarithms, for a steep shape would take the power of a long age beyond all numbers.
    steps = params.shape * (np.log(np.maximum(age, 1e-300)) - np.log(params.scale))
    return np.asarray(np.exp(-np.exp(np.minimum(steps, np.log(_STEEPEST)))))


def _likelihood(t: Floats, d: Floats, j: Floats) -> Likelihood:
    """The log-likelihood and its gradient in (log shape, log scale, log a, log b)."""
    log_t = np.log(t)

    def likelihood(theta: Floats) -> tuple[float, Floats]:
        shape, _, a, b = np.exp(theta)
        at = log_t - theta[1]
        steep = np.minimum(np.exp(np.minimum(shape * at, 50.0)), _STEEPEST)
        survival = np.exp(-steep)
        total = a + b + j
        stays, leaves = (b + j) / total, a / total
        running = leaves + stays * survival
        value = dot(d, np.log(stays) + theta[0] + shape * at - log_t - steep)
        value += dot(1.0 - d, np.log(running))
        # Of those still running, the share that has not left.
        there = (1.0 - d) * stays * survival / running
        in_shape = dot(d, 1.0 + shape * at - steep * shape * at) - dot(there, steep * shape * at)
        in_scale = shape * (dot(d, steep - 1.0) + dot(there, steep))
        # Of `stays`: by a it falls, by b it grows.
        change = d / stays + (1.0 - d) * (survival - 1.0) / running
        in_a = dot(change, -stays * a / total)
        in_b = dot(change, leaves * b / total)
        return float(value), np.array((in_shape, in_scale, in_a, in_b))

    return likelihood
