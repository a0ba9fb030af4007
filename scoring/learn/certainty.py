"""How sure a chance is: its interval, and how much of it rests on the account's own outcomes; pure and columnar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.models.logistic import Floats

if TYPE_CHECKING:
    from scoring.learn.responding import Responding, Term

# Standard errors on each side of an interval of 95 in 100.
_WIDTH = 1.96
# Of a share so many digits are the same whoever else is looked at.
_DIGITS = 4
# From this share on an account's own outcomes weigh more than what was believed before.
OWN_WEIGHS_MORE = 0.5

Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Certainty:
    """Of each contact: intervals of both chances, and the share of what is known that is the account's own.

    The share is how much of the doubt about the chance of an answer the account's outcomes have taken away: 0 before
    any, near 1 where hardly any is left.
    """

    low: Floats
    high: Floats
    return_low: Floats
    return_high: Floats
    own: Floats


class Sureness:
    """What a response model is sure of; made once for a model, asked for blocks of contacts."""

    def __init__(self, model: "Responding", start: "Responding") -> None:
        half = len(model.keys) + 1
        spread = np.linalg.inv(model.belief.precision)
        self._coming = spread[:half, :half].astype(np.float32)
        self._both = spread[:half, half:].astype(np.float32)
        self._answering = spread[half:, half:].astype(np.float32)
        before = (1.0 / np.diag(start.belief.precision)).astype(np.float32)
        self._before = before[:half], before[half:]

    def of(
        self, given: "Sequence[Term]", p_return: Floats, p_respond: Floats, answer: Floats
    ) -> Certainty:
        """How sure these chances are; `answer` is the chance that the plan is answered."""
        values = np.column_stack([np.ones(len(p_return)), *(term.value for term in given)])
        small = values.astype(np.float32)
        coming, answering = _form(small, self._coming), _form(small, self._answering)
        # A point of log-odds of coming, and of answering, moves the log-odds of either so much.
        whole = np.maximum(p_respond, 1e-9)
        come, told = p_return / whole, answer / whole
        both = 2.0 * come * told * _form(small, self._both)
        doubt = np.maximum(come**2 * coming + told**2 * answering + both, 1e-12)
        squares = small * small
        before = come**2 * (squares @ self._before[0]) + told**2 * (squares @ self._before[1])
        low, high = _interval(p_respond, np.sqrt(doubt))
        alone = _interval(p_return, np.sqrt(np.maximum(coming, 0.0)))
        own = np.clip(1.0 - doubt / np.maximum(before, 1e-12), 0.0, 1.0).round(_DIGITS)
        return Certainty(low, high, *alone, own)


def _form(values: Small, spread: Small) -> Floats:
    """The quadratic form of each row."""
    return np.asarray(np.einsum("ij,ij->i", values @ spread, values), dtype=np.float64)


def _interval(chance: Floats, error: Floats) -> tuple[Floats, Floats]:
    inside = np.clip(chance, 1e-6, 1.0 - 1e-6)
    odds = np.log(inside / (1.0 - inside))
    return expit(odds - _WIDTH * error), expit(odds + _WIDTH * error)
