"""A pooled discrete-time hazard: will there be contact in the next step, given all that came before.

Person-periods out of the account's own past, a Bayesian logistic model over them, rolled forward over
the horizon: P(contact in h) = 1 - prod(1 - hazard of each step), with recency growing on the way.
The rhythm's own odds are one of the terms, so that without evidence the model says what that says.
"""

from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import State, Timeline, Walk
from scoring.learn.rhythm import Rhythm
from scoring.models.logistic import Belief, Floats, update

YEAR = 365.25
#: Recent contacts fade over these times, as shares of the horizon.
FADING = (0.125, 0.5, 2.0)
#: Person-periods are enough when there are this many; more would cost time and tell little.
ENOUGH_ROWS = 120_000

TERMS = (
    "constant", "rhythm", "quiet", "repeats", "no_repeat", "quiet_squared", "quiet_repeats",
    "quiet_no_repeat", "overdue", "early", "overdue_repeats", "recent", "recent_months",
    "recent_long", "untouched",
)  # fmt: skip
SEASON = ("season_sin", "season_cos")

# What real customers (CDNOW's sample) taught about the terms; the other tenants' starting point.
_LEARNT = {"constant": -0.4, "rhythm": 0.8, "quiet": -0.2, "repeats": 0.45, "no_repeat": 0.15,
           "quiet_repeats": 0.1, "overdue": 0.25, "overdue_repeats": 0.25}  # fmt: skip
# The belief is worth this much information, spread over an account's customers.
_INFORMATION, _LEAST = 10_000.0, 5.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """Coefficients of TERMS (and SEASON where `seasonal`) for steps of so many days.

    `phase` is the day of the year of as_of.
    """

    step: float
    seasonal: bool
    phase: float
    coefficients: tuple[float, ...]

    def p_return(self, rhythm: Rhythm, state: State, horizon: float) -> Floats:
        """P(contact within `horizon` days), shape as the state, read with `taus(horizon)`."""
        weights = np.array(self.coefficients)
        stays_away = np.zeros(len(state))
        steps = int(np.ceil(horizon / self.step - 1e-9))
        for i in range(steps):
            ahead = i * self.step
            share = min(self.step, horizon - ahead) / self.step
            odds = np.zeros(len(state))
            moved = state.later(ahead, tuple(np.exp(-ahead / tau) for tau in taus(horizon)))
            for weight, term in zip(weights, _terms(rhythm, moved, self.step), strict=False):
                odds += weight * term
            if self.seasonal:
                odds += weights[-2:] @ season(self.phase + ahead, self.step)
            stays_away -= share * np.logaddexp(0.0, odds)
        return -np.expm1(stays_away)


def taus(horizon: float) -> tuple[float, ...]:
    """In how many days recent contacts fade, for a state that a hazard can use."""
    return tuple(share * horizon for share in FADING)


def season(day: float, step: float) -> Floats:
    """Mean sine and cosine of the year over the step that begins on `day` of it."""
    start, end = 2 * np.pi * day / YEAR, 2 * np.pi * (day + step) / YEAR
    return np.array([np.cos(start) - np.cos(end), np.sin(end) - np.sin(start)]) / (end - start)


def fit_hazard(
    line: Timeline, rhythm: Rhythm, *, step: float, periods: int, horizon: float, phase: float
) -> Hazard:
    """Learn from the last `periods` steps of a record; people should be a sample of ENOUGH_ROWS.

    A period counts exp(-days ago / horizon), unless the record covers a year: then all count alike
    and the season is learnt too.
    """
    seasonal = periods * step >= 0.98 * YEAR
    designs, outcomes, weights = [], [], []
    walk = Walk(line, taus(horizon))
    for j in range(periods, 0, -1):
        at = -j * step
        known = np.flatnonzero(line.birth <= at)
        if not len(known):
            continue
        walk.to(at)
        terms = _terms(rhythm, walk.state(known), step)
        if seasonal:
            terms += [np.full(len(known), value) for value in season(phase + at, step)]
        designs.append(np.column_stack(terms))
        outcomes.append(line.counts_after(at, at + step, known) > 0)
        weights.append(np.full(len(known), 1.0 if seasonal else np.exp(at / horizon)))
    learnt = _prior(line.people, seasonal=seasonal)
    if designs:  # in a sample everybody may be newer than all periods
        learnt = update(
            learnt,
            np.concatenate(designs),
            np.concatenate(outcomes).astype(np.float64),
            weights=np.concatenate(weights),
        )
    return Hazard(step, seasonal, phase, tuple(learnt.mean.tolist()))


def _prior(people: int, *, seasonal: bool) -> Belief:
    names = TERMS + (SEASON if seasonal else ())
    mean = np.array([_LEARNT.get(name, 0.0) for name in names])
    precision = np.full(len(names), max(_LEAST, _INFORMATION / people))
    if seasonal:
        precision[-2:] = np.maximum(precision[-2:], 10.0)
    return Belief.independent(mean, precision)


def _terms(rhythm: Rhythm, state: State, step: float) -> list[Floats]:
    """One array for each of TERMS; times are in steps."""
    chance = np.clip(rhythm.p_return(state, step), 1e-7, 1 - 1e-7)
    quiet = state.quiet
    log_quiet, log_repeats = np.log1p(quiet / step), np.log1p(state.x)
    none = (state.x == 0).astype(np.float64)
    # The own rhythm, drawn to one step; only who came again has one.
    usual = (state.t_x + step) / (state.x + 1.0)
    overdue = np.where(none == 1.0, 0.0, np.log((quiet + step / 2) / (usual + step / 2)))
    return [
        np.ones(len(state)),
        np.log(chance / (1.0 - chance)),
        log_quiet,
        log_repeats,
        none,
        0.3 * log_quiet**2,
        log_quiet * log_repeats,
        log_quiet * none,
        overdue,
        np.minimum(overdue, 0.0),
        0.5 * overdue * log_repeats,
        *(np.log1p(part) for part in state.recent),
        (~state.touched).astype(np.float64),
    ]
