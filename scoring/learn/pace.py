"""How fast time runs for an account's people: faster in season, and in steps where records come by week or month.

In running time people come evenly: whoever models it need not know of seasons or of how dates were written
down. A season is what repeats: it is believed by how alike the years on record are, and never after one year.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.features.timeline import Floats, Ints, State, Timeline, Walk
from scoring.models.logistic import Belief, update

Bools = NDArray[np.bool_]

YEAR = 365.25
#: From this many days between possible dates on, a record is by month or year; from 5 on, by week.
COARSE_DAYS = 20.0
_LEAST_GRID, _CROWD = 5.0, 5
# A year is looked at in so many parts where dates are closer together than that; a season has at most so many
# waves.
_PARTS, _WAVES = ((24, 10.0), (12, 32.0)), 5
_ROWS, _PEOPLE, _LOOKS = 60_000, 800, 3
#: No part of a year runs faster or slower than the mean by more than this, on the log scale.
_STEEPEST = 2.5
# Waves that are found smaller than this change nothing that could be seen.
_SETTLED = 0.1
# An expectation of fewer days of contact in a part of a year says nothing of it.
_FEW = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`season` are cosine and sine of each wave of the year, on the log of the pace; empty for none.

    `grid` are the days between possible dates, one of which is `mark` (days since 1970, as are all moments here);
    so many `months` where they go by the calendar, 0 where not.
    """

    season: tuple[float, ...] = ()
    grid: float = 1.0
    mark: float = 0.0
    months: int = 0

    @property
    def is_even(self) -> bool:
        """Whether running time is time."""
        return not self.season and self.grid < _LEAST_GRID

    @property
    def is_seasonal(self) -> bool:
        return bool(self.season)

    @property
    def is_coarse(self) -> bool:
        """Whether there are opportunities to come, one after the other, rather than time."""
        return not self.season and self.grid >= COARSE_DAYS

    def ahead(self, today: float, horizon: float) -> float:
        """How long `horizon` days from `today` on are in running time."""
        return float(self.since(today, np.array([today + horizon]))[0])

    def since(self, today: float, dates: Floats) -> Floats:
        """Running time from `today` until these dates."""
        return self._passed(dates) - self._passed(np.array([today]))

    def run(self, line: Timeline, today: float) -> Timeline:
        """The record in running time, counted from `today`."""
        if self.is_even or not line.people:
            return line
        first = int(np.floor(line.birth.min()))
        passed = self._passed(today + np.arange(first, 1.0), happened=True)
        table = np.minimum(passed - self._passed(np.array([today]))[0], 0.0)
        return Timeline(
            line.person,
            table[np.rint(line.day).astype(np.int64) - first],
            table[np.rint(line.birth).astype(np.int64) - first],
        )

    def _passed(self, dates: Floats, *, happened: bool = False) -> Floats:
        """Running time from 1970 until these dates; something `happened` on the nearest possible one."""
        if self.grid >= _LEAST_GRID:
            dates = self.mark + self._place(dates, happened=happened) * self.grid
        if not self.season:
            return dates
        edges = np.arange(0.0, YEAR + 0.5)
        pace = np.exp(
            np.clip(
                _waves(edges, len(self.season) // 2) @ np.array(self.season), -_STEEPEST, _STEEPEST
            )
        )
        run = np.concatenate([[0.0], np.cumsum((pace[1:] + pace[:-1]) / 2)])
        run *= YEAR / np.interp(YEAR, np.arange(len(run)), run)
        years = np.floor(dates / YEAR)
        within = np.interp(dates - years * YEAR, np.arange(len(run)), run)
        return np.asarray(years * YEAR + within)

    def _place(self, dates: Floats, *, happened: bool) -> Floats:
        """How many possible dates there were since `mark`, up to each of these."""
        if not self.months:
            since = (dates - self.mark) / self.grid
            return np.asarray(np.rint(since) if happened else np.floor(since + 1e-9))
        month, day = _calendar(dates)
        first, begins = _calendar(np.array([self.mark]))
        return np.asarray(np.floor((month - (day < begins) - first) / self.months))


def _calendar(dates: Floats) -> tuple[Ints, Ints]:
    """The month since 1970 and the day of the month."""
    days = np.floor(dates).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    return months.astype(np.int64), (days - months.astype("datetime64[D]")).astype(np.int64)


def fit_pace(line: Timeline, today: float) -> Pace:
    """What a record shows of its people's season and of how its dates were written down.

    People stand in no order that means anything: the first are looked at where there are many.
    """
    dated = dating_of(line, today)
    parts = next((parts for parts, widest in _PARTS if dated.grid < widest), 0)
    if not parts:
        return dated
    found = dated
    # What a season does to silences hides some of it: it is looked for again in the time it makes.
    for _ in range(_LOOKS):
        more = _season(line, found, today, parts)
        if not more:
            break
        season = np.array(found.season or (0.0,) * len(more)) + np.array(more)
        found = replace(found, season=tuple(season.tolist()))
        if np.abs(more).max() < _SETTLED:
            break
    return found


def dating_of(line: Timeline, today: float) -> Pace:
    """How dates were written down: by day, or by week, month or year.

    Few events on scattered days show nothing: there must be several on each day, and every gap long.
    """
    days = np.unique(line.day).astype(np.float64)
    if len(days) < 3 or len(line.day) < _CROWD * len(days):
        return Pace()
    gaps = np.diff(days)
    if gaps.min() < _LEAST_GRID:
        return Pace()
    mark = today + float(days[-1])
    month, day = _calendar(today + days)
    if (day == day[0]).all():
        months = int(np.gcd.reduce(np.diff(month)))
        return Pace((), months * YEAR / 12, mark, months)
    # Steps of the usual length, some of which nobody used. Their mean, not the usual length itself: made-up dates
    # of a month or a year may be a day off.
    return Pace((), float(gaps.sum() / np.rint(gaps / np.median(gaps)).sum()), mark)


def _season(line: Timeline, pace: Pace, today: float, parts: int) -> tuple[float, ...]:
    """The waves that the years on record share beyond those of `pace`; empty where fewer than two years are known."""
    years = int((line.reach + 7.0) // YEAR)
    if years < 2:
        return ()
    most = max(_ROWS // (years * parts), _PEOPLE)
    some = line.only(np.arange(min(most, line.people)))
    # Half a step after possible dates, so that each lies well within its part.
    end = pace.mark + pace.grid / 2 if pace.grid >= _LEAST_GRID else today
    edges = end - np.arange(years * parts, -1.0, -1.0) * YEAR / parts
    came, expected = _parts(some, pace, today, edges)
    known = expected >= _FEW
    if known.sum() < 2 * parts:
        return ()
    # How far each part of a year lies from what its people's histories led to expect.
    off = np.log((came[known] + 0.5) / (expected[known] + 0.5))
    middle = (edges[1:] + edges[:-1])[known] / 2
    back = (middle - end) / YEAR
    whole = [np.floor(back) == y for y in np.unique(np.floor(back))]
    whole = [mine for mine in whole if mine.sum() >= 0.9 * parts]
    return _shared(back, off, expected[known], whole, _waves(middle, _WAVES))


def _shared(
    back: Floats, off: Floats, weight: Floats, whole: list[Bools], waves: Floats
) -> tuple[float, ...]:
    """What the years have in common, each wave drawn to nothing as far as they differ in it."""
    if len(whole) < 2:
        return ()
    drift = np.column_stack([np.ones(len(back)), back, back**2])
    found = []
    spent = off - drift @ _least(np.column_stack([drift, waves]), off, weight)[: drift.shape[1]]
    for mine in whole:
        design = np.column_stack([np.ones(int(mine.sum())), waves[mine]])
        found.append(_least(design, spent[mine], weight[mine])[1:])
    each = np.array(found)
    mean = each.mean(axis=0)
    pairs = each.reshape(len(whole), -1, 2)
    differ = ((pairs - pairs.mean(axis=0)) ** 2).sum(axis=(0, 2)) / (2 * (len(whole) - 1))
    # Two years tell little of how much years differ: each wave's figure is drawn to that of all.
    differ = (2 * differ.mean() + (len(whole) - 1) * differ) / (1 + len(whole))
    strength = (mean.reshape(-1, 2) ** 2).sum(axis=1)
    kept = np.maximum(0.0, 1.0 - 2.0 * differ / len(whole) / np.maximum(strength, 1e-12))
    season = mean * np.repeat(kept, 2)
    return tuple(season.tolist()) if kept.any() else ()


def _least(design: Floats, target: Floats, weight: Floats) -> Floats:
    """Weighted least squares, a little drawn to nothing."""
    left = (design * weight[:, None]).T @ design
    left += 1e-3 * weight.sum() / len(weight) * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(left, design.T @ (weight * target)))


def _parts(line: Timeline, pace: Pace, today: float, edges: Floats) -> tuple[Floats, Floats]:
    """How often people came between these dates, and how often by their histories in running time."""
    run = pace.run(line, today)
    cuts = np.minimum(pace.since(today, edges), 0.0)
    walk, lengths = Walk(run, ()), np.maximum(np.diff(cuts), 1e-3)
    usual = float(lengths.mean())
    designs, outcomes, sizes = [], [], []
    for start, end in pairwise(cuts.tolist()):
        known = np.flatnonzero(run.birth <= start)
        walk.to(start)
        designs.append(_history(walk.state(known), usual))
        outcomes.append(run.counts_after(start, end, known) > 0)
        sizes.append(len(known))
    design, outcome = np.concatenate(designs), np.concatenate(outcomes).astype(np.float64)
    length = np.repeat(np.log(lengths / usual), sizes)
    prior = Belief.independent(np.zeros(design.shape[1]), np.full(design.shape[1], 1.0))
    mean = update(prior, design, outcome, offset=length).mean if len(outcome) else prior.mean
    chance = 1.0 / (1.0 + np.exp(-design @ mean - length))
    part = np.repeat(np.arange(len(lengths)), sizes)
    total = np.maximum(np.array(sizes, dtype=np.float64), 1.0)

    def rate(by: Floats) -> Floats:
        """Not shares: who comes twice in a part of the year counts once."""
        share = np.bincount(part, by, minlength=len(lengths)) / total
        return np.asarray(-total * np.log1p(-np.minimum(share, 0.98)))

    return rate(outcome), rate(chance)


def _history(state: State, step: float) -> Floats:
    log_quiet, log_repeats = np.log1p(state.quiet / step), np.log1p(state.x)
    none = (state.x == 0).astype(np.float64)
    return np.column_stack(
        [np.ones(len(state)), log_quiet, log_repeats, none, log_quiet * log_repeats,
         np.log1p(state.age / step)]
    )  # fmt: skip


def _waves(dates: Floats, count: int) -> Floats:
    angle = 2 * np.pi * np.asarray(dates)[:, None] / YEAR * np.arange(1, count + 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=2).reshape(len(angle), -1)
