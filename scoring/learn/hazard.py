"""A pooled discrete-time hazard: will there be contact in the next step, given all that came before.

Person-periods out of the account's own past, a Bayesian logistic model over them, rolled forward over
the horizon: P(contact in h) = 1 - prod(1 - hazard of each step), with recency growing on the way.
A led hazard has the rhythm's own odds among its terms, so that without evidence it says what that says;
a free one has not, and looks at the whole record.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import State, Timeline, Walk
from scoring.learn.rhythm import Rhythm
from scoring.models.logistic import Belief, Floats, update

#: Recent contacts fade over these times, as shares of the horizon.
FADING = (0.125, 0.5, 2.0)

FREE_TERMS = (
    "constant", "quiet", "repeats", "no_repeat", "quiet_squared", "quiet_repeats", "quiet_no_repeat",
    "overdue", "early", "overdue_repeats", "recent", "recent_months", "recent_long", "untouched",
    "age", "age_repeats",
)  # fmt: skip
TERMS = (*FREE_TERMS, "rhythm")

# What real customers (CDNOW's sample) taught about the terms; the other tenants' starting point.
_LEARNT = {"constant": -0.4, "rhythm": 0.8, "quiet": -0.2, "repeats": 0.45, "no_repeat": 0.15,
           "quiet_repeats": 0.1, "overdue": 0.25, "overdue_repeats": 0.25}  # fmt: skip
# The belief is worth this much information, spread over an account's customers.
_INFORMATION, _LEAST = 10_000.0, 5.0
# A free hazard starts from nothing and is hardly held.
_HELD = 1.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """Coefficients of TERMS, or FREE_TERMS where not `led`, for steps of so many days.

    `fading` are the days over which recent contacts fade.
    """

    step: float
    led: bool
    fading: tuple[float, ...]
    coefficients: tuple[float, ...]


def p_returns(
    hazards: Sequence[Hazard], rhythm: Rhythm, state: State, horizon: float
) -> list[Floats]:
    """P(contact within `horizon` days) by each hazard, shape as the state, read with their `fading`."""
    found = [np.zeros(len(state)) for _ in hazards]
    for step in sorted({hazard.step for hazard in hazards}):
        # What hazards of the same step look at is looked up once.
        mine = [i for i, hazard in enumerate(hazards) if hazard.step == step]
        led = any(hazards[i].led for i in mine)
        for turn in range(int(np.ceil(horizon / step - 1e-9))):
            ahead = turn * step
            share = min(step, horizon - ahead) / step
            moved = state.later(ahead, tuple(np.exp(-ahead / tau) for tau in hazards[0].fading))
            terms = [*_terms(moved, step), *([_odds(rhythm, moved, step)] if led else [])]
            for i in mine:
                odds = np.zeros(len(state))
                for weight, term in zip(hazards[i].coefficients, terms, strict=False):
                    odds += weight * term
                found[i] -= share * np.logaddexp(0.0, odds)
    return [-np.expm1(stays_away) for stays_away in found]


def fadings(horizon: float) -> tuple[float, ...]:
    """In how many days recent contacts fade where the horizon is so long."""
    return tuple(share * horizon for share in FADING)


def fit_hazard(
    line: Timeline, rhythm: Rhythm | None, *, step: float, periods: int, horizon: float
) -> Hazard:
    """Learn from the last `periods` steps of a record; people should be a sample.

    A hazard led by a rhythm counts a period exp(-days ago / horizon), a free one all alike.
    """
    designs, outcomes, weights = [], [], []
    fading = fadings(horizon)
    walk = Walk(line, fading)
    for j in range(periods, 0, -1):
        at = -j * step
        known = np.flatnonzero(line.birth <= at)
        if not len(known):
            continue
        walk.to(at)
        state = walk.state(known)
        terms = _terms(state, step) + ([_odds(rhythm, state, step)] if rhythm else [])
        designs.append(np.column_stack(terms))
        outcomes.append(line.counts_after(at, at + step, known) > 0)
        weights.append(np.full(len(known), np.exp(at / horizon) if rhythm else 1.0))
    learnt = _led_prior(line.people) if rhythm else _free_prior()
    if designs:  # in a sample everybody may be newer than all periods
        learnt = update(
            learnt,
            np.concatenate(designs),
            np.concatenate(outcomes).astype(np.float64),
            weights=np.concatenate(weights),
        )
    return Hazard(step, rhythm is not None, fading, tuple(learnt.mean.tolist()))


def _led_prior(people: int) -> Belief:
    mean = np.array([_LEARNT.get(name, 0.0) for name in TERMS])
    precision = np.full(len(TERMS), max(_LEAST, _INFORMATION / people))
    return Belief.independent(mean, precision)


def _free_prior() -> Belief:
    mean = np.zeros(len(FREE_TERMS))
    mean[0] = -2.0
    return Belief.independent(mean, np.full(len(mean), _HELD))


def _odds(rhythm: Rhythm, state: State, step: float) -> Floats:
    chance = np.clip(rhythm.p_return(state, step), 1e-7, 1 - 1e-7)
    return np.asarray(np.log(chance / (1.0 - chance)))


def _terms(state: State, step: float) -> list[Floats]:
    """One array for each of FREE_TERMS; times are in steps."""
    quiet = state.quiet
    log_quiet, log_repeats = np.log1p(quiet / step), np.log1p(state.x)
    none = (state.x == 0).astype(np.float64)
    # The own rhythm, drawn to one step; only who came again has one.
    usual = (state.t_x + step) / (state.x + 1.0)
    overdue = np.where(none == 1.0, 0.0, np.log((quiet + step / 2) / (usual + step / 2)))
    log_age = np.log1p(state.age / step)
    return [
        np.ones(len(state)),
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
        log_age,
        0.5 * log_age * log_repeats,
    ]
