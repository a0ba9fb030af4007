"""P(comes back by itself): four ways to foretell, blended on the log-odds, trusted as far as the past allows.

The rhythm knows little and is never far off, hazards learn from the account's own past, a renewal knows when
people are due. The blend starts at usual shares and moves by forward chaining alone: all are fitted to the record as it
stood earlier and judged on what came after. Nothing is ever shuffled, for shuffled validation lies about
people who change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from core.errors import Invalid
from scoring.features.timeline import Ints, Timeline, in_order_of_content, state_now
from scoring.learn.due import Due, fit_due, since
from scoring.learn.hazard import Hazard, fit_hazard, p_returns
from scoring.learn.pace import Pace, fit_pace
from scoring.learn.rhythm import PUBLISHED, Rhythm, fit_rhythm
from scoring.learn.stacking import Foretold, learn_shares, learn_shift
from scoring.models.cycle import Cycle
from scoring.models.logistic import Floats

#: The ways to foretell.
WAYS = ("rhythm", "led", "free", "due")
# Free hazards and renewals start from nothing: before an account's record says otherwise they have these shares of the
# log-odds where many people taught them, and half of that with so many. The rest is the rhythm's and the led hazards'.
_FREE, _DUE, _TAUGHT = 0.15, 0.1, 1_000.0
_RHYTHM = 0.27
#: So many people are enough to learn from.
ENOUGH_PEOPLE = 25_000
_CHAINED = 8_000
# Person-periods are enough when there are this many; more would cost time and tell little.
_ROWS, _CHAINED_ROWS = 80_000, 24_000
_BLOCK = 1 << 15
# A step of the free hazard is no longer, where dates allow it.
_SHORT = 60.0
# The past is foretold from so many earlier moments.
_ORIGINS = 3


@dataclass(frozen=True, slots=True)
class Returning:
    """A fitted model of returning within `horizon` days; `shares` are those of WAYS.

    `shift` moves the log-odds by what matured predictions showed. Everything but the horizon is in running time.
    """

    horizon: float
    pace: Pace
    rhythm: Rhythm
    led: tuple[Hazard, ...] = ()
    free: tuple[Hazard, ...] = ()
    due: Due | None = None
    shares: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    shift: float = 0.0

    @property
    def told(self) -> dict[str, float]:
        """How much each kind of model is trusted."""
        rhythm, led, free, due = self.shares
        return {"rhythm": rhythm, "hazards": led + free, "renewal": due}

    def p_return(self, line: Timeline, today: float, visits: Timeline | None = None) -> Floats:
        """P(at least one day of contact within the horizon from `today` on) of everybody, shape (people,).

        `visits` are those that come due, of the same people; without it all days of contact are.
        """
        chances = [
            self.chance(part, today, theirs)
            for part, theirs in zip(line.blocks(_BLOCK), _blocks(visits), strict=False)
        ]
        return np.concatenate(chances) if chances else np.zeros(0)

    def chance(self, line: Timeline, today: float, visits: Timeline | None = None) -> Floats:
        """The same for a few people at once."""
        said = self.said(line, today, visits)
        return np.asarray(expit(said @ np.array(self.shares) + self.shift))

    def predict(self, line: Timeline, today: float) -> tuple[Floats, Floats]:
        """P(contact) and expected days of contact within the horizon, each of shape (people,).

        The rhythm says how many contacts there are where there is any; the blend says whether.
        """
        chance = self.p_return(line, today)
        state, ahead = state_now(self.pace.run(line, today)), self._ahead(today)
        alone = np.maximum(self.rhythm.p_return(state, ahead), 1e-9)
        return chance, chance * np.maximum(self.rhythm.expected(state, ahead) / alone, 1.0)

    def said(self, line: Timeline, today: float, visits: Timeline | None = None) -> Floats:
        """Log-odds by each of WAYS, shape (people, ways); who can't tell says what the rhythm says."""
        run, ahead = self.pace.run(line, today), self._ahead(today)
        state = state_now(run, self._fading())
        by_rhythm = _logit(self.rhythm.p_return(state, ahead))
        found = p_returns((*self.led, *self.free), self.rhythm, state, ahead)
        odds = [_logit(chance) for chance in found]
        columns = [
            by_rhythm,
            *(
                _mean(part) if part else by_rhythm
                for part in (odds[: len(self.led)], odds[len(self.led) :])
            ),
            by_rhythm,
        ]
        if self.due is not None:
            at = since(run if visits is None else self.pace.run(visits, today))
            columns[-1] = _or(_logit(self.due.p_return(at, ahead)), by_rhythm)
        return np.column_stack(columns)

    def _ahead(self, today: float) -> float:
        return max(self.pace.ahead(today, self.horizon), 0.5)

    def _fading(self) -> tuple[float, ...]:
        return (self.led or self.free)[0].fading if self.led or self.free else ()


def _blocks(visits: Timeline | None) -> Iterator[Timeline | None]:
    if visits is not None:
        yield from visits.blocks(_BLOCK)
        return
    while True:
        yield None


def _mean(columns: list[Floats]) -> Floats:
    return np.asarray(sum(columns) / len(columns))


def _or(said: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isnan(said), otherwise, said)


@dataclass(frozen=True, slots=True)
class _Task:
    """What is to be foretold, of whom, and what is known of their cycle; `visits` are those that come due."""

    line: Timeline
    horizon: float
    today: float
    visits: Timeline | None
    cycle: Cycle | None

    def earlier(self, back: float, ahead: float) -> "tuple[_Task, Ints]":
        """The same as it stood `back` days ago, for `ahead` days; and who was known."""
        line, known = self.line.until(-back)
        visits = self.visits.until(-back)[0] if self.visits else None
        return _Task(line, ahead, self.today - back, visits, self.cycle), known

    def some(self, most: int) -> "_Task":
        if self.line.people <= most:
            return self
        few = np.arange(most)  # they stand in no order that means anything
        visits = self.visits.only(few) if self.visits else None
        return replace(self, line=self.line.only(few), visits=visits)


def fit_returning(
    line: Timeline,
    *,
    horizon: float,
    today: float,
    visits: Timeline | None = None,
    cycle: Cycle | None = None,
) -> Returning:
    """Learn from a record up to `today` (days since 1970) who comes back within `horizon` days.

    `visits` are those that come due, where not all days of contact are, of the same people and births. Raises
    Invalid where there is nobody on record or the horizon is not positive.
    """
    if not line.people:
        raise Invalid("there is nobody on record to learn from")
    if horizon <= 0:
        raise Invalid("the horizon must be at least one day")
    drawn = in_order_of_content(line)[:ENOUGH_PEOPLE]
    theirs = None if visits is None else visits.only(drawn)
    task = _Task(line.only(drawn), horizon, today, theirs, cycle)
    pace = fit_pace(task.line, today)
    model = _fit(task, pace, _ROWS)
    periods = _chained_forward(task.some(_CHAINED), pace)
    shares = learn_shares(usual_shares(task.line.people), periods)
    return replace(model, shares=tuple(shares.tolist()), shift=learn_shift(shares, periods))


def usual_shares(people: int) -> Floats:
    """The share of each of WAYS before any of them was put to the test."""
    taught = people / (people + _TAUGHT)
    free, due = _FREE * taught, _DUE * taught
    left = 1.0 - free - due
    return np.array([_RHYTHM * left, (1.0 - _RHYTHM) * left, free, due])


def starting_model(horizon: float) -> Returning:
    """What is believed of people of whom there is no record at all."""
    return Returning(horizon, Pace(), Rhythm(1.0, PUBLISHED))


def _fit(task: _Task, pace: Pace, rows: int) -> Returning:
    """All ways; how far each is trusted is learnt apart."""
    run = pace.run(task.line, task.today)
    ahead = max(pace.ahead(task.today, task.horizon), 0.5)
    rhythm = fit_rhythm(state_now(run), pace.grid if pace.is_coarse else None)
    least = max(1.0, pace.grid)
    led = tuple(
        fit_hazard(_few(run, rows // periods), rhythm, step=step, periods=periods, horizon=ahead)
        for step, periods in _ladder(ahead, run.reach, least)
    )
    free = tuple(
        fit_hazard(_few(run, rows // periods), None, step=step, periods=periods, horizon=ahead)
        for step, periods in _whole(ahead, run.reach, least)
    )
    visits = run if task.visits is None else pace.run(task.visits, task.today)
    due = fit_due(visits, task.cycle)
    return Returning(task.horizon, pace, rhythm, led, free, due)


def _few(run: Timeline, most: int) -> Timeline:
    most = max(most, 1_000)
    return run if run.people <= most else run.only(np.arange(most))


def _ladder(horizon: float, reach: float, least: float) -> list[tuple[float, int]]:
    """Steps and numbers of periods: from the whole horizon at once down to short steps.

    Long steps need little extrapolation, short ones fit short records; together they err less than
    any alone. The oldest part of a record, when few were known, is left out.
    """
    usable = 0.7 * reach
    cuts = {1, 2, min(int(np.ceil(6 * horizon / max(usable, 1.0))), 26)}
    ladder = {}
    for cut in sorted(cuts):
        step = min(max(horizon / cut, least), horizon)
        periods = max(1, min(int(usable // step), 3 * cut))
        if periods * step <= 0.85 * reach:
            ladder[step] = periods
    return list(ladder.items())


def _whole(horizon: float, reach: float, least: float) -> list[tuple[float, int]]:
    """One short step over the whole of the record."""
    step = horizon / 2
    while step > max(_SHORT, 2 * least) or step > reach / 8 > least:
        step /= 2
    step = min(max(step, least), horizon)
    periods = min(int(0.9 * reach // step), 60)
    return [(step, periods)] if periods >= 2 else []


def _chained_forward(task: _Task, pace: Pace) -> list[Foretold]:
    """What all ways would have said at earlier moments, and who came."""
    reach = task.line.reach
    ahead = min(task.horizon, 0.35 * reach)
    if ahead < 0.9 * max(1.0, pace.grid):
        return []
    found = []
    for i in range(_ORIGINS):
        back = ahead * (1.0 + 0.5 * i)
        if i and back > 0.5 * reach:
            break
        past, known = task.earlier(back, ahead)
        if not past.line.people or not len(past.line.day):
            break
        model = _fit(past, pace, _CHAINED_ROWS)
        came = task.line.counts_after(-back, ahead - back, known) > 0
        found.append(Foretold(model.said(past.line, past.today, past.visits), came))
    return found


def _logit(chance: Floats) -> Floats:
    inside = np.clip(chance, 1e-7, 1 - 1e-7)
    return np.asarray(np.log(inside / (1.0 - inside)))
