"""The parametric half of p_return: MBG/NBD in days, or BG/BB where records come on a coarse grid."""

from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import State, Timeline
from scoring.models import bg_bb, mbg_nbd
from scoring.models.bg_bb import BgBb
from scoring.models.fitting import Floats, Prior
from scoring.models.mbg_nbd import MbgNbd

#: Where business is known only by month or year, a day is no unit; from this grid on, BG/BB.
COARSE_DAYS = 20.0
_CROWD = 5

# The only real customers with published estimates: the 2,357 of CDNOW's sample, MBG/NBD in days.
PUBLISHED = MbgNbd(0.5248, 43.28, 0.8914, 1.6140)
# A tenant's parameters differ from those by about a factor of 1.16 at 25 customers' worth of doubt;
# the more customers, the less the belief is worth.
_SPREAD, _CUSTOMERS = 0.15, 25.0
_WIDE = 2.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How people of one kind come and leave; `grid` is the days between possible contacts."""

    grid: float
    params: MbgNbd | BgBb

    def p_return(self, state: State, horizon: float) -> Floats:
        """P(at least one day of contact within `horizon` days), shape as the state."""
        if isinstance(self.params, MbgNbd):
            return mbg_nbd.p_return(self.params, state.x, state.t_x, state.age, horizon)
        x, t_x, n = self._opportunities(state)
        return bg_bb.p_return(self.params, x, t_x, n, self._ahead(horizon))

    def expected(self, state: State, horizon: float) -> Floats:
        """Expected days of contact within `horizon` days, shape as the state."""
        if isinstance(self.params, MbgNbd):
            return mbg_nbd.expected_purchases(self.params, state.x, state.t_x, state.age, horizon)
        x, t_x, n = self._opportunities(state)
        return bg_bb.expected_purchases(self.params, x, t_x, n, self._ahead(horizon))

    def _opportunities(self, state: State) -> tuple[Floats, Floats, Floats]:
        # An opportunity has passed when its day has; months and years differ a little in length.
        n = np.floor(state.age / self.grid + 0.1)
        t_x = np.minimum(np.rint(state.t_x / self.grid), n)
        x = np.minimum(state.x, t_x)
        return x, np.where(x > 0, t_x, 0.0), n

    def _ahead(self, horizon: float) -> int:
        return max(1, round(horizon / self.grid))


def grid_of(line: Timeline) -> float:
    """The mean number of days between the days on which anybody could be in touch.

    Few events on scattered days show no grid: there must be several on each day, and every gap long.
    """
    days = np.unique(line.day)
    if len(days) < 3 or len(line.day) < _CROWD * len(days):
        return 1.0
    gaps = np.diff(days)
    if gaps.min() < COARSE_DAYS:
        return 1.0
    # Steps of the usual length, some of which nobody used. Their mean, not the usual length itself:
    # months of 31 days would be one too few after half a year.
    return float(gaps.sum() / np.rint(gaps / np.median(gaps)).sum())


def fit_rhythm(state: State, grid: float) -> Rhythm:
    """What the histories say, drawn to published customers as far as they say little.

    Raises Invalid where there is nobody to learn from.
    """
    if grid >= COARSE_DAYS:
        unfitted = Rhythm(grid, BgBb(1.0, 1.0, 1.0, 1.0))
        prior = Prior.around(unfitted.params, sd=_WIDE)
        return Rhythm(grid, bg_bb.fit(*unfitted._opportunities(state), prior=prior).params)  # noqa: SLF001
    spread = _SPREAD * np.sqrt(max(len(state), _CUSTOMERS) / _CUSTOMERS)
    prior = Prior.around(PUBLISHED, sd=min(float(spread), 1.5))
    return Rhythm(1.0, mbg_nbd.fit(state.x, state.t_x, state.age, prior=prior).params)
