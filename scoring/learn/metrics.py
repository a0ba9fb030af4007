"""How good predicted chances are: ranking, sharpness, honesty; plain functions of outcome and chance."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BINS = 10
# 95 %, two-sided.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures over `people`, of whom `positive` had the outcome; None where it can't be measured.

    `log_loss` in nats per person, `ece` the expected calibration error over ten bins of equal size,
    `top_decile_lift` the outcome's rate in the best tenth over that in all.
    """

    people: int
    positive: int
    auc: float | None
    log_loss: float | None
    brier: float | None
    ece: float | None
    top_decile_lift: float | None


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """People of like chances: the mean predicted, the share that came, and its 95 % interval."""

    people: int
    predicted: float
    observed: float
    low: float
    high: float


def quality(outcome: Bools, chance: Floats) -> Quality:
    """All figures at once; `chance` in 0..1, both of shape (people,)."""
    people, positive = len(outcome), int(outcome.sum())
    if not people:
        return Quality(0, 0, None, None, None, None, None)
    return Quality(
        people,
        positive,
        auc(outcome, chance),
        log_loss(outcome, chance),
        float(np.mean((outcome - chance) ** 2)),
        ece(outcome, chance),
        top_decile_lift(outcome, chance),
    )


def auc(outcome: Bools, score: Floats) -> float | None:
    """The chance that one with the outcome scores above one without; ties count half.

    None where all have it or none has.
    """
    positive = int(outcome.sum())
    negative = len(outcome) - positive
    if not positive or not negative:
        return None
    ranks = pl.Series(score).rank().to_numpy()
    above = float(ranks[outcome].sum()) - positive * (positive + 1) / 2
    return above / (positive * negative)


def log_loss(outcome: Bools, chance: Floats) -> float:
    """Mean -log of the chance given to what happened; chances are kept off 0 and 1 by 1e-6."""
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(outcome, np.log(inside), np.log1p(-inside))))


def log_loss_gap(outcome: Bools, chance: Floats, other: Floats) -> tuple[float, float]:
    """How much more log-loss per person `other` has than `chance`, and that mean's standard error."""
    inside, outside = (np.clip(p, 1e-6, 1 - 1e-6) for p in (chance, other))
    gap = np.where(outcome, np.log(inside / outside), np.log((1 - inside) / (1 - outside)))
    return float(gap.mean()), float(gap.std() / np.sqrt(max(len(gap), 1)))


def ece(outcome: Bools, chance: Floats, bins: int = BINS) -> float:
    """Mean gap between predicted and observed over bins of equal size (expected calibration error)."""
    order, seen = np.argsort(chance, kind="stable"), _shared(outcome, chance)
    gaps = [
        abs(float(seen[part].mean()) - float(chance[part].mean())) * len(part)
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return sum(gaps) / len(outcome)


def top_decile_lift(outcome: Bools, score: Floats) -> float | None:
    """The outcome's rate in the best-scored tenth over the rate in all; None without outcomes."""
    if not outcome.any():
        return None
    best = np.argsort(-score, kind="stable")[: max(1, round(len(score) / 10))]
    return float(_shared(outcome, score)[best].mean() / outcome.mean())


def _shared(outcome: Bools, score: Floats) -> Floats:
    """The outcome's rate among all of the same score, for each: the order of ties says nothing."""
    _, which = np.unique(score, return_inverse=True)
    return np.asarray((np.bincount(which, outcome) / np.bincount(which))[which])


def calibration(outcome: Bools, chance: Floats, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Predicted against observed in bins of equal size, lowest chances first."""
    order = np.argsort(chance, kind="stable")
    found = []
    for part in np.array_split(order, bins):
        if len(part):
            low, high = wilson(int(outcome[part].sum()), len(part))
            found.append(
                CalibrationBin(
                    len(part), float(chance[part].mean()), float(outcome[part].mean()), low, high
                )
            )
    return tuple(found)


def wilson(positive: int, people: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) for nobody."""
    if not people:
        return 0.0, 1.0
    share, square = positive / people, _Z * _Z
    middle = (share + square / (2 * people)) / (1 + square / people)
    half = (
        _Z
        / (1 + square / people)
        * np.sqrt(share * (1 - share) / people + square / (4 * people * people))
    )
    return max(0.0, middle - float(half)), min(1.0, middle + float(half))
