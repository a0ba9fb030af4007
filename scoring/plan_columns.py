"""How much of a plan reaches each contact, what it costs, and who gets which: columns out of columns."""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from contact_rules.channels import AUTOMATIC, CHANNELS, Channel
from scoring.models.logistic import Floats
from scoring.plans import (
    BY_CHANNELS,
    COMPLAINT_COST,
    COMPLAINT_RATE,
    PLANS,
    TOUCH_DECAY,
    USUAL,
    Plan,
)

PLAN = pl.Enum(list(PLANS))

# Planning values of a segment are those of three touches.
_PLANNED = sum(TOUCH_DECAY[:3])

Usable = Mapping[Channel, NDArray[np.bool_]]


def weight_of(plan: Plan, usable: Usable) -> Floats:
    """How much of the planned effort reaches each contact, 1 for three touches; 0 for none.

    `usable` says of each channel that a workflow may use whether it reaches each contact.
    """
    people = len(usable[plan.first_channel])
    reached, total = np.zeros(people, dtype=np.int64), np.zeros(people)
    decay = np.array(TOUCH_DECAY)
    for _, channel in plan.touches:
        total += np.where(usable[channel], decay[reached], 0.0)
        reached += usable[channel]
    return total / _PLANNED


def cost_of(plan: Plan, usable: Usable) -> Floats:
    """What its touches cost for each contact, in major units, complaints included."""
    each = {c: facts.cost + COMPLAINT_RATE * COMPLAINT_COST for c, facts in CHANNELS.items()}
    costs = [usable[channel] * each[channel] for _, channel in plan.touches]
    return np.asarray(np.sum(costs, axis=0, dtype=np.float64))


def default_plans(usable: Usable) -> Iterator[tuple[Plan, NDArray[np.bool_]]]:
    """Who gets which plan, by the channels that may be used; every contact is in exactly one part.

    Who can't be reached at all, or by channels that have no plan, is given the usual one.
    """
    left = np.ones(len(usable[AUTOMATIC[0]]), dtype=np.bool_)
    parts = {}
    for channels, key in BY_CHANNELS.items():
        mine = np.logical_and.reduce(
            [usable[c] if c in channels else ~usable[c] for c in AUTOMATIC]
        )
        parts[key] = mine
        left &= ~mine
    for key, mine in parts.items():
        yield PLANS[key], mine | left if key == USUAL else mine
