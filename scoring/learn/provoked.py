"""Which days of contact our own messages brought about: they must not teach who comes back by themselves.

After a message out of the blue more people get in touch than after as long a silence without one. How many more,
by the days since the message, is what messages bring about; of each contact so the share is known that would not have
come. That many, drawn by lot, are left out with what followed on them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.features.timeline import Floats, Ints, Timeline, in_order_of_content, mixed

# Contacts that lie closer together are one conversation; a message within it is no message out of the blue.
_TALK = 14.0
#: Days since a message and days of silence, each up to the next edge.
_SINCE = (1.0, 3.0, 7.0, 14.0, 30.0, 60.0)
_QUIET = (30.0, 60.0, 90.0, 180.0, 365.0)
_LOOKED_AT, _PEOPLE, _ROUNDS = 730, 1_500, 400
# So many people's days at a time stay in the caches.
_BLOCK = 200
# Messages beyond this share of all silent days leave too little to compare with.
_LEAST_ALONE = 0.1
# So many contacts after messages, or so many times as counts scatter, say nothing.
_LUCK = 3.0


@dataclass(frozen=True, slots=True)
class Provoked:
    """Contacts a day after silence: `alone` by the silence, `more` by the days since a message; all 0 for none."""

    alone: tuple[float, ...]
    more: tuple[float, ...]

    def share(self, quiet: Floats, since: Floats) -> Floats:
        """The share of contacts after such silences and messages that would not have come; shape of both."""
        more = np.append(self.more, 0.0)[np.searchsorted(_SINCE, since)]
        alone = np.array(self.alone)[np.searchsorted(_QUIET, quiet)]
        return np.asarray(more / np.maximum(more + alone, 1e-12))


def untouched(line: Timeline, sent: Timeline, today: float, found: Provoked) -> Timeline:
    """The record as it would be had nobody been written to; `sent` are the days of our messages to the same people."""
    if not len(sent.day) or not len(line.day) or not any(found.more):
        return line
    opening, quiet, since = _talks(line, sent)
    gone = np.zeros(len(line.day), dtype=np.bool_)
    # Drawn by the days themselves, so that a score stays what it is tomorrow and in any order of rows.
    key = np.rint(line.day[opening] + today).astype(np.int64) * 40_009
    key += np.rint(line.birth[line.person[opening]] + today).astype(np.int64)
    luck = (mixed(key.view(np.uint64)) >> np.uint64(11)).astype(np.float64) / 2.0**53
    gone[opening] = luck < found.share(quiet, since)
    # What followed in the same conversation goes with its beginning.
    gone = gone[opening][np.cumsum(opening) - 1]
    return Timeline(line.person[~gone], line.day[~gone], line.birth)


def fit_provoked(line: Timeline, sent: Timeline) -> Provoked:
    """What a record shows of it; nothing where there are no messages, or no silence without them."""
    nothing = Provoked((0.0,) * (len(_QUIET) + 1), (0.0,) * len(_SINCE))
    if not len(sent.day) or not len(line.day):
        return nothing
    chosen = _written_to(line, sent)
    line, sent = line.only(chosen), sent.only(chosen)
    most = int(min(line.reach, _LOOKED_AT)) + 1
    tables = [
        _table(part, theirs, most)
        for part, theirs in zip(line.blocks(_BLOCK), sent.blocks(_BLOCK), strict=True)
    ]
    if not tables:
        return nothing
    days, came = (np.sum(part, axis=0) for part in zip(*tables, strict=True))
    return _attributed(days, came) or nothing


def _written_to(line: Timeline, sent: Timeline) -> Ints:
    """Some people who were ever written to: only their silences are alike before and after."""
    some = np.bincount(sent.person, minlength=line.people) > 0
    order = in_order_of_content(line)
    return order[some[order]][:_PEOPLE]


def _talks(line: Timeline, sent: Timeline) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Which days open a conversation; for each of these the silence before it, and the days since a message in it."""
    day = line.day.astype(np.float64)
    first = np.ones(len(day), dtype=np.bool_)
    first[1:] = line.person[1:] != line.person[:-1]
    before = np.where(first, line.birth[line.person], np.concatenate([[0.0], day[:-1]]))
    quiet = day - before
    opening = first | (quiet > _TALK)
    quiet, before = quiet[opening], before[opening]
    # The first message of this silence that came out of the blue is looked for from the last one on.
    far = np.float64(1 << 20)
    key = sent.person * far + sent.day
    place = np.searchsorted(key, line.person[opening] * far + day[opening], side="right") - 1
    inside = (
        (place >= 0) & (sent.person[place] == line.person[opening])
        if len(key)
        else np.zeros(0, dtype=np.bool_)
    )
    last = np.where(inside, sent.day[place], -np.inf)
    since = np.where(last > before + _TALK, day[opening] - last, np.inf)
    # Somebody's very first day is how they became known, whoever wrote to them.
    since[first[opening] & (quiet == 0)] = np.inf
    return opening, quiet, since


def _table(line: Timeline, sent: Timeline, most: int) -> tuple[Floats, Floats]:
    """Silent days of the last `most` by silence and days since a message; on how many a conversation began."""
    shape = (line.people, most)
    days = np.arange(1 - most, 1.0)
    last = np.full(shape, -np.inf)
    old = np.maximum(np.rint(line.day).astype(np.int64) + most - 1, 0)
    np.maximum.at(last, (line.person, old), line.day)
    born = line.birth[:, None]
    last = np.maximum(np.maximum.accumulate(last, axis=1), np.where(born <= days, born, -np.inf))
    before = np.concatenate([np.full((line.people, 1), -np.inf), last[:, :-1]], axis=1)
    quiet = days - before
    known = (born < days) & (quiet > _TALK) & np.isfinite(quiet)
    mail = np.full(shape, -np.inf)
    old = np.rint(sent.day).astype(np.int64) + most - 1
    np.maximum.at(mail, (sent.person[old >= 0], old[old >= 0]), sent.day[old >= 0])
    mail = np.maximum.accumulate(mail, axis=1)
    since = np.where(mail > before + _TALK, days - mail, np.inf)
    came = np.zeros(shape, dtype=np.bool_)
    old = np.rint(line.day).astype(np.int64) + most - 1
    came[line.person[old >= 0], old[old >= 0]] = True
    width = len(_SINCE) + 1
    cell = np.searchsorted(_QUIET, quiet[known]) * width + np.searchsorted(_SINCE, since[known])
    size = (len(_QUIET) + 1) * width
    counts = (np.bincount(cell, by, minlength=size) for by in (None, came[known]))
    spent, begun = (np.asarray(part, dtype=np.float64).reshape(-1, width) for part in counts)
    return spent, begun


def _attributed(days: Floats, came: Floats) -> Provoked | None:
    """Rates by silence, and more of them by the days since a message, that explain what came (by EM).

    The longest times since a message that take up enough of all silent days are what the rest is compared with.
    """
    total = days.sum()
    if not total or not came.sum():
        return None
    share = days.sum(axis=0) / total
    alone_from = len(share) - 1
    while alone_from > 1 and share[alone_from:].sum() < _LEAST_ALONE:
        alone_from -= 1
    alone = (came.sum(axis=1) + came.sum() / total) / (days.sum(axis=1) + 1.0) / 2
    more = (came.sum(axis=0) + 1e-9) / (days.sum(axis=0) + 1.0)
    more[alone_from:] = 0.0
    for _ in range(_ROUNDS):
        rate = np.maximum(alone[:, None] + more[None, :], 1e-15)
        by_alone = came * alone[:, None] / rate
        by_more = came * more[None, :] / rate
        # Silences of which little is known are drawn to all others.
        usual = by_alone.sum() / total
        alone = (by_alone.sum(axis=1) + 2.0) / (days.sum(axis=1) + 2.0 / max(usual, 1e-12))
        more = by_more.sum(axis=0) / np.maximum(days.sum(axis=0), 1.0)
    # A few contacts after messages are luck, and of more by as much as counts scatter.
    total_more, after = float(by_more.sum()), float(came[:, :alone_from].sum())
    if total_more < _LUCK * (1.0 + np.sqrt(max(after - total_more, 0.0))):
        return None
    return Provoked(tuple(alone.tolist()), tuple(more[:-1].tolist()))
