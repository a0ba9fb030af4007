"""A learnt model as JSON and back: what predicting needs; what only learning needs is learnt anew each time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from scoring.dormancy import Rates
from scoring.features.terms import LABELS
from scoring.learn.hazard import TERMS
from scoring.learn.learnt import TRACKS, Learnt
from scoring.learn.responding import Responding
from scoring.learn.returning import Returning
from scoring.models.gamma_poisson import GammaPoisson
from scoring.models.logistic import Belief
from scoring.models.renewal import Weibull


@dataclass(frozen=True, slots=True)
class _Response:
    """The response model without how sure it is: relearning starts from the pool and all outcomes."""

    keys: tuple[str, ...]
    mean: tuple[float, ...]
    outcomes: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """`terms` are those of the hazards' coefficients."""

    terms: tuple[str, ...]
    returning: dict[str, Returning]
    responding: _Response
    rates: dict[str, GammaPoisson]
    renewal: Weibull | None


_JSON = TypeAdapter(_Stored)


def to_json(learnt: Learnt) -> dict[str, Any]:
    """Everything a prediction needs, in plain values; numbers keep every digit."""
    responding = learnt.responding
    mean = tuple(responding.belief.mean.tolist())
    stored = _Stored(
        TERMS,
        dict(learnt.returning),
        _Response(responding.keys, mean, responding.outcomes),
        dict(learnt.rates.groups),
        learnt.renewal,
    )
    found: dict[str, Any] = _JSON.dump_python(stored, mode="json")
    return found


def from_json(params: Any) -> Learnt | None:
    """The model again; None where another Rekindle stored it and this one has other features.

    It predicts, but nothing can be learnt on top of it: its belief has no precision.
    """
    try:
        stored = _JSON.validate_python(params)
    except ValidationError:
        return None
    said = stored.responding
    if (stored.terms, said.keys) != (TERMS, tuple(LABELS)) or set(stored.returning) != set(TRACKS):
        return None
    belief = Belief(np.array(said.mean), np.empty((0, 0)))
    return Learnt(
        stored.returning,
        Responding(said.keys, belief, said.outcomes),
        Rates(stored.rates),
        stored.renewal,
    )
