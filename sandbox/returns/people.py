"""Draws a family's people: when each comes, is mailed and answers, and how likely each was to come untouched."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from sandbox.returns.families import Family

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR = 365.25
#: The future that is drawn beyond the last origin.
AHEAD = 365
_CELLS = 1461  # of four years, a day each


@dataclass(frozen=True, slots=True)
class Drawn:
    """Events by person and day (days since the record began), and what is true of each person.

    `sent` are mails to a person, `replied` their answers; `chance` is that of at least one visit in the 90 days after
    `origin`, untouched, by the person's own rate. `born` may lie before the record begins.
    """

    came: tuple[Ints, Floats]
    sent: tuple[Ints, Floats]
    replied: tuple[Ints, Floats]
    born: Floats
    origin: int
    chance: Floats


def draw(family: Family, seed: int, people: int | None = None) -> Drawn:
    """The whole record and a year beyond its last origin."""
    rng = np.random.default_rng([seed, 77])
    n, end = people or family.people, family.reach + AHEAD
    running = _Season(family, rng)
    begin = _beginnings(family, n, rng)
    rate = _rates(family, n, rng)
    own = np.where(rng.random(n) < family.own_season, rng.random(n) * YEAR, np.nan)
    leaves = rng.beta(family.leave, family.stay, n)
    lasts = np.full(n, np.inf)
    if family.lifetime:
        leaves, lasts = np.zeros(n), rng.exponential(rng.gamma(2.0, family.lifetime / 2, n))
    person, day, alive, last = _visits(family, running, begin, rate, leaves, lasts, own, end, rng)
    sent, replied = _mails(family, begin, end, rng)
    kept = day >= 0
    return Drawn(
        (person[kept], day[kept]),
        sent,
        replied,
        begin,
        family.reach,
        _chances(family, running, rate, last, alive, own),
    )


class _Season:
    """Time that runs fast in season: a record's days to the time in which people come evenly."""

    def __init__(self, family: Family, rng: np.random.Generator) -> None:
        phase = rng.random() * YEAR
        first = -family.before - YEAR
        self._days = np.arange(first, family.reach + AHEAD + 2.0)
        angle = 2 * np.pi * (self._days - phase) / YEAR
        pace = np.exp(family.swing * np.cos(angle) * 1.0)
        if family.sharp > 1:
            pace = pace**1.0 * np.exp(0.5 * family.swing * np.cos(family.sharp * angle))
        pace /= pace[: int(YEAR)].mean()
        pace *= np.where(self._days > 0.6 * family.reach, family.change, 1.0)
        self._run = np.concatenate([[0.0], np.cumsum(pace)[:-1]])

    def run(self, day: Floats) -> Floats:
        return np.asarray(np.interp(day, self._days, self._run))

    def day(self, run: Floats) -> Floats:
        return np.asarray(np.interp(run, self._run, self._days, right=np.inf))


def _beginnings(family: Family, n: int, rng: np.random.Generator) -> Floats:
    span = family.before + family.reach * family.joining
    return np.sort(rng.random(n) * span - family.before)


def _rates(family: Family, n: int, rng: np.random.Generator) -> Floats:
    if family.alike:
        return np.exp(rng.normal(0.0, family.alike, n)) / family.every
    return rng.gamma(family.shape, 1.0 / (family.shape * family.every), n)


def _visits(
    family: Family,
    running: _Season,
    begin: Floats,
    rate: Floats,
    leaves: Floats,
    lasts: Floats,
    own: Floats,
    end: float,
    rng: np.random.Generator,
) -> tuple[Ints, Floats, NDArray[np.bool_], Floats]:
    """Every visit; who is still there at the last origin, and the time of each one's last visit by then."""
    n = len(begin)
    persons, days = [np.arange(n)], [begin]
    at, going = begin.copy(), np.arange(n)
    alive, last = np.ones(n, dtype=np.bool_), begin.copy()
    alive &= begin + lasts > family.reach
    while len(going):
        left = rng.random(len(going)) < leaves[going]
        alive[going[left & (at[going] <= family.reach)]] = False
        going = going[~left]
        gap = rng.gamma(family.stages, 1.0 / (family.stages * np.maximum(rate[going], 1e-9)))
        following = running.day(running.run(at[going]) + gap)
        yearly = ~np.isnan(own[going])
        years = np.maximum(np.ceil(gap / YEAR / 2), 1.0)
        theirs = np.floor((at[going] - own[going]) / YEAR + 0.5) * YEAR + own[going] + years * YEAR
        theirs = theirs + rng.normal(0.0, 12.0, len(going))
        following = np.where(yearly, theirs, following)
        kept = (following <= end) & (following - begin[going] < lasts[going])
        going, following = going[kept], following[kept]
        at[going] = following
        past = following <= family.reach
        last[going[past]] = following[past]
        persons.append(going)
        days.append(following)
    return np.concatenate(persons), np.concatenate(days), alive, last


def _mails(
    family: Family, begin: Floats, end: float, rng: np.random.Generator
) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
    """Mails to everybody who is known, and the answers that they alone bring about."""
    nobody = np.zeros(0, dtype=np.int64), np.zeros(0)
    if not family.mailed_every:
        return nobody, nobody
    n = len(begin)
    answers = rng.beta(1.0, 1.0 / family.replies - 1.0, n)
    sends = np.arange(20.0, end, family.mailed_every)
    on = sends[None, :] > begin[:, None] + 10
    person, turn = np.nonzero(on)
    day = sends[turn] + rng.random(len(person)) * 2
    said = rng.random(len(person)) < answers[person]
    waits = rng.lognormal(0.3, 1.2, int(said.sum()))
    return (person, day), (person[said], day[said] + waits)


def _chances(
    family: Family,
    running: _Season,
    rate: Floats,
    last: Floats,
    alive: NDArray[np.bool_],
    own: Floats,
) -> Floats:
    """P(a visit in the 90 days after the last origin | the person's own rate); NaN for seasons of their own."""
    now, then = (running.run(np.array([family.reach + d]))[0] for d in (0.0, 90.0))
    k, since = family.stages, now - running.run(last)
    before = gammaincc(k, k * rate * since)
    after = gammaincc(k, k * rate * (since + then - now))
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(before > 0, 1.0 - after / before, 1.0)
    return np.where(np.isnan(own), np.where(alive, chance, 0.0), np.nan)
