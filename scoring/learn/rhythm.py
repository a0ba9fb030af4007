"""The parametric half of p_return: MBG/NBD in days, or BG/BB where records come on a coarse grid."""

from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import State
from scoring.models import bg_bb, mbg_nbd
from scoring.models.bg_bb import BgBb
from scoring.models.fitting import Floats, Prior
from scoring.models.mbg_nbd import MbgNbd

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
        # Less than one opportunity ahead is a part of one.
        part = min(horizon / self.grid, 1.0)
        return part * bg_bb.p_return(self.params, x, t_x, n, self._ahead(horizon))

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


def fit_rhythm(state: State, grid: float | None) -> Rhythm:
    """What the histories say, drawn to published customers as far as they say little.

    With a `grid` there are opportunities so many days apart. Raises Invalid where there is nobody to learn from.
    """
    if grid is not None:
        unfitted = Rhythm(grid, BgBb(1.0, 1.0, 1.0, 1.0))
        prior = Prior.around(unfitted.params, sd=_WIDE)
        return Rhythm(grid, bg_bb.fit(*unfitted._opportunities(state), prior=prior).params)  # noqa: SLF001
    spread = _SPREAD * np.sqrt(max(len(state), _CUSTOMERS) / _CUSTOMERS)
    prior = Prior.around(PUBLISHED, sd=min(float(spread), 1.5))
    return Rhythm(1.0, mbg_nbd.fit(state.x, state.t_x, state.age, prior=prior).params)
