"""How much each way to foretell is trusted: shares of the log-odds, learnt from what came after none had seen it.

Shares start at what is usual and move as far as the record shows more than luck; none is silenced.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from scoring.features.timeline import Ints
from scoring.models.fitting import Floats
from scoring.models.logistic import Belief, update

# Differences are worth so many people at most, however many there are: the next period is another.
_MOST = 4_000.0
# How far shares may move from what is usual before the record has to pay for it, on the log scale.
_LOOSE = 1.5
# One period's level lies off what is to be expected by so much, on log-odds.
_LEVEL = 0.3
# A level is off by so much where it is off for good, and by so much in one period by chance, on log-odds.
_LASTING, _PASSING = 0.06, 0.15
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Foretold:
    """What each way said at an earlier moment, on log-odds (people, ways), and who came after it."""

    said: Floats
    came: NDArray[np.bool_]


def learn_shares(usual: Floats, periods: list[Foretold]) -> Floats:
    """Each way's share, of shape (ways,), summing to one.

    Every period has a level of its own, which says more of the period than of who foretold it.
    """
    if not periods:
        return usual
    pull = _Pull(np.log(usual), len(periods))
    said = np.concatenate([period.said for period in periods])
    came = np.concatenate([period.came for period in periods]).astype(np.float64)
    of = np.repeat(np.arange(len(periods)), [len(period.came) for period in periods])
    place = pull.start
    value, slope, bend = _objective(place, pull, said, came, of)
    damp = 1e-3
    for _ in range(_STEPS):
        step = np.linalg.solve(bend + damp * np.eye(len(place)), slope)
        reached = _objective(place + step, pull, said, came, of)
        if reached[0] >= value:
            gained, place = reached[0] - value, place + step
            value, slope, bend = reached
            damp = max(damp / 5, 1e-6)
            if gained < 1e-7 * max(abs(value), 1.0):
                break
        else:
            damp *= 10
            if damp > 1e8:
                break
    return np.asarray(softmax(place[: len(usual)]))


class _Pull:
    """Where the search starts, and how strongly each number is drawn there: logs of shares, then levels."""

    def __init__(self, usual: Floats, periods: int) -> None:
        self.ways = len(usual)
        self.start = np.concatenate([usual, np.zeros(periods)])
        self.strength = np.concatenate(
            [np.full(self.ways, 1 / _LOOSE**2), np.full(periods, 1 / _LEVEL**2)]
        )


def _objective(
    place: Floats, pull: _Pull, said: Floats, came: Floats, of: Ints
) -> tuple[float, Floats, Floats]:
    """The log-likelihood less the pull to what is usual, its slope and (positive) curvature."""
    shares, levels = softmax(place[: pull.ways]), place[pull.ways :]
    blended = said @ shares
    odds = blended + levels[of]
    chance = 1.0 / (1.0 + np.exp(-odds))
    away = place - pull.start
    worth = min(1.0, _MOST / len(came))
    value = worth * float((came * odds - np.logaddexp(0.0, odds)).sum())
    # d odds / d theta_i = share_i * (said_i - blended), and one for the level of the period.
    moved = np.column_stack(
        [shares * (said - blended[:, None]), of[:, None] == np.arange(len(levels))]
    )
    slope = worth * (moved.T @ (came - chance)) - pull.strength * away
    bend = worth * (moved * (chance * (1 - chance))[:, None]).T @ moved
    return value - 0.5 * float(pull.strength @ away**2), slope, bend + np.diag(pull.strength)


def learn_shift(shares: Floats, periods: list[Foretold]) -> float:
    """What to add to log-odds so that their level fits, drawn to nothing.

    A few periods say only so much of the next, and less the more they differ.
    """
    if not periods:
        return 0.0
    found = [_level(period, shares) for period in periods]
    levels = np.array([level for level, _ in found])
    differ = (_PASSING**2 + float(((levels - levels.mean()) ** 2).sum())) / len(levels)
    # Periods overlap: each further one is worth half.
    doubt = differ / (1.0 + (len(levels) - 1) / 2)
    doubt += float(np.mean([noise for _, noise in found]))
    return float(levels.mean()) * _LASTING**2 / (_LASTING**2 + doubt)


def _level(period: Foretold, shares: Floats) -> tuple[float, float]:
    """By how much the level of a period was off, on log-odds, and the variance of that."""
    learnt = update(
        Belief.independent(np.zeros(1), np.full(1, 1e-6)),
        np.ones((len(period.came), 1)),
        period.came.astype(np.float64),
        offset=period.said @ shares,
    )
    return float(learnt.mean[0]), 1.0 / float(learnt.precision[0, 0])
