"""When people were in touch: one element for each day of contact, and where each stood at a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# So many at a time stay in the caches.
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days of contact of `people` persons, in order of person, then day.

    `day` counts from the day of as_of and is never above 0; `person` is an index, and nobody has the
    same day twice. `birth` has the day each became known: the first day of contact or earlier.
    """

    person: NDArray[np.integer]
    day: NDArray[np.floating]
    birth: Floats

    @property
    def people(self) -> int:
        return len(self.birth)

    @property
    def reach(self) -> float:
        """How many days the record goes back."""
        return -float(self.birth.min()) if self.people else 0.0

    def until(self, end: float) -> "tuple[Timeline, Ints]":
        """The record as it stood on day `end` (not above 0), counted from there, and who was in it."""
        known = np.flatnonzero(self.birth <= end)
        place = _places(known, self.people)
        kept = (self.day <= end) & (place[self.person] >= 0)
        return (
            Timeline(place[self.person[kept]], self.day[kept] - end, self.birth[known] - end),
            known,
        )

    def only(self, chosen: Ints) -> "Timeline":
        """The record of some persons, numbered anew in the order of `chosen`."""
        starts = first_of(self.person, chosen)
        counts = first_of(self.person, np.asarray(chosen) + 1) - starts
        ends = np.cumsum(counts)
        places = np.repeat(starts - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
        return Timeline(
            np.repeat(np.arange(len(chosen)), counts), self.day[places], self.birth[chosen]
        )

    def blocks(self, size: int) -> "Iterator[Timeline]":
        """The record in parts of up to `size` persons, in their order."""
        edges = [*range(0, self.people, size), self.people]
        bounds = first_of(self.person, edges).tolist()
        for (first, last), (start, stop) in zip(pairwise(edges), pairwise(bounds), strict=True):
            yield Timeline(
                self.person[start:stop] - first, self.day[start:stop], self.birth[first:last]
            )

    def counts_after(self, start: float, end: float, among: Ints) -> Ints:
        """Days of contact in (start, end] of the persons `among`."""
        inside = (self.day > start) & (self.day <= end)
        return np.asarray(np.bincount(self.person[inside], minlength=self.people)[among])


def first_of(person: NDArray[np.integer], wanted: ArrayLike) -> Ints:
    """Where the rows of each person begin in a sorted column, or would.

    Numbers of another width would have the whole column copied for each search.
    """
    return np.searchsorted(person, np.asarray(wanted, dtype=person.dtype))


def _places(chosen: Ints, people: int) -> Ints:
    place = np.full(people, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    return place


def timeline(person: Ints, day: Floats, birth: Floats | None = None) -> Timeline:
    """A timeline out of events in any order; several on one day are one.

    `birth` defaults to the first event and is never later than it.
    """
    people = int(person.max(initial=-1)) + 1 if birth is None else len(birth)
    first = np.full(people, np.inf)
    np.minimum.at(first, person, day)
    known = first if birth is None else np.minimum(first, birth)
    order = np.lexsort((day, person))
    person, day = person[order].astype(np.int64), day[order].astype(np.float64)
    new = np.ones(len(day), dtype=np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (day[1:] != day[:-1])
    return Timeline(person[new], day[new], known)


def in_order_of_content(line: Timeline) -> Ints:
    """Everybody by what is on record of them alone, so that the order of rows in a file decides nothing.

    The order means nothing else: whoever comes first is as good as drawn by lot. Those of whom the same is on record,
    such as a list that was imported on one day, do not stand together: the first few of the order would be all of
    them or none.
    """
    blocks = [_content(part) for part in line.blocks(_BLOCK)]
    if not blocks:
        return np.zeros(0, dtype=np.int64)
    keys = np.concatenate(blocks)
    alike = np.argsort(keys, kind="stable")
    keys = keys[alike]
    is_first = np.concatenate([[True], keys[1:] != keys[:-1]])
    rows = np.arange(len(keys))
    place = rows - np.maximum.accumulate(np.where(is_first, rows, 0))
    return alike[np.argsort(mixed(keys ^ mixed(place.astype(np.uint64))), kind="stable")]


def _content(line: Timeline) -> NDArray[np.uint64]:
    """A number for each that depends on their days and birth alone."""
    each = mixed(np.rint(line.day).astype(np.int64).view(np.uint64))
    totals = np.concatenate([[np.uint64(0)], np.cumsum(each, dtype=np.uint64)])
    bounds = first_of(line.person, np.arange(line.people + 1))
    keys = totals[bounds[1:]] - totals[bounds[:-1]]
    return mixed(keys ^ mixed(np.rint(line.birth).astype(np.int64).view(np.uint64)))


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One round of SplitMix64 (Steele, Lea, Flood 2014); wraps around on purpose."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class State:
    """Where persons stand at one day; every array has one element for each, times are days.

    `x` are days of contact after the birth, `t_x` the last of them since birth (0 without), `age`
    the time since birth, `touched` whether there was any contact at all. `recent[i]` are the days of
    contact, each counted exp(-days ago / tau[i]).
    """

    x: Floats
    t_x: Floats
    age: Floats
    touched: NDArray[np.bool_]
    recent: tuple[Floats, ...] = ()

    @property
    def quiet(self) -> Floats:
        """Days since the last contact, or since the birth where there was none after it."""
        return self.age - self.t_x

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, which: NDArray[np.bool_]) -> "State":
        """The state of some of the persons."""
        return State(
            self.x[which],
            self.t_x[which],
            self.age[which],
            self.touched[which],
            tuple(part[which] for part in self.recent),
        )

    def later(self, days: float, fading: tuple[float, ...]) -> "State":
        """The same persons had they stayed away for so many days; recent contacts fade by `fading`."""
        return State(
            self.x,
            self.t_x,
            self.age + days,
            self.touched,
            tuple(part * factor for part, factor in zip(self.recent, fading, strict=True)),
        )


def state_now(line: Timeline, taus: tuple[float, ...] = ()) -> State:
    """Where everybody stands at the end of the record."""
    bounds = first_of(line.person, np.arange(line.people + 1))
    count = np.diff(bounds)
    touched = count > 0
    first, last = np.zeros(line.people), line.birth.copy()
    first[touched] = line.day[bounds[:-1][touched]]
    last[touched] = line.day[bounds[1:][touched] - 1]
    x = np.where(touched, count - (first <= line.birth), 0).astype(np.float64)
    return State(
        x,
        np.where(x > 0, last - line.birth, 0.0),
        -line.birth,
        touched,
        tuple(_faded(line, tau, bounds[:-1][touched], touched) for tau in taus),
    )


def _faded(line: Timeline, tau: float, opening: Ints, touched: NDArray[np.bool_]) -> Floats:
    total = np.zeros(line.people)
    if len(opening):
        total[touched] = np.add.reduceat(np.exp(line.day / tau), opening)
    return total


class Walk:
    """Walks along a timeline from the past to the present, keeping where everybody stands."""

    def __init__(self, line: Timeline, taus: tuple[float, ...]) -> None:
        order = np.argsort(line.day, kind="stable")
        self._person, self._day = line.person[order], line.day[order]
        self._birth = line.birth
        self._taus = taus
        self._next = 0
        self._at = -np.inf
        self._count = np.zeros(line.people)
        self._last = line.birth.copy()
        self._recent = [np.zeros(line.people) for _ in taus]
        first = np.full(line.people, np.inf)
        np.minimum.at(first, line.person, line.day)
        # A first contact on the day of birth is no repeat.
        self._at_birth = (first <= line.birth).astype(np.float64)

    def to(self, at: float) -> None:
        """Go on to the end of day `at`; never backwards."""
        stop = int(np.searchsorted(self._day, at, side="right"))
        who, days = self._person[self._next : stop], self._day[self._next : stop]
        people = len(self._birth)
        self._count += np.bincount(who, minlength=people)
        # Days ascend, so that of several assignments to one person the latest stands.
        self._last[who] = days
        for i, tau in enumerate(self._taus):
            kept = self._recent[i] * np.exp(
                (self._at - at) / tau
            )  # nothing yet at first: exp(-inf)
            self._recent[i] = kept + np.bincount(who, np.exp((days - at) / tau), minlength=people)
        self._next, self._at = stop, at

    def state(self, which: Ints) -> State:
        """Where these persons, all born by now, stand."""
        birth = self._birth[which]
        count = self._count[which]
        x = np.maximum(count - self._at_birth[which], 0.0)
        return State(
            x,
            np.where(x > 0, self._last[which] - birth, 0.0),
            self._at - birth,
            count > 0,
            tuple(part[which] for part in self._recent),
        )
