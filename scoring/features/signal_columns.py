"""Which contacts have a signal, since when and until when it counts: columns out of days of contact."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from contact_rules.reasons import COMPETITOR
from scoring.features.history import DAY_MS, UTC_ALWAYS, Days, Offsets
from scoring.features.signals import CAME_BACK, DUE, RENEWAL, SEASON, SIGNALS
from scoring.models.cycle import Cycle

SIGNAL = pl.Enum(SIGNALS)

CAME_BACK_DAYS = 7
SILENCE_DAYS = 90
# Contracts run for a year: the one signed with a competitor ends on its anniversary.
CONTRACT_DAYS, RENEWAL_AHEAD_DAYS = 365, 90
# Bought around this time of a former year, or will have been in so many days.
SEASON_DAYS, YEAR_DAYS = 30, 365.25
# A day that does not come.
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class _Found:
    """Contacts with a signal, since when (days since 1970) and until when it counts.

    Where it does not hold, `since` may be a day to come: it begins then. `gap` are days of silence.
    """

    name: str
    holds: np.ndarray
    since: np.ndarray
    until: np.ndarray
    gap: np.ndarray | None = None


def find_signals(
    frame: pl.DataFrame,
    days: Days,
    bought: Days,
    *,
    as_of: datetime,
    cycle: Cycle | None,
    offsets: Offsets = UTC_ALWAYS,
) -> pl.DataFrame:
    """Columns `signal`, `signal_at`, `signal_until` of each contact in the frame's order, or empty.

    `signal_gap` are the days of silence that a coming back ended; `signal_next` is when the next signal
    begins by date alone. `frame` has reason, reason_at, ends_at and created_at; `days` are days of contact,
    `bought` those with a purchase, each in order of contact and day, contacts by their place in the
    frame. With a `cycle` who is due, or overdue, since the last purchase has a signal too. Days are those of
    the account's clock, as `offsets` say, and moments their beginning.
    """
    today = int(offsets.days(np.array([int(as_of.timestamp() * 1000)]))[0])
    made = frame["created_at"].fill_null(as_of).dt.epoch("ms").to_numpy().astype(np.int64)
    born = offsets.days(made)
    people = frame.height
    # The weightiest comes last, so that of several it is the one that stands.
    found: tuple[Callable[[], _Found], ...] = (
        lambda: _season(bought, people, today),
        lambda: _renewal(frame, today),
        lambda: _due(bought, people, today, cycle),
        lambda: _came_back(days, born, today),
    )
    code = np.full(people, len(SIGNALS), dtype=np.uint8)
    since, until = np.zeros(people, dtype=np.int32), np.zeros(people, dtype=np.int32)
    gap, ahead = np.zeros(people, dtype=np.int32), _next_season(bought, people, today)
    for find in found:
        signal = find()
        code[signal.holds] = SIGNALS.index(signal.name)
        since[signal.holds] = signal.since[signal.holds]
        until[signal.holds] = signal.until[signal.holds]
        gap = gap if signal.gap is None else signal.gap
        ahead = np.minimum(ahead, np.where(signal.since > today, signal.since, _NEVER))
    known = pl.Series(code < len(SIGNALS))
    return pl.select(
        signal=pl.when(known).then(pl.Series(code)),
        signal_at=pl.when(known).then(_moment(since, offsets)),
        signal_until=pl.when(known).then(_moment(until, offsets)),
        signal_gap=pl.when(pl.Series(code == SIGNALS.index(CAME_BACK))).then(pl.Series(gap)),
        signal_next=pl.when(pl.Series(ahead < _NEVER)).then(_moment(ahead, offsets)),
    ).with_columns(pl.col("signal").cat.to(SIGNAL))


def _moment(day: np.ndarray, offsets: Offsets) -> pl.Series:
    at = day.astype(np.int64) * DAY_MS - offsets.at(day.astype(np.int64))
    return pl.Series(at).cast(pl.Datetime("ms", "UTC"))


def _came_back(days: Days, born: np.ndarray, today: int) -> _Found:
    """In touch within the last week, after a silence of 90 days or more."""
    people = len(born)
    recent = np.flatnonzero(days.day > today - CAME_BACK_DAYS)
    person = days.person[recent].astype(np.int32)
    opening = recent[np.flatnonzero(np.diff(person, prepend=-1))]
    who = days.person[opening].astype(np.int32)
    earlier = np.where(
        (opening > 0) & (days.person[opening - 1] == who), days.day[opening - 1], born[who]
    )
    gap = np.zeros(people, dtype=np.int32)
    gap[who] = days.day[opening] - earlier
    back = gap[who] >= SILENCE_DAYS
    holds = np.zeros(people, dtype=np.bool_)
    since = np.zeros(people, dtype=np.int32)
    holds[who[back]] = True
    since[who] = days.day[opening]
    return _Found(CAME_BACK, holds, since, since + CAME_BACK_DAYS, gap)


def _due(bought: Days, people: int, today: int, cycle: Cycle | None) -> _Found:
    """Due again by the account's cycle, from its earliest day to its last."""
    last = np.full(people, -1, dtype=np.int32)
    last[bought.person] = bought.day  # in order of day: the last one stands
    nothing = np.zeros(people, dtype=np.int32)
    if cycle is None:
        return _Found(DUE, np.zeros(people, dtype=np.bool_), nothing, nothing)
    since, until = last + int(cycle.min), last + int(cycle.max)
    return _Found(DUE, (last >= 0) & (since <= today) & (today < until), since, until)


def _renewal(frame: pl.DataFrame, today: int) -> _Found:
    """A contract or warranty of theirs ends within 90 days, or a competitor's yearly contract that they signed."""
    signed = frame["reason_at"].dt.epoch("d").fill_null(today).to_numpy().astype(np.int32)
    rival = (frame["reason"].eq_missing(COMPETITOR) & frame["reason_at"].is_not_null()).to_numpy()
    # The first anniversary to come: on the day of one, the next.
    ends = signed + ((today - signed) // CONTRACT_DAYS + 1) * CONTRACT_DAYS
    stated = frame["ends_at"].dt.epoch("d").fill_null(-1).to_numpy().astype(np.int32)
    coming = stated > today
    ends = np.where(coming & ~(rival & (ends < stated)), stated, ends)
    near = (rival | coming) & (ends - today <= RENEWAL_AHEAD_DAYS)
    return _Found(RENEWAL, near, np.where(rival | coming, ends - RENEWAL_AHEAD_DAYS, 0), ends)


def _season(bought: Days, people: int, today: int) -> _Found:
    """Bought in a former year at the time of year that the next 30 days are."""
    ago = today - bought.day.astype(np.int32)
    ahead = np.ceil(ago / YEAR_DAYS) * YEAR_DAYS - ago
    near = (ago > YEAR_DAYS / 2) & (ahead <= SEASON_DAYS)
    person, until = bought.person[near].astype(np.int32), np.full(people, 0, dtype=np.int32)
    np.maximum.at(until, person, (today + ahead[near]).astype(np.int32) + 1)
    return _Found(SEASON, until > today, until - SEASON_DAYS - 1, until)


def _next_season(bought: Days, people: int, today: int) -> np.ndarray:
    """The day on which the season of a former purchase begins next, of each contact."""
    ago = today - bought.day.astype(np.int32)
    # What was bought today is in season again in a year, not now.
    ahead = (np.floor(ago / YEAR_DAYS) + 1) * YEAR_DAYS - ago
    later = ahead > SEASON_DAYS
    begins = today + np.ceil(ahead[later] - SEASON_DAYS).astype(np.int32)
    first = np.full(people, _NEVER, dtype=np.int32)
    np.minimum.at(first, bought.person[later], begins)
    return first
