"""Was the score right? Fitted to a record up to a day, judged on what came after, against simple rules."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.errors import Invalid
from scoring.features.timeline import Ints, Timeline, state_now, timeline
from scoring.learn.metrics import (
    Bools,
    CalibrationBin,
    Floats,
    Quality,
    calibration,
    log_loss,
    log_loss_gap,
    quality,
)
from scoring.learn.provoked import fit_provoked, untouched
from scoring.learn.returning import Returning, fit_returning
from scoring.models import bg_nbd
from scoring.models.logistic import Belief, update

# Below so many people on either side of the outcome, a difference between methods is mostly chance.
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Record:
    """Events of people: who, on which day from the calibration's end (above 0: after it), how much.

    `amount` is 0 where none is known. `birth` has the day each became known, as in a timeline. `written_to` and
    `written_on` are our messages to them, where they are on record.
    """

    person: Ints
    day: Floats
    amount: Floats
    birth: Floats
    written_to: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    written_on: Floats = field(default_factory=lambda: np.zeros(0))

    def untouched(self, today: float) -> "Record":
        """The same without what our messages brought about, as far as the past tells how much that is."""
        sent = timeline(self.written_to, self.written_on, self.birth)
        sent = Timeline(sent.person, sent.day, self.birth)
        found = fit_provoked(self.past(), sent.until(0.0)[0])
        left = untouched(timeline(self.person, self.day, self.birth), sent, today, found)
        if len(left.day) == len(self.day):
            return self
        kept = np.isin(_keys(self.person, self.day), _keys(left.person, left.day))
        return replace(self, person=self.person[kept], day=self.day[kept], amount=self.amount[kept])

    def past(self) -> Timeline:
        """What was known at the calibration's end; everybody must have been known by then."""
        known = self.day <= 0
        return timeline(self.person[known], self.day[known], self.birth)

    def spent(self, end: float) -> Floats:
        """What each had spent by `end`."""
        known = self.day <= end
        spent = np.bincount(self.person[known], self.amount[known], minlength=len(self.birth))
        return spent.astype(np.float64)

    def counts(self, horizon: float) -> Ints:
        """Days with events within `horizon` days after the calibration's end, of each."""
        after = (self.day > 0) & (self.day <= horizon)
        days = np.unique(np.column_stack([self.person[after], self.day[after]]), axis=0)
        return np.bincount(days[:, 0].astype(np.int64), minlength=len(self.birth))


def _keys(person: NDArray[np.integer], day: NDArray[np.floating]) -> Ints:
    return np.asarray((person.astype(np.int64) << 32) + np.rint(day).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Method:
    """One way to predict, its quality for all and for those quiet for 90 days or more.

    `gap` is how much more log-loss it has than ours, for all, and the standard error of that.
    """

    key: str
    label: str
    all: Quality
    quiet: Quality
    gap: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Log-losses over everybody of models that saw only `people` of them, one for each draw."""

    people: int
    log_losses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Predictions of each person (arrays in the record's order) and what became of them."""

    horizon: float
    p_return: Floats
    expected: Floats
    came: Bools
    counts: Ints
    methods: tuple[Method, ...]
    calibration: tuple[CalibrationBin, ...]
    model: Returning
    cold_start: ColdStart | None = None

    @property
    def measurable(self) -> bool:
        """Whether enough people came and enough stayed away for the figures to mean something."""
        return ENOUGH <= int(self.came.sum()) <= len(self.came) - ENOUGH


def run_backtest(
    record: Record,
    *,
    horizon: float,
    today: float,
    fit_people: int | None = None,
    draws: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Fit on the past, predict `horizon` days, compare; `today` is the end in days since 1970.

    With `fit_people` a cold start is measured too: models of so many people, drawn `draws` times.
    `tell` hears what is being done. Raises Invalid where there is nobody to learn from.
    """
    if len(record.written_to):
        record = record.untouched(today)
    past = record.past()
    if not past.people:
        raise Invalid("nobody is on record by the end of the calibration: choose a later day")
    tell("Fitting")
    model = fit_returning(past, horizon=horizon, today=today)
    tell("Predicting")
    chance, expected = model.predict(past, today)
    counts = record.counts(horizon)
    came = counts > 0
    tell("Comparing")
    quiet = state_now(past).quiet >= 90
    rivals = [
        ("rekindle", "Rekindle", chance),
        ("recency", "Recency alone", _ranked(record, horizon, _recency)),
        ("rfm", "RFM quintiles", _ranked(record, horizon, _rfm)),
        ("bg_nbd", "BG/NBD", _bg_nbd(past, horizon)),
    ]
    methods = tuple(
        Method(
            key, label, quality(came, p), quality(came[quiet], p[quiet]),
            log_loss_gap(came, chance, p),
        )
        for key, label, p in rivals
    )  # fmt: skip
    cold = None
    if fit_people is not None:
        tell("Starting cold")
        cold = _cold_start(past, came, horizon, today, fit_people, draws)
    return Backtest(
        horizon, chance, expected, came, counts, methods, calibration(came, chance), model, cold
    )


def _cold_start(
    past: Timeline, came: Bools, horizon: float, today: float, people: int, draws: int
) -> ColdStart:
    if not 0 < people <= past.people:
        raise Invalid(f"a cold start takes from 1 to {past.people} people")
    losses = []
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        chosen = np.sort(rng.choice(past.people, people, replace=False))
        model = fit_returning(past.only(chosen), horizon=horizon, today=today)
        losses.append(log_loss(came, model.p_return(past, today)))
    return ColdStart(people, tuple(losses))


Rank = Callable[[Record, Timeline, Ints, float], Floats]


def _ranked(record: Record, horizon: float, rank: Rank) -> Floats:
    """A rule that only ranks, made into chances by two numbers learnt on an earlier split (Platt).

    The split lies as far back as the horizon, or a third of the record, and its chances are carried
    to the horizon as if they were constant.
    """
    past = record.past()
    ahead = min(horizon, past.reach * 0.35)
    earlier, known = past.until(-ahead)
    if not earlier.people or ahead < 1:
        return np.full(past.people, 0.5)
    now = rank(record, past, np.arange(past.people), 0.0)
    then = rank(record, earlier, known, -ahead)
    came = (past.counts_after(-ahead, 0.0, known) > 0).astype(np.float64)
    scale = float(then.std()) or 1.0
    design = np.column_stack([np.ones(len(then)), then / scale])
    learnt = update(Belief.independent(np.zeros(2), np.full(2, 0.1)), design, came)
    share = expit(learnt.mean[0] + learnt.mean[1] * now / scale)
    return np.asarray(-np.expm1(np.log1p(-np.clip(share, 1e-6, 1 - 1e-6)) * horizon / ahead))


def _recency(_record: Record, line: Timeline, _known: Ints, _end: float) -> Floats:
    return -np.log1p(state_now(line).quiet)


def _rfm(record: Record, line: Timeline, known: Ints, end: float) -> Floats:
    """The sum of quintiles of recency, frequency and money."""
    state = state_now(line)
    return sum(
        (_quintile(part) for part in (-state.quiet, state.x, record.spent(end)[known])),
        start=np.zeros(line.people),
    )


def _quintile(values: Floats) -> Floats:
    edges = np.quantile(values, [0.2, 0.4, 0.6, 0.8])
    return np.searchsorted(edges, values, side="right").astype(np.float64)


def _bg_nbd(past: Timeline, horizon: float) -> Floats:
    """The textbook model, whose P(alive) is 1 for all who came once: shown as a warning."""
    state = state_now(past)
    try:
        params = bg_nbd.fit(state.x, state.t_x, state.age).params
    except Invalid:
        return np.full(past.people, float(expit(0.0)))
    return bg_nbd.p_return(params, state.x, state.t_x, state.age, horizon)
