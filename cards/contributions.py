"""What moves the number on one contact's card, read from where it was stored with the score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from scoring.features.terms import label_of


@dataclass(frozen=True, slots=True)
class Moved:
    """A feature in words and its effect in points of a hundred, as it is read."""

    label: str
    effect: str


def moved_by(score: Mapping[str, Any]) -> tuple[Moved, ...]:
    """Every feature that moves the chance of an answer, the most first; as of the contact's score.

    Nothing where the contact has no such chance, or was scored by a Rekindle that stored none.
    """
    tenths: dict[str, int] = orjson.loads(score["contributions"] or "{}")
    told = ((label_of(key), moved) for key, moved in tenths.items())
    known = [(label, moved) for label, moved in told if label is not None]
    known.sort(key=lambda one: (-abs(one[1]), one[0]))
    return tuple(Moved(label, _signed(moved / 10)) for label, moved in known)


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")
