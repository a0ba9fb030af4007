"""Two chances of which either is enough: who is left alone may come, who is approached may answer as well.

With r the chance of coming and s that of answering, P(either) = 1 - (1 - r)(1 - s); both are logistic in the same
terms (a noisy or). Fisher's scoring to the mode, the expected curvature there as uncertainty.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from core.errors import Invalid
from scoring.models.logistic import Belief, Floats

_STEPS = 60
_CLOSE = 1e-4
_LEAST = 1e-9


def either(coming: Floats, answering: Floats) -> Floats:
    """P(at least one of two that are independent); exactly the first where the second is nothing."""
    return np.asarray(coming + (1.0 - coming) * answering)


def update(
    prior: Belief,
    values: Floats,
    outcome: Floats,
    *,
    coming: Floats,
    answering: Floats,
    approached: np.ndarray,
) -> tuple[Belief, float]:
    """What is believed after `outcome` (0 or 1) of people, some of whom were approached; and the log of its evidence.

    The evidence is how likely the outcomes were beforehand (Laplace), so that two beliefs can be held against each
    other by what they made of the same outcomes.

    `values` has shape (rows, terms); `prior` is of the coefficients of coming, then of answering, both of the same
    terms. `coming` and `answering` are the log-odds of each that the coefficients add to. Raises Invalid for shapes
    that do not fit or values that are not finite.
    """
    rows, terms = values.shape
    if prior.mean.shape != (2 * terms,) or outcome.shape != (rows,):
        raise Invalid(
            "a model of two chances needs one outcome for each row and two beliefs for each term"
        )
    if not (np.isfinite(values).all() and np.isfinite(outcome).all()):
        raise Invalid("a model of two chances cannot learn from values that are not finite")
    known = _Known(values, outcome, coming, answering, approached.astype(np.float64))
    mode, curvature = prior.mean, prior.precision
    value = known.fit(mode) - _away(prior, mode)
    for _ in range(_STEPS):
        slope, seen = known.slope(mode)
        curvature = seen + prior.precision
        step = cho_solve(cho_factor(curvature), slope - prior.precision @ (mode - prior.mean))
        scale = 1.0
        while True:
            attempt = mode + scale * step
            reached = known.fit(attempt) - _away(prior, attempt)
            if reached >= value - 1e-9 * abs(value) or scale < 1e-3:
                break
            scale /= 2
        mode, value = attempt, reached
        if float(np.abs(scale * step).max()) < _CLOSE:
            break
    before, after = (np.linalg.slogdet(part)[1] for part in (prior.precision, curvature))
    return Belief(mode, curvature), value + 0.5 * float(before - after)


class _Known:
    """Outcomes, and how well coefficients of both chances fit them."""

    def __init__(
        self, values: Floats, outcome: Floats, coming: Floats, answering: Floats, approached: Floats
    ) -> None:
        self._values, self._outcome = values, outcome
        self._coming, self._answering, self._approached = coming, answering, approached

    def _chances(self, mode: Floats) -> tuple[Floats, Floats, Floats]:
        half = len(mode) // 2
        come = expit(self._coming + self._values @ mode[:half])
        answer = self._approached * expit(self._answering + self._values @ mode[half:])
        return come, answer, np.clip(either(come, answer), _LEAST, 1.0 - _LEAST)

    def fit(self, mode: Floats) -> float:
        """The log-likelihood."""
        _, _, chance = self._chances(mode)
        return float(np.log(np.where(self._outcome > 0.5, chance, 1.0 - chance)).sum())

    def slope(self, mode: Floats) -> tuple[Floats, Floats]:
        """The log-likelihood's slope and its expected curvature."""
        come, answer, chance = self._chances(mode)
        off = (self._outcome - chance) / chance
        x = self._values
        slope = np.concatenate([x.T @ (off * come), x.T @ (off * answer)])
        # What a point of log-odds of each moves the whole, over its own spread.
        share = np.sqrt((1.0 - chance) / chance)
        parts = [x * (come * share)[:, None], x * (answer * share)[:, None]]
        both = parts[0].T @ parts[1]
        seen = np.block([[parts[0].T @ parts[0], both], [both.T, parts[1].T @ parts[1]]])
        return slope, seen


def _away(prior: Belief, mode: Floats) -> float:
    away = mode - prior.mean
    return float(0.5 * away @ prior.precision @ away)
