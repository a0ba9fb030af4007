"""What outreach adds: the difference between two arms drawn by chance, in strata, with its interval; pure.

Shares: Mantel-Haenszel's weighted difference with the score interval of Miettinen and Nurminen (Comparative analysis
of two rates, Statistics in Medicine 4, 1985, 213-226), the constrained estimates in their closed form. Means: the
same weights with each arm's variance within strata, and Satterthwaite's degrees of freedom. The smallest detectable
difference is that of a one-sided test at 5 in 100 that finds it 80 times in 100 (reactivation C10).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
_ONE_SIDED, _POWER = 0.95, 0.80
# No trial is larger than the world.
_EVERYBODY = 8_000_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """What the started have more than those left alone, per person, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counts:
    """People and those of them with an outcome, of both arms, stratum by stratum."""

    started: Floats
    started_did: Floats
    controls: Floats
    controls_did: Floats

    @classmethod
    def of(cls, stratum: NDArray[np.int64], held: NDArray[np.bool_], did: NDArray[Any]) -> "Counts":
        """Of people by their stratum, 0 to the last; who has a stratum below 0 is in neither arm."""
        size = int(stratum.max(initial=-1)) + 1

        def count(where: NDArray[np.bool_]) -> Floats:
            return np.bincount(stratum[where & (stratum >= 0)], minlength=size).astype(np.float64)

        did = did.astype(bool)
        return cls(count(~held), count(~held & did), count(held), count(held & did))


def weights(started: Floats, controls: Floats) -> Floats:
    """Mantel and Haenszel's weight of each stratum, together 1."""
    each: Floats = started * controls / np.maximum(started + controls, 1)
    total = float(each.sum())
    return each / total


def compare_shares(counts: Counts, *, confidence: float = CONFIDENCE) -> Difference | None:
    """The difference of the arms' shares; None where no stratum has both arms."""
    both = (counts.started > 0) & (counts.controls > 0)
    if not both.any():
        return None
    n1, x1 = counts.started[both], counts.started_did[both]
    n0, x0 = counts.controls[both], counts.controls_did[both]
    weight = weights(n1, n0)
    value = float(weight @ (x1 / n1 - x0 / n0))
    z = float(ndtri(0.5 + confidence / 2))

    def beyond(delta: float, side: float) -> float:
        """Below 0 inside the interval: how far the arms are from differing by delta, in standard errors."""
        apart = value - delta
        spread = math.sqrt(float(weight**2 @ _score_variance(n1, x1, n0, x0, delta)))
        if spread == 0.0:
            return -z if apart == 0.0 else math.copysign(math.inf, side * apart)
        return side * apart / spread - z

    return Difference(value, _bound(beyond, value, -1.0), _bound(beyond, value, 1.0))


def _bound(beyond: Any, value: float, end: float) -> float:
    """Where the interval ends between the difference found and the largest there may be."""
    side = -end
    if beyond(end, side) <= 0:
        return end
    return float(brentq(lambda delta: _finite(beyond(delta, side)), value, end, xtol=1e-9))


def _finite(number: float) -> float:
    return max(-1e9, min(1e9, number))


def _score_variance(n1: Floats, x1: Floats, n0: Floats, x0: Floats, delta: float) -> Floats:
    """The variance of each stratum's difference if it were delta, at the likeliest shares then."""
    n, x = n1 + n0, x1 + x0
    third = n * 3
    a2 = (n1 + 2 * n0) * delta - n - x
    a1 = (n0 * delta - n - 2 * x0) * delta + x
    a0 = x0 * delta * (1 - delta)
    q = (a2 / third) ** 3 - a1 * a2 / (6 * n**2) + a0 / (2 * n)
    p = np.where(q < 0, -1.0, 1.0) * np.sqrt(np.maximum((a2 / third) ** 2 - a1 / third, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = np.where(p == 0, 0.0, q / p**3)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    share0 = np.clip(2 * p * np.cos(angle) - a2 / third, max(0.0, -delta), min(1.0, 1.0 - delta))
    share1 = np.clip(share0 + delta, 0.0, 1.0)
    found: Floats = share1 * (1 - share1) / n1 + share0 * (1 - share0) / n0
    return found * n / np.maximum(n - 1, 1)


def compare_means(
    stratum: NDArray[np.int64],
    held: NDArray[np.bool_],
    amount: Floats,
    *,
    confidence: float = CONFIDENCE,
) -> Difference | None:
    """The difference of the arms' means; None where no stratum has both arms, or an arm has nobody to vary.

    Each arm's variance is that within its strata, taken together, and never less than that of both arms: money is
    rare and skewed, and a few controls who bought little would seem to vary little.
    """
    of_arm = [_by_stratum(stratum[arm], amount[arm], stratum) for arm in (~held, held)]
    (n1, mean1, within1), (n0, mean0, within0) = of_arm
    both = (n1 > 0) & (n0 > 0)
    free1, free0 = (float((n[both] - 1).sum()) for n in (n1, n0))
    if not both.any() or min(free1, free0) < 1:
        return None
    weight = weights(n1[both], n0[both])
    value = float(weight @ (mean1[both] - mean0[both]))
    square1, square0 = float(within1[both].sum()), float(within0[both].sum())
    least = (square1 + square0) / (free1 + free0)
    part1 = max(square1 / free1, least) * float((weight**2 / n1[both]).sum())
    part0 = max(square0 / free0, least) * float((weight**2 / n0[both]).sum())
    variance = part1 + part0
    if variance == 0.0:
        return Difference(value, value, value)
    freedom = variance**2 / (part1**2 / free1 + part0**2 / free0)
    half = float(stdtrit(freedom, 0.5 + confidence / 2)) * math.sqrt(variance)
    return Difference(value, value - half, value + half)


def _by_stratum(
    stratum: NDArray[np.int64], amount: Floats, every: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """People, mean and sum of squares about it of each stratum."""
    size = int(every.max(initial=-1)) + 1
    known = stratum >= 0
    stratum, amount = stratum[known], amount[known]
    count = np.bincount(stratum, minlength=size).astype(np.float64)
    total = np.bincount(stratum, weights=amount, minlength=size)
    mean = np.divide(total, count, out=np.zeros(size), where=count > 0)
    within = np.bincount(stratum, weights=(amount - mean[stratum]) ** 2, minlength=size)
    return count, np.asarray(mean, np.float64), np.asarray(within, np.float64)


def smallest_detectable(started: int, controls: int, share: float) -> float | None:
    """The smallest difference in shares that so many people can show, beside controls with this share.

    None where even the largest could not be shown.
    """
    if not started or not controls or share >= 1:
        return None
    z = _units()

    def short(delta: float) -> float:
        other = share + delta
        spread = share * (1 - share) / controls + max(other * (1 - other), 0.0) / started
        return delta - z * math.sqrt(spread)

    # From one person on: nothing smaller can be seen, whatever the shares.
    least, most = 1 / (started + controls), 1.0 - share
    if least >= most or short(most) <= 0:
        return None
    return float(brentq(short, least, most)) if short(least) < 0 else least


def people_needed(started: int, controls: int, share: float, effect: float) -> int | None:
    """How many people of both arms, in this proportion, show a difference of this size beside controls with this share.

    None where no number of people would: there is no difference, an arm is empty, or the world has too few people.
    """
    other = share + effect
    if not started or not controls or effect <= 0 or other > 1:
        return None
    all_of_them = started + controls
    spread = share * (1 - share) * all_of_them / controls
    spread += other * (1 - other) * all_of_them / started
    needed = (_units() / effect) ** 2 * spread
    return None if needed > _EVERYBODY else max(2, math.ceil(needed))


def _units() -> float:
    """How many standard errors a difference must measure to be found by the test."""
    return float(ndtri(_ONE_SIDED) + ndtri(_POWER))
