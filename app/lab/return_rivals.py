"""What the score of coming back is measured against: three models of repeat buying, a plain hazard, a naive season."""

from types import ModuleType

import numpy as np

from core.errors import Invalid
from scoring.features.timeline import Floats, Ints, State, Timeline, Walk, state_now
from scoring.models import bg_nbd, mbg_nbd, pareto_nbd
from scoring.models.logistic import Belief, update

_SOME, _ROWS, _PERIODS = 20_000, 200_000, 40
_MONTH, _YEAR = 30.0, 365.0
# A naive rule's cells of silence, and how many people's worth of the mean each is drawn to.
_QUIET, _DRAWN = (30, 90, 180, 365, 730), 5.0


def rivals(line: Timeline, horizon: float) -> dict[str, Floats]:
    """P(comes back within `horizon` days) of everybody by each of them that the record allows."""
    found = {
        "BG/NBD": _repeat_buying(bg_nbd, line, horizon),
        "MBG/NBD": _repeat_buying(mbg_nbd, line, horizon),
        "Pareto/NBD": _repeat_buying(pareto_nbd, line, horizon),
        "hazard logistic": _hazard(line, horizon),
        "seasonal naive": _seasonal(line, horizon),
    }
    return {name: chance for name, chance in found.items() if chance is not None}


def _some(line: Timeline) -> Timeline:
    if line.people <= _SOME:
        return line
    return line.only(np.linspace(0, line.people - 1, _SOME).astype(np.int64))


def _repeat_buying(model: ModuleType, line: Timeline, horizon: float) -> Floats | None:
    """One of the closed-form models, fitted to some people and told of all; None where it can't be fitted."""
    s, now = state_now(_some(line)), state_now(line)
    try:
        params = model.fit(s.x, s.t_x, s.age).params
    except Invalid:
        return None
    chances: Floats = model.p_return(params, now.x, now.t_x, now.age, horizon)
    return chances


def _hazard(line: Timeline, horizon: float) -> Floats | None:
    """A pooled logistic model over the months of the whole record, rolled forward."""
    steps = max(1, round(horizon / min(_MONTH, horizon)))
    step = horizon / steps
    some = _some(line)
    walk, designs, outcomes = Walk(some, ()), [], []
    for j in range(min(int(line.reach * 0.85 // step), _PERIODS), 0, -1):
        at = -j * step
        known = np.flatnonzero(some.birth <= at)
        if len(known):
            walk.to(at)
            designs.append(_plain(walk.state(known), step))
            outcomes.append(some.counts_after(at, at + step, known) > 0)
    if not designs:
        return None
    design, outcome = np.concatenate(designs), np.concatenate(outcomes).astype(np.float64)
    if len(outcome) > _ROWS:
        kept = np.random.default_rng(0).choice(len(outcome), _ROWS, replace=False)
        design, outcome = design[kept], outcome[kept]
    terms = design.shape[1]
    mean = update(Belief.independent(np.zeros(terms), np.full(terms, 0.01)), design, outcome).mean
    now = state_now(line)
    stays = np.zeros(len(now))
    for i in range(steps):
        stays -= np.logaddexp(0.0, _plain(now.later(i * step, ()), step) @ mean)
    return np.asarray(-np.expm1(stays))


def _plain(state: State, step: float) -> Floats:
    quiet, repeats = np.log1p(state.quiet / step), np.log1p(state.x)
    age, none = np.log1p(state.age / step), (state.x == 0).astype(np.float64)
    return np.column_stack(
        [
            np.ones(len(state)),
            quiet,
            repeats,
            none,
            0.3 * quiet**2,
            quiet * repeats,
            quiet * none,
            age,
        ]
    )


def _seasonal(line: Timeline, horizon: float) -> Floats | None:
    """The share of people of like silence and number of visits who came in the same days a year ago."""
    back = _YEAR if line.reach >= _YEAR + _MONTH else min(horizon, line.reach * 0.4)
    past, known = line.until(-back)
    if not past.people:
        return None
    days = min(horizon, back)
    came = line.counts_after(-back, days - back, known) > 0
    cell, cells = _cells(state_now(past)), 3 * (len(_QUIET) + 1)
    usual = came.mean()
    share = (np.bincount(cell, came, minlength=cells) + _DRAWN * usual) / (
        np.bincount(cell, minlength=cells) + _DRAWN
    )
    chance = np.clip(share[_cells(state_now(line))], 1e-6, 1 - 1e-6)
    return np.asarray(-np.expm1(np.log1p(-chance) * horizon / days))


def _cells(state: State) -> Ints:
    return np.digitize(state.quiet, _QUIET) * 3 + np.clip(state.x, 0, 2).astype(np.int64)
