"""How somebody's chance of an answer has moved, as a line of steps: places in percent, and one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile, pairwise

from cards import words
from core.wording import gettext
from scoring.over_time import in_100

HEIGHT = 64
# Of more steps than this the latest are drawn: a line of so many is no line any more.
MOST = 120


@dataclass(frozen=True, slots=True)
class Level:
    """A stretch without a change, from `start` to `end` in percent of the width; `y` is from above."""

    start: float
    end: float
    y: float


@dataclass(frozen=True, slots=True)
class Rise:
    """Where one level turns into another."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Course:
    """The line, the day that it begins on, and the sentence that says the same."""

    levels: Sequence[Level]
    rises: Sequence[Rise]
    since: str
    sentence: str


def course_of(
    steps: Sequence[tuple[datetime, float | None]],
    chance: float | None,
    scored_at: datetime,
) -> Course | None:
    """The course of a chance from its steps to today's; None where it has not moved, or nothing is foretold today."""
    last = in_100(chance)
    if last is None:
        return None
    known = [(at, in_100(value)) for at, value in (*steps[-MOST:], (scored_at, chance))]
    # The line begins where something was foretold.
    known = list(dropwhile(lambda step: step[1] is None, known))
    first_at, last_at = known[0][0], known[-1][0]
    whole = (last_at - first_at).total_seconds()
    if whole <= 0:
        return None
    foretold = [value for _, value in known if value is not None]
    most = max(foretold) or 1
    levels: list[Level] = []
    rises: list[Rise] = []
    for (at, value), (until, following) in pairwise(known):
        start, end = (100 * (m - first_at).total_seconds() / whole for m in (at, until))
        if value is None:
            continue
        levels.append(Level(start, end, _y(value, most)))
        if following not in {None, value}:
            ys = sorted((_y(value, most), _y(following or 0, most)))
            rises.append(Rise(end, ys[0], ys[1]))
    since = words.day(first_at)
    told = {
        "first": foretold[0],
        "since": since,
        "last": last,
        "least": min(foretold),
        "most": most,
    }
    return Course(
        levels,
        rises,
        since,
        gettext(
            "%(first)s in 100 on %(since)s, %(last)s in 100 today; between %(least)s and %(most)s meanwhile."
        )
        % told,
    )


def _y(value: int, most: int) -> float:
    return 2 + (HEIGHT - 4) * (1 - value / most)
