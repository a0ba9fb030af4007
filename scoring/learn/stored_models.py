"""A learnt model as JSON and back: what predicting needs; what only learning needs is learnt anew each time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from scoring.dormancy import Rates
from scoring.features.terms import LABELS
from scoring.learn.hazard import TERMS
from scoring.learn.learnt import TRACKS, Learnt
from scoring.learn.provoked import Provoked
from scoring.learn.responding import Responding, starting_model
from scoring.learn.returning import Returning
from scoring.learn.traits import Trait
from scoring.models.gamma_poisson import GammaPoisson
from scoring.models.logistic import Belief


@dataclass(frozen=True, slots=True)
class _Response:
    """The response model; `precision` has the lower triangle, and nothing while it is that of the start.

    It is kept to say how sure a chance is: relearning starts from the pool and all outcomes.
    """

    keys: tuple[str, ...]
    mean: tuple[float, ...]
    outcomes: int
    traits: tuple[Trait, ...]
    works: float
    precision: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """`terms` are those of the hazards' coefficients."""

    terms: tuple[str, ...]
    returning: dict[str, Returning]
    provoked: dict[str, Provoked]
    responding: _Response
    rates: dict[str, GammaPoisson]


_JSON = TypeAdapter(_Stored)


def to_json(learnt: Learnt) -> dict[str, Any]:
    """Everything a prediction needs, in plain values; numbers keep every digit."""
    stored = _Stored(
        TERMS,
        dict(learnt.returning),
        dict(learnt.provoked),
        _kept(learnt.responding),
        dict(learnt.rates.groups),
    )
    found: dict[str, Any] = _JSON.dump_python(stored, mode="json")
    return found


def _kept(model: Responding) -> _Response:
    precision = model.belief.precision
    lower = precision[np.tril_indices(len(precision))] if model.outcomes else ()
    rounded = tuple(float(f"{value:.5g}") for value in lower)
    mean = tuple(model.means().tolist())
    return _Response(model.keys, mean, model.outcomes, model.traits, model.works, rounded)


def _opened(said: _Response) -> Responding:
    start = starting_model(said.traits)
    precision = start.belief.precision
    if said.precision:
        precision = np.zeros_like(precision)
        precision[np.tril_indices(len(precision))] = said.precision
        precision += np.tril(precision, -1).T
    belief = Belief(np.array(said.mean), precision)
    return Responding(said.keys, belief, said.outcomes, said.traits, said.works)


def from_json(params: Any) -> Learnt | None:
    """The model again; None where another Rekindle stored it and this one has other features.

    It predicts; what is learnt anew starts from the pool and not from it.
    """
    try:
        stored = _JSON.validate_python(params)
    except ValidationError:
        return None
    said = stored.responding
    keys = (*LABELS, *(trait.key for trait in said.traits))
    if (stored.terms, said.keys) != (TERMS, keys) or set(stored.returning) != set(TRACKS):
        return None
    return Learnt(
        stored.returning,
        stored.provoked,
        _opened(said),
        Rates(stored.rates),
    )
