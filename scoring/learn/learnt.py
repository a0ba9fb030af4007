"""What has been learnt of one account: who comes back, who responds, how often people get in touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from scoring.dormancy import Rates, fit_rates
from scoring.features.prepare import Prepared
from scoring.features.segment import CUSTOMER, LEAD
from scoring.features.timeline import Timeline, state_now
from scoring.learn.hazard import taus
from scoring.learn.responding import Responding
from scoring.learn.responding import starting_model as responding_start
from scoring.learn.returning import Returning, fit_returning, sampled
from scoring.learn.returning import starting_model as returning_start
from scoring.learn.traits import find_traits
from scoring.models.fitting import Prior
from scoring.models.logistic import Floats
from scoring.models.renewal import Weibull, fit_weibull, p_renewal
from scoring.parallel import spread

# The horizon of every chance that is shown: most of what comes, comes within it (N8).
HORIZON_DAYS = 90
TRACKS = (LEAD, CUSTOMER)
# Cycles are far more regular than chance: most renew within a third of the due date around it.
_SHAPE = 4.0
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Learnt:
    """Everything a score needs besides the contact; `returning` has one model for each track.

    `renewal` is there where the account's customers come due by a cycle.
    """

    returning: Mapping[str, Returning]
    responding: Responding
    rates: Rates
    renewal: Weibull | None = None

    def p_return(self, prepared: Prepared) -> Floats:
        """P(comes back by itself within 90 days) of every contact, by the model of its track."""
        lead = (prepared.frame["track"] == LEAD).to_numpy()
        parts, done = [], 0
        for line in prepared.line.blocks(_BLOCK):
            parts.append((line, lead[done : done + line.people]))
            done += line.people
        chances = spread(lambda part: self._chance(*part), parts)
        chance = np.concatenate(chances) if chances else np.zeros(0)
        if self.renewal is None:
            return chance
        # Half and half on the log-odds with the cycle's own chance, where something was bought.
        age = _last_purchase(prepared)
        due = np.clip(p_renewal(self.renewal, np.nan_to_num(age), HORIZON_DAYS), 1e-6, 1 - 1e-6)
        odds = np.sqrt(chance / (1 - chance) * due / (1 - due))
        return np.where(np.isnan(age), chance, odds / (1 + odds))

    def _chance(self, line: Timeline, lead: NDArray[np.bool_]) -> Floats:
        """P(comes back) of a block of contacts, each by the model of its track."""
        state = state_now(line, taus(HORIZON_DAYS))
        chance = np.zeros(len(state))
        for mine, track in ((lead, LEAD), (~lead, CUSTOMER)):
            if mine.any():
                chance[mine] = self.returning[track].chance(state.rows(mine))
        return chance


def learn_account(prepared: Prepared, *, as_of: datetime) -> Learnt:
    """Fit to an account's own record; without outcomes of outreach, responses start from the pool."""
    frame = prepared.frame
    measured = (frame["band"] != "unmeasurable").to_numpy()
    phase = float(as_of.timetuple().tm_yday)

    def fitted(track: str) -> Returning:
        mine = sampled(np.flatnonzero((frame["track"] == track).to_numpy() & measured))
        if not len(mine):
            return returning_start(HORIZON_DAYS)
        return fit_returning(prepared.line.only(mine), horizon=HORIZON_DAYS, phase=phase)

    returning = dict(zip(TRACKS, spread(fitted, TRACKS), strict=True))
    return Learnt(
        returning, responding_start(find_traits(frame)), fit_rates(frame), _renewal(prepared)
    )


def _renewal(prepared: Prepared) -> Weibull | None:
    """The rhythm of renewals, where the account says that its customers have a cycle."""
    cycle = prepared.cycle
    if cycle is None:
        return None
    person, day = prepared.bought.person, prepared.bought.day.astype(np.float64)
    if not len(day):
        return Weibull(_SHAPE, cycle.due)
    # Each purchase lasts until the next of the same contact, or is still running.
    following = np.append(day[1:], prepared.today)
    same = np.append(person[1:] == person[:-1], False)
    lasted = np.maximum(np.where(same, following, prepared.today) - day, 1.0)
    prior = Prior((float(np.log(_SHAPE)), float(np.log(cycle.due))), (0.3, 0.3))
    return fit_weibull(lasted, same, prior=prior).params


def _last_purchase(prepared: Prepared) -> Floats:
    """Days since each contact's last purchase; NaN without."""
    last = np.full(prepared.frame.height, np.nan)
    last[prepared.bought.person] = prepared.today - prepared.bought.day
    return last
