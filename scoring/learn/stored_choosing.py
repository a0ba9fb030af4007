"""What was learnt of channels, hours and wordings as JSON and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from scoring.learn.choosing import Choosing
from scoring.learn.delays import EDGES, Delays
from scoring.learn.pooled import CHOICES
from scoring.models.logistic import Belief


@dataclass(frozen=True, slots=True)
class _Stored:
    """`precision` is the lower half of the matrix, row by row; `families` are what its keys are made of."""

    families: tuple[str, ...]
    keys: tuple[str, ...]
    mean: tuple[float, ...]
    precision: tuple[float, ...]
    delays: Mapping[str, tuple[float, ...]]
    people: int
    messages: int
    opt_outs: Mapping[str, float]


_JSON = TypeAdapter(_Stored)
_FAMILIES = tuple(family.key for family in CHOICES.families)


def to_json(model: Choosing) -> dict[str, Any]:
    """Everything that choosing needs, in plain values."""
    half = model.belief.precision[np.tril_indices(len(model.keys))]
    stored = _Stored(
        _FAMILIES,
        model.keys,
        tuple(model.belief.mean.tolist()),
        tuple(half.tolist()),
        dict(model.delays.shares),
        model.people,
        model.messages,
        dict(model.opt_outs),
    )
    found: dict[str, Any] = _JSON.dump_python(stored, mode="json")
    return found


def from_json(params: Any) -> Choosing | None:
    """The model again; None where another Rekindle stored it and this one has other coefficients."""
    try:
        stored = _JSON.validate_python(params)
    except ValidationError:
        return None
    bins = len(EDGES) - 1
    size = len(stored.keys)
    fits = (len(stored.mean), len(stored.precision)) == (size, size * (size + 1) // 2)
    if (
        stored.families != _FAMILIES
        or not fits
        or any(len(s) != bins for s in stored.delays.values())
    ):
        return None
    precision = np.zeros((size, size))
    precision[np.tril_indices(size)] = stored.precision
    precision += np.tril(precision, -1).T
    return Choosing(
        stored.keys,
        Belief(np.array(stored.mean), precision),
        Delays(stored.delays),
        stored.people,
        stored.messages,
        stored.opt_outs,
    )
