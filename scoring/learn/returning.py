"""P(comes back by itself): rhythm and hazard blended on the logit, trusted as far as the past allows.

The blend starts at fixed weights and moves by forward chaining alone: both halves are fitted to the
record as it stood earlier and judged on what came after. Nothing is ever shuffled, for shuffled
validation lies about people who change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.errors import Invalid
from scoring.features.timeline import Ints, State, Timeline, state_now
from scoring.learn.hazard import ENOUGH_ROWS, Hazard, fit_hazard, taus
from scoring.learn.rhythm import COARSE_DAYS, PUBLISHED, Rhythm, fit_rhythm, grid_of
from scoring.models.logistic import Belief, Floats, update

# The hazard holds the rhythm as one of its terms, so three quarters of it are about half and half.
_START = np.log(3.0)
# No half is ever silenced. A difference in log-loss is believed from this size on (per person),
# beyond its sampling error: neighbouring periods differ by as much.
_MOST, _BELIEVED = 0.97, 0.0005
# A level is off by so much where it is off for good, and by so much in one period by chance, on log-odds.
_LASTING, _PASSING = 0.06, 0.1
_SAMPLE = 25_000
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Returning:
    """A fitted model of returning within `horizon` days; `weight` is the hazards' share.

    `shift` moves the log-odds by what matured predictions showed.
    """

    horizon: float
    rhythm: Rhythm
    hazards: tuple[Hazard, ...]
    weight: float
    shift: float = 0.0

    def p_return(self, line: Timeline) -> Floats:
        """P(at least one day of contact within the horizon) for everybody, shape (people,)."""
        chances = [self.chance(state) for state in states(line, self.horizon)]
        return np.concatenate(chances) if chances else np.zeros(0)

    def chance(self, state: State) -> Floats:
        """The same for people who stand so, read as by `states`."""
        return np.asarray(expit(self._log_odds(state)))

    def predict(self, line: Timeline) -> tuple[Floats, Floats]:
        """P(contact) and expected days of contact within the horizon, each of shape (people,).

        The rhythm says how many contacts there are where there is any; the blend says whether.
        """
        chance = self.p_return(line)
        state = state_now(line)
        alone = np.maximum(self.rhythm.p_return(state, self.horizon), 1e-9)
        return chance, chance * np.maximum(self.rhythm.expected(state, self.horizon) / alone, 1.0)

    def _log_odds(self, state: State) -> Floats:
        by_rhythm, by_hazards = self.halves(state)
        return self.weight * by_hazards + (1.0 - self.weight) * by_rhythm + self.shift

    def halves(self, state: State) -> tuple[Floats, Floats]:
        """Log-odds by the rhythm and by the hazards, each of shape (people,)."""
        by_rhythm = _logit(self.rhythm.p_return(state, self.horizon))
        if not self.hazards:
            return by_rhythm, by_rhythm
        total = np.zeros(len(state))
        for hazard in self.hazards:
            total += _logit(hazard.p_return(self.rhythm, state, self.horizon))
        return by_rhythm, total / len(self.hazards)


def states(line: Timeline, horizon: float) -> Iterator[State]:
    """Where everybody stands, so many at a time that the work stays in the caches."""
    return (state_now(part, taus(horizon)) for part in line.blocks(_BLOCK))


def fit_returning(line: Timeline, *, horizon: float, phase: float, seed: int = 0) -> Returning:
    """Learn from a record who comes back within `horizon` days; `phase` is as_of's day of the year.

    Raises Invalid where there is nobody on record or the horizon is not positive.
    """
    if not line.people:
        raise Invalid("there is nobody on record to learn from")
    if horizon <= 0:
        raise Invalid("the horizon must be at least one day")
    sample = _some(line, seed, _SAMPLE)
    model = _fit(sample, horizon, phase, seed)
    weight, shift = _chained_forward(sample, horizon, phase, seed)
    return replace(model, weight=weight, shift=shift)


def starting_model(horizon: float) -> Returning:
    """What is believed of people of whom there is no record at all."""
    return Returning(horizon, Rhythm(1.0, PUBLISHED), (), 1.0 - _MOST)


def _fit(line: Timeline, horizon: float, phase: float, seed: int) -> Returning:
    """Both halves, equally trusted."""
    grid = grid_of(line)
    rhythm = fit_rhythm(state_now(line), grid)
    hazards = tuple(
        fit_hazard(
            _some(line, seed, max(ENOUGH_ROWS // periods, 1_000)),
            rhythm,
            step=step,
            periods=periods,
            horizon=horizon,
            phase=phase,
        )
        for step, periods in _ladder(horizon, line.reach, _least_step(line))
    )
    return Returning(horizon, rhythm, hazards, 0.5)


def _ladder(horizon: float, reach: float, least: float) -> list[tuple[float, int]]:
    """Steps and numbers of periods: from the whole horizon at once down to short steps.

    Long steps need little extrapolation, short ones fit short records; together they err less than
    any alone. The oldest part of a record, when few were known, is left out.
    """
    usable = 0.7 * reach
    cuts = {1, 2, 4, min(int(np.ceil(6 * horizon / max(usable, 1.0))), 26)}
    ladder = {}
    for cut in sorted(cuts):
        step = min(max(horizon / cut, least), horizon)
        periods = max(1, min(int(usable // step), 3 * cut))
        if periods * step <= 0.85 * reach:
            ladder[step] = periods
    return list(ladder.items())


def _chained_forward(
    line: Timeline, horizon: float, phase: float, seed: int
) -> tuple[float, float]:
    """The hazards' share and a shift of the log-odds, by what came in the last third of the record.

    The share grows by how much better the hazards foretold it than the rhythm; the shift by how far
    the level of both together was off.
    """
    ahead = min(horizon, 0.35 * line.reach)
    unproved = float(expit(_START)), 0.0
    if ahead < max(1.0, _least_step(line)):
        return unproved
    past, known = line.until(-ahead)
    if not past.people or not len(past.day):
        return unproved
    model = _fit(past, ahead, phase - ahead, seed)
    by_rhythm, by_hazards = model.halves(state_now(past, taus(ahead)))
    came = line.counts_after(-ahead, 0.0, known) > 0
    weight = 1.0 - _MOST
    if model.hazards:
        gain = _loss(by_rhythm, came) - _loss(by_hazards, came)
        # Two standard errors: a few dozen people show little more than luck.
        noise = 2.0 * float(gain.std()) / np.sqrt(len(gain))
        evidence = float(gain.mean()) / np.hypot(_BELIEVED, noise)
        weight = float(np.clip(expit(_START + evidence), 1.0 - _MOST, _MOST))
    return weight, _shift(weight * by_hazards + (1.0 - weight) * by_rhythm, came)


def _shift(log_odds: Floats, came: NDArray[np.bool_]) -> float:
    """What to add to log-odds so that their level fits, drawn to nothing.

    One period says only so much of the next: it is never believed by more than a quarter.
    """
    learnt = update(
        Belief.independent(np.zeros(1), np.full(1, 1e-6)),
        np.ones((len(came), 1)),
        came.astype(np.float64),
        offset=log_odds,
    )
    doubt = 1.0 / float(learnt.precision[0, 0]) + _PASSING**2
    return float(learnt.mean[0]) * _LASTING**2 / (_LASTING**2 + doubt)


def _least_step(line: Timeline) -> float:
    """Days below which nothing can be told apart on this record."""
    grid = grid_of(line)
    return grid if grid >= COARSE_DAYS else 1.0


def _loss(log_odds: Floats, came: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.logaddexp(0.0, log_odds) - came * log_odds)


def sampled(people: Ints, most: int = _SAMPLE, seed: int = 0) -> Ints:
    """Up to `most` of these people, in order: enough to learn from, and the same each time."""
    if len(people) <= most:
        return people
    return np.sort(np.random.default_rng(seed).choice(people, most, replace=False))


def _some(line: Timeline, seed: int, most: int) -> Timeline:
    if line.people <= most:
        return line
    return line.only(sampled(np.arange(line.people), most, seed))


def _logit(chance: Floats) -> Floats:
    inside = np.clip(chance, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(inside / (1.0 - inside)))
