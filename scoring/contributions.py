"""What moves one contact's chance of answering, in points of a hundred; pure."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit, logit

from scoring.learnt import Learnt
from scoring.responding import terms
from scoring.score import PLAN_HOUR

# What would be shown as nothing is left out.
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Contribution:
    """By how many of a hundred answers fewer it would be without this, below 0: more."""

    label: str
    points: float


def contributions(frame: pl.DataFrame, learnt: Learnt) -> list[Contribution]:
    """Everything that moves the chance of the one contact in `frame`, the most first.

    `frame` as `score.with_chances` makes it; nothing for who is no candidate. Each is what leaving it out
    would change, so that they need not add up to the whole.
    """
    chance = frame["likelihood"][0]
    if chance is None:
        return []
    added: dict[str, float] = {}
    for term, value in learnt.responding.contributions(terms(frame, hour=PLAN_HOUR)):
        added[term.label] = added.get(term.label, 0.0) + float(value[0])
    odds = float(logit(np.clip(chance, 1e-6, 1 - 1e-6)))
    found = [
        Contribution(name, 100 * (chance - float(expit(odds - by)))) for name, by in added.items()
    ]
    told = [one for one in found if abs(one.points) >= _LEAST]
    return sorted(told, key=lambda one: (-abs(one.points), one.label))
