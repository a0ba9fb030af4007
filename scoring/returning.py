"""P(comes back by itself): rhythm and hazard blended on the logit, trusted as far as the past allows.

The blend starts at fixed weights and moves by forward chaining alone: both halves are fitted to the
record as it stood earlier and judged on what came after. Nothing is ever shuffled, for shuffled
validation lies about people who change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from core.errors import Invalid
from scoring.models.hazard import ENOUGH_ROWS, Hazard, fit_hazard, taus
from scoring.models.logistic import Floats
from scoring.models.rhythm import COARSE_DAYS, Rhythm, fit_rhythm, grid_of
from scoring.timeline import Ints, State, Timeline, state_now

# The hazard holds the rhythm as one of its terms, so three quarters of it are about half and half.
_START = np.log(3.0)
# No half is ever silenced. A difference in log-loss is believed from this size on (per person),
# beyond its sampling error: neighbouring periods differ by as much.
_MOST, _BELIEVED = 0.97, 0.0005
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
        chances = [expit(self._log_odds(state)) for state in self._states(line)]
        return np.concatenate(chances) if chances else np.zeros(0)

    def predict(self, line: Timeline) -> tuple[Floats, Floats]:
        """P(contact) and expected days of contact within the horizon, each of shape (people,).

        The rhythm says how many contacts there are where there is any; the blend says whether.
        """
        chance = self.p_return(line)
        state = state_now(line)
        alone = np.maximum(self.rhythm.p_return(state, self.horizon), 1e-9)
        return chance, chance * np.maximum(self.rhythm.expected(state, self.horizon) / alone, 1.0)

    def _states(self, line: Timeline) -> Iterator[State]:
        """Where everybody stands, so many at a time that the work stays in the caches."""
        return (state_now(part, taus(self.horizon)) for part in line.blocks(_BLOCK))

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


def fit_returning(line: Timeline, *, horizon: float, phase: float, seed: int = 0) -> Returning:
    """Learn from a record who comes back within `horizon` days; `phase` is as_of's day of the year.

    Raises Invalid where there is nobody on record or the horizon is not positive.
    """
    if not line.people:
        raise Invalid("there is nobody on record to learn from")
    if horizon <= 0:
        raise Invalid("the horizon must be at least one day")
    sample = _sampled(line, seed)
    model = _fit(sample, horizon, phase, seed)
    weight = _forward_weight(sample, horizon, phase, seed)
    return Returning(model.horizon, model.rhythm, model.hazards, weight)


def _fit(line: Timeline, horizon: float, phase: float, seed: int) -> Returning:
    """Both halves, equally trusted."""
    grid = grid_of(line)
    rhythm = fit_rhythm(state_now(line), grid)
    hazards = tuple(
        fit_hazard(
            _sampled(line, seed, most=max(ENOUGH_ROWS // periods, 1_000)),
            rhythm,
            step=step,
            periods=periods,
            horizon=horizon,
            phase=phase,
        )
        for step, periods in _ladder(horizon, line.reach, grid)
    )
    return Returning(horizon, rhythm, hazards, 0.5)


def _ladder(horizon: float, reach: float, grid: float) -> list[tuple[float, int]]:
    """Steps and numbers of periods: from the whole horizon at once down to short steps.

    Long steps need little extrapolation, short ones fit short records; together they err less than
    any alone. The oldest part of a record, when few were known, is left out.
    """
    usable = 0.7 * reach
    cuts = {1, 2, 4, min(int(np.ceil(6 * horizon / max(usable, 1.0))), 26)}
    least = grid if grid >= COARSE_DAYS else 1.0
    ladder = {}
    for cut in sorted(cuts):
        step = min(max(horizon / cut, least), horizon)
        periods = max(1, min(int(usable // step), 3 * cut))
        if periods * step <= 0.85 * reach:
            ladder[step] = periods
    return list(ladder.items())


def _forward_weight(line: Timeline, horizon: float, phase: float, seed: int) -> float:
    """The hazards' share: how much better they foretold the last third of the record."""
    ahead = min(horizon, 0.35 * line.reach)
    if ahead < 1.0:
        return float(expit(_START))
    past, known = line.until(-ahead)
    if not past.people or not len(past.day):
        return float(expit(_START))
    model = _fit(past, ahead, phase - ahead, seed)
    if not model.hazards:
        return float(expit(_START))
    came = line.counts_after(-ahead, 0.0, known) > 0
    by_rhythm, by_hazards = model.halves(state_now(past, taus(ahead)))
    gain = _loss(by_rhythm, came) - _loss(by_hazards, came)
    # Two standard errors: a few dozen people show little more than luck.
    noise = 2.0 * float(gain.std()) / np.sqrt(len(gain))
    evidence = float(gain.mean()) / np.hypot(_BELIEVED, noise)
    return float(np.clip(expit(_START + evidence), 1.0 - _MOST, _MOST))


def _loss(log_odds: Floats, came: np.ndarray) -> Floats:
    return np.asarray(np.logaddexp(0.0, log_odds) - came * log_odds)


def _sampled(line: Timeline, seed: int, most: int = _SAMPLE) -> Timeline:
    if line.people <= most:
        return line
    chosen: Ints = np.sort(np.random.default_rng(seed).choice(line.people, most, replace=False))
    return line.only(chosen)


def _logit(chance: Floats) -> Floats:
    inside = np.clip(chance, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(inside / (1.0 - inside)))
