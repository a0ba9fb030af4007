"""How much of a plan reaches each contact, what it costs, and who gets which: columns out of columns."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from scoring.models.logistic import Floats
from scoring.plans import EMAIL, PLANS, SMS, Plan

PLAN = pl.Enum(list(PLANS))

# What each further touch adds, the first being 1: measured on published programmes (reactivation C9).
TOUCH_DECAY = (1.0, 0.89, 0.72, 0.58, 0.40, 0.37, 0.27)
# Planning values of a segment are those of three touches.
_PLANNED = sum(TOUCH_DECAY[:3])

# What a touch costs, in major units, and a complaint it may bring about.
TOUCH_COST = {EMAIL: 0.002, SMS: 0.02}
COMPLAINT_RATE, COMPLAINT_COST = 0.0005, 50.0


def weight_of(plan: Plan, usable: dict[str, np.ndarray]) -> Floats:
    """How much of the planned effort reaches each contact, 1 for three touches; 0 for none."""
    reached = np.zeros(len(usable[EMAIL]), dtype=np.int64)
    total = np.zeros(len(reached))
    decay = np.array(TOUCH_DECAY)
    for _, channel in plan.touches:
        total += np.where(usable[channel], decay[reached], 0.0)
        reached += usable[channel]
    return total / _PLANNED


def cost_of(plan: Plan, usable: dict[str, np.ndarray]) -> Floats:
    """What its touches cost for each contact, in major units, complaints included."""
    each = {c: TOUCH_COST[c] + COMPLAINT_RATE * COMPLAINT_COST for c in (EMAIL, SMS)}
    costs = [usable[channel] * each[channel] for _, channel in plan.touches]
    return np.asarray(np.sum(costs, axis=0, dtype=np.float64))


def default_plans(email: np.ndarray, sms: np.ndarray) -> Sequence[tuple[Plan, np.ndarray]]:
    """Who gets which plan, by the channels that may be used; every contact is in exactly one part.

    Who can't be reached at all is given the usual plan, whose weight is then 0.
    """
    both = email & sms
    return (
        (PLANS["email_sms_email"], both | ~(email | sms)),
        (PLANS["email_email_email"], email & ~sms),
        (PLANS["sms_email_sms"], sms & ~email),
    )
