"""One row of history per contact, out of millions of events: counts, rhythm, thirds, hours, outreach.

Everything is done on whole columns. Contact, time and kind of each event are packed into one number,
so that a single sort puts everybody's past in order; a block of contacts at a time is then unpacked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.features.hours import HOUR_BLOCKS
from scoring.features.timeline import Timeline, first_of
from scoring.parallel import spread

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

DAY_MS = 86_400_000
_HOUR_MS = 3_600_000

# What a contact did, by how much it asked for: a conversation, an enquiry, a look.
DEEP = ("meeting", "call", "purchase")
MIDDLE = ("form", "email", "sms")
#: What of ours a person wrote or dialled by hand, or a programme sent them alone: not a sign of life.
OUTREACH = "outreach"
#: What software sent to many: no attempt to reach this one contact, but what may bring them back.
MAILING = "mailing"

# An answer comes within so many days or it is none.
_ANSWER_MS = 14 * DAY_MS
_KIND_BITS = 4
IGNORED = (1 << _KIND_BITS) - 1
# Milliseconds of 69 years.
_REACH_BITS = 41
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Packing:
    """How the events of `people` contacts up to `until` (milliseconds since 1970) are packed.

    `kinds` are human kinds in alphabetical order, at most 13, then OUTREACH and MAILING. An event takes 8 bytes:
    the contact's place, how long after `origin` it was, and its kind. Moments are exact to the
    millisecond for half a million contacts, and to a few milliseconds for many millions.
    """

    people: int
    until: int
    kinds: tuple[str, ...]

    @property
    def outreach(self) -> int:
        """The code of outreach; all below it are human."""
        return self.kinds.index(OUTREACH)

    @property
    def time_bits(self) -> int:
        return min(_REACH_BITS, 64 - _KIND_BITS - max(self.people.bit_length(), 1))

    @property
    def unit(self) -> int:
        """Milliseconds that one unit of time is."""
        return int(1 << (_REACH_BITS - self.time_bits))

    @property
    def origin(self) -> int:
        """The earliest moment that is told apart, 69 years before the end; older events move there.

        A whole number of units since 1970, so that midnight stays on its day in any unit.
        """
        earliest = self.until - (1 << _REACH_BITS) + 1
        return -(-earliest // self.unit) * self.unit

    def pack(self, person: NDArray[np.uint32], at: Ints, kind: NDArray[np.uint8]) -> Keys:
        """Events as numbers, one each, in any order; those of no kind go.

        `person` is the contact's place among the contacts, `at` milliseconds since 1970 UTC, not
        above `until`, `kind` a place in `kinds` or IGNORED.
        """
        since = np.maximum(at - self.origin, 0)
        keys = person.astype(np.uint64)
        keys <<= np.uint64(self.time_bits)
        keys |= (since // self.unit).astype(np.uint64)
        keys <<= np.uint64(_KIND_BITS)
        keys |= kind
        return keys[kind < len(self.kinds)]


@dataclass(frozen=True, slots=True)
class Days:
    """Each contact's days of contact, in order of contact and day; days since 1970."""

    person: NDArray[np.int32]
    day: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Offsets:
    """The account's difference from UTC, in milliseconds, for each day from `first` (since 1970) on."""

    first: int
    millis: Ints

    def at(self, day: Ints) -> Ints:
        """The difference on these days; days out of range take the nearest known one."""
        return self.millis[np.clip(day - self.first, 0, len(self.millis) - 1)]

    def days(self, at: Ints) -> Ints:
        """The account's own days (since 1970) of these moments, in milliseconds."""
        return (at + self.at(at // DAY_MS)) // DAY_MS


UTC_ALWAYS = Offsets(0, np.zeros(1, dtype=np.int64))


def histories(
    packing: Packing, pieces: list[Keys], offsets: Offsets = UTC_ALWAYS
) -> tuple[pl.DataFrame, Days, Days]:
    """A row for each contact, in their order (empty for who has no events), the days of contact, and of our messages.

    Days are those of the account's clock.

    Columns: last_human_at, last_human_kind, human_events; repeats (days of contact
    after the first), span_days, mean_gap, gap_cv; first_third and last_third (days of contact in
    those parts of the span, the day that opens it left out: n days make n - 1 intervals); middle
    and deep (asked something, had a conversation); one count for each of FORMS, WRITTEN, VISITS;
    hours_0 to hours_3 (human events in each of HOUR_BLOCKS, local time); outreach and answered
    (attempts of ours, and those after which an event of theirs came next and within 14 days). Several events on
    one day are one day of contact, so that a long visit to a site is no long relationship. The
    packed `pieces` are used up.
    """
    blocks = spread(lambda keys: _block(keys, packing, offsets), _sorted_keys(packing, pieces))
    frames, came, sent = zip(*blocks, strict=True)
    del blocks  # so that the parts go as soon as they are joined
    return pl.concat(frames), _joined(came), _joined(sent)


def _joined(parts: Iterable[Days]) -> Days:
    persons, days = zip(*((part.person, part.day) for part in parts), strict=True)
    return Days(np.concatenate(persons), np.concatenate(days))


def timeline_of(days: Days, *, today: int, born: Ints, opened: int | None = None) -> Timeline:
    """Days of contact counted from `today`; `born` has the day each contact became known.

    Both are days since 1970; `born` may lie after the first contact, which counts then. Of who was known before the
    record began at all (`opened`) nothing tells how they were until their first contact in it, or until it began: they
    are as if born there.
    """
    people = len(born)
    first = np.full(people, today, dtype=np.int64)
    opening = np.ones(len(days.person), dtype=np.bool_)
    opening[1:] = days.person[1:] != days.person[:-1]
    first[days.person[opening]] = days.day[opening]
    birth = np.minimum(np.minimum(born, first), today)
    if opened is not None:
        there = np.zeros(people, dtype=np.bool_)
        there[days.person] = True
        birth = np.where(birth < opened, np.where(there, first, opened), birth)
    return Timeline(
        days.person, (days.day - today).astype(np.float32), (birth - today).astype(np.float64)
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """Sorted packed events of `people` contacts from `first` on, and how to unpack them."""

    packed: Keys
    packing: Packing
    first: int
    people: int

    def person(self) -> Ints:
        """Places among the block's contacts."""
        shift = np.uint64(self.packing.time_bits + _KIND_BITS)
        return (self.packed >> shift).astype(np.int64) - self.first

    def at(self) -> Ints:
        mask = np.uint64((1 << self.packing.time_bits) - 1)
        since = ((self.packed >> np.uint64(_KIND_BITS)) & mask).astype(np.int64)
        return since * self.packing.unit + self.packing.origin

    def kind(self) -> NDArray[np.uint8]:
        return (self.packed & np.uint64((1 << _KIND_BITS) - 1)).astype(np.uint8)


def _sorted_keys(packing: Packing, pieces: list[Keys]) -> Iterator[_Keys]:
    """All events in order, a block of contacts at a time so that what follows fits into caches."""
    packed, filled = np.empty(sum(map(len, pieces)), dtype=np.uint64), 0
    while pieces:
        piece = pieces.pop()
        packed[filled : filled + len(piece)] = piece
        filled += len(piece)
    packed.sort()
    firsts = np.arange(0, max(packing.people, 1), _BLOCK)
    edges = firsts.astype(np.uint64) << np.uint64(packing.time_bits + _KIND_BITS)
    bounds = np.append(np.searchsorted(packed, edges), len(packed))
    for i, first in enumerate(firsts.tolist()):
        people = min(_BLOCK, packing.people - first)
        yield _Keys(packed[bounds[i] : bounds[i + 1]], packing, first, people)


def _block(keys: _Keys, packing: Packing, offsets: Offsets) -> tuple[pl.DataFrame, Days, Days]:
    person, at, kind = keys.person(), keys.at(), keys.kind()
    human = kind < packing.outreach
    sent = _days(person[~human], at[~human], offsets, keys.first)
    mine = kind <= packing.outreach
    columns: dict[str, NDArray[Any]] = {
        **_outreach(person[mine], at[mine], human[mine], keys.people)
    }
    person, at, kind = person[human], at[human], kind[human]
    bounds = first_of(person, np.arange(keys.people + 1))
    events = np.diff(bounds)
    has = events > 0
    offset = offsets.at(at // DAY_MS)
    day = (at + offset) // DAY_MS
    new = np.ones(len(day), dtype=np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (day[1:] != day[:-1])
    columns |= _counts(person, kind, packing.kinds, keys.people)
    columns |= _hours(person, at, offset, keys.people)
    columns |= _rhythm(person[new], day[new], keys.people)
    frame = pl.DataFrame(
        {
            "last_human_at": _moments(at[bounds[1:][has] - 1], has),
            "last_human_kind": _names(kind[bounds[1:][has] - 1], has, packing.kinds),
            "human_events": events.astype(np.int32),
            **columns,
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
    days = Days((person[new] + keys.first).astype(np.int32), day[new].astype(np.int32))
    return frame, days, sent


def _days(person: Ints, at: Ints, offsets: Offsets, first: int) -> Days:
    """Each contact's days with any of these events, which are in order."""
    day = offsets.days(at)
    new = np.ones(len(day), dtype=np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (day[1:] != day[:-1])
    return Days((person[new] + first).astype(np.int32), day[new].astype(np.int32))


def _moments(found: Ints, has: Bools) -> pl.Series:
    whole = np.zeros(len(has), dtype=np.int64)
    whole[has] = found
    moments = pl.Series(whole).cast(pl.Datetime("ms", "UTC"))
    return pl.select(pl.when(pl.Series(has)).then(moments)).to_series()


def _names(found: NDArray[np.uint8], has: Bools, kinds: tuple[str, ...]) -> pl.Series:
    whole = np.zeros(len(has), dtype=np.uint8)
    whole[has] = found
    known = pl.select(pl.when(pl.Series(has)).then(pl.Series(whole))).to_series()
    return known.cat.to(pl.Enum(list(kinds)))


def _outreach(person: Ints, at: Ints, human: Bools, people: int) -> dict[str, NDArray[np.uint16]]:
    """Attempts of ours, and how many of them an event of the contact followed in time."""
    followed = np.zeros(len(person), dtype=np.bool_)
    followed[:-1] = (
        human[1:] & (person[1:] == person[:-1]) & (at[1:] - at[:-1] <= _ANSWER_MS) & ~human[:-1]
    )
    return {
        "outreach": _few(np.bincount(person[~human], minlength=people)),
        "answered": _few(np.bincount(person[followed], minlength=people)),
    }


#: Kinds counted one by one, and the columns they are counted in.
COUNTED = {"forms": ("form",), "written": ("email", "sms"), "visits": ("visit", "click")}


def _counts(
    person: Ints, kind: NDArray[np.uint8], kinds: tuple[str, ...], people: int
) -> dict[str, NDArray[np.uint16] | Bools]:
    width = len(kinds)
    table = np.bincount(person * width + kind, minlength=people * width).reshape(people, width)
    places = {name: i for i, name in enumerate(kinds)}

    def total(names: tuple[str, ...]) -> NDArray[np.uint16]:
        wanted = [places[name] for name in names if name in places]
        return _few(table[:, wanted].sum(axis=1))

    counted = {column: total(names) for column, names in COUNTED.items()}
    return {**counted, "middle": total(MIDDLE) > 0, "deep": total(DEEP) > 0}


def _hours(person: Ints, at: Ints, offset: Ints, people: int) -> dict[str, NDArray[np.uint16]]:
    hour = (at + offset) // _HOUR_MS % 24
    block = (hour - HOUR_BLOCKS[0][0]) // 3
    inside = (block >= 0) & (block < len(HOUR_BLOCKS))
    table = np.bincount(
        person[inside] * len(HOUR_BLOCKS) + block[inside], minlength=people * len(HOUR_BLOCKS)
    ).reshape(people, len(HOUR_BLOCKS))
    return {f"hours_{i}": _few(table[:, i]) for i in range(len(HOUR_BLOCKS))}


def _rhythm(person: Ints, day: Ints, people: int) -> dict[str, NDArray[Any]]:
    """Repeats, span, mean gap and its variation, and days of contact in the outer thirds."""
    if not len(day):
        none, few = np.zeros(people, dtype=np.int32), np.zeros(people, dtype=np.uint16)
        nothing = np.full(people, np.nan, dtype=np.float32)
        return {"repeats": none, "span_days": none, "mean_gap": nothing, "gap_cv": nothing,
                "first_third": few, "last_third": few}  # fmt: skip
    bounds = first_of(person, np.arange(people + 1))
    days = np.diff(bounds)
    opening = day[np.minimum(bounds[:-1], len(day) - 1)]
    repeats = np.maximum(days - 1, 0)
    span = np.where(days > 0, day[np.maximum(bounds[1:] - 1, 0)] - opening, 0)
    gap = np.zeros(len(day))
    gap[1:] = np.where(person[1:] == person[:-1], np.diff(day), 0)
    squares = np.bincount(person, gap * gap, minlength=people)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(repeats > 0, span / repeats, np.nan)
        spread = np.sqrt(np.maximum(squares - repeats * mean * mean, 0.0) / (repeats - 1))
        variation = np.where(repeats > 1, spread / mean, np.nan)
    into, whole = 3 * (day - opening[person]), span[person]
    early, late = (into > 0) & (into <= whole), into > 2 * whole
    return {
        "repeats": repeats.astype(np.int32),
        "span_days": span.astype(np.int32),
        "mean_gap": mean.astype(np.float32),
        "gap_cv": variation.astype(np.float32),
        "first_third": _few(np.bincount(person[early], minlength=people)),
        "last_third": _few(np.bincount(person[late], minlength=people)),
    }


def _few(counts: Ints) -> NDArray[np.uint16]:
    """Counts in two bytes; beyond 65,535 nothing depends on how many."""
    return np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)
