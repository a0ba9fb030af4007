"""Who comes back when due: the time from one visit to the next of people who may have left, drawn to a known cycle."""

from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import Floats, Timeline, first_of
from scoring.models.cycle import Cycle
from scoring.models.fitting import Prior
from scoring.models.leaving_renewal import LeavingRenewal, fit, p_return

# Cycles are far more regular than chance: most renew within a third of the due date around it.
_REGULAR, _SURE = 4.0, 0.3
# Where no cycle is known, times are a little more regular than chance and of any length.
_USUAL, _WIDE = 1.2, 2.0
_LEAVE, _STAY, _OPEN = 0.8, 2.5, 1.0


@dataclass(frozen=True, slots=True)
class Since:
    """How long ago each person's last visit was, and how often they had come back by then; NaN without any."""

    quiet: Floats
    passed: Floats


def since(line: Timeline) -> Since:
    """Where everybody stands at the end of the record."""
    bounds = first_of(line.person, np.arange(line.people + 1))
    count = np.diff(bounds)
    quiet = np.full(line.people, np.nan)
    touched = count > 0
    quiet[touched] = -line.day[bounds[1:][touched] - 1]
    return Since(quiet, np.maximum(count - 1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Due:
    """A fitted rhythm of visits."""

    params: LeavingRenewal

    def p_return(self, at: Since, horizon: float) -> Floats:
        """P(a visit within `horizon` days), NaN for who never came."""
        return p_return(self.params, at.quiet, at.passed, horizon)


def fit_due(line: Timeline, cycle: Cycle | None) -> Due:
    """What the times between visits say; `cycle` is what the business knows of them."""
    day, person = line.day.astype(np.float64), line.person
    if not len(day):
        return Due(LeavingRenewal(_REGULAR, cycle.due if cycle else 365.0, _LEAVE, _STAY))
    opening = np.ones(len(day), dtype=np.bool_)
    opening[1:] = person[1:] != person[:-1]
    starts = np.flatnonzero(opening)
    passed = np.arange(len(day)) - np.repeat(starts, np.diff(np.append(starts, len(day))))
    renewed = np.append(~opening[1:], False)
    lasted = np.where(renewed, np.append(day[1:], 0.0), 0.0) - day
    if cycle:
        prior = Prior(
            tuple(np.log([_REGULAR, cycle.due, _LEAVE, _STAY]).tolist()),
            (_SURE, _SURE, _OPEN, _OPEN),
        )
    else:
        usual = max(float(lasted[renewed].mean()) if renewed.any() else 90.0, 1.0)
        prior = Prior(
            tuple(np.log([_USUAL, usual, _LEAVE, _STAY]).tolist()), (_OPEN, _WIDE, _OPEN, _OPEN)
        )
    return Due(fit(lasted, renewed, passed.astype(np.float64), prior=prior).params)
