"""Which channel, hour and wording a message goes out with: learnt from an account's own messages and their answers.

One Bayesian logistic model of whether a message is answered, over channel, part of the day, number of the touch,
wording and kind of person. Every coefficient is shrunk towards what is believed beforehand, and what holds of one
playbook or segment towards what holds of all: the account's few messages tell of all of them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.special import expit

from scoring.learn.delays import USUAL_DELAYS, Delays, Texts, fit_delays
from scoring.learn.pooled import CHOICES
from scoring.models.logistic import Belief, Floats, update

# Text columns by name; those of CHOICES, one entry for each message or option.
Columns = Mapping[str, Sequence[str] | Texts]

# Of few people's messages nearly all are the best there is, and few are drawn from what is believed (Thompson 1933);
# of ever more people ever more are drawn, and what is drawn comes to be the best (reactivation C11).
FEW_PEOPLE, MANY_PEOPLE = 500, 3_000
LEAST_DRAWN, MOST_DRAWN = 0.05, 0.5
# The best is the plan unless something else is better at least so likely.
SURE = 0.75
_DRAWS = 256
# Beliefs are drawn closer to their mean than they are: tries less, and errs less (Chapelle and Li 2011).
_SPREAD = 0.5
_ROUNDS = 3
# Of messages of a channel, the share after which people opt out until an account has its own, which counts as much
# as this after so many messages.
OPT_OUTS: Mapping[str, float] = {"email": 0.003, "sms": 0.009}
_USUAL_COUNTS = 500.0


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages that went out: `columns` of CHOICES, and what came of each.

    `person` tells whose round it belongs to, `base` the log-odds of an answer that were expected of anything sent,
    `age` the days since, `watched` the days until the round was answered or else until nobody looked any more.
    `opted_out` marks the message after which somebody did.
    """

    columns: Columns
    person: NDArray[np.int64]
    base: Floats
    age: Floats
    watched: Floats
    answered: NDArray[np.bool_]
    opted_out: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Choosing:
    """What is believed; `keys` name the coefficients, `people` and `messages` say of how many it has been learnt.

    `opt_outs` is channel → the share of first messages after which people opt out.
    """

    keys: tuple[str, ...] = ()
    belief: Belief = field(default_factory=lambda: Belief(np.zeros(0), np.zeros((0, 0))))
    delays: Delays = USUAL_DELAYS
    people: int = 0
    messages: int = 0
    opt_outs: Mapping[str, float] = field(default_factory=lambda: OPT_OUTS)

    def over(self, keys: Sequence[str]) -> Belief:
        """The belief over these keys as well: what was never seen is believed as beforehand."""
        new = [key for key in keys if key not in set(self.keys)]
        mean = np.concatenate([self.belief.mean, [CHOICES.of(key)[0] for key in new]])
        size = len(self.keys)
        precision = np.zeros((len(mean), len(mean)))
        precision[:size, :size] = self.belief.precision
        for place, key in enumerate(new, start=size):
            precision[place, place] = CHOICES.of(key)[1] ** -2.0
        return Belief(mean, precision)


def learn(sent: Sent) -> Choosing:
    """What an account's messages teach, from what is believed beforehand.

    A message of two days ago that nobody answered is no refusal yet: it counts as far as answers have come by that
    age. An answer belongs to the messages before it by how likely each is to have brought it just then.
    """
    keys, design = design_of(sent.columns)
    prior = Choosing().over(keys)
    channel = np.asarray(sent.columns["channel"], dtype=np.str_)
    delays, belief = USUAL_DELAYS, prior
    for _ in range(_ROUNDS):
        chance = expit(design @ belief.mean + sent.base)
        likely = sent.answered * chance * delays.density(channel, sent.watched)
        whole = np.bincount(sent.person, likely)[sent.person]
        credit = np.divide(likely, whole, out=np.zeros_like(whole), where=whole > 0)
        delays = fit_delays(channel, sent.watched, sent.age, credit)
        weight = credit + (1.0 - credit) * delays.come_by(channel, sent.watched)
        outcome = np.divide(credit, weight, out=np.zeros_like(credit), where=weight > 0)
        belief = update(prior, design, outcome, weights=weight, offset=sent.base)
    opt_outs = {c: _opt_outs(c, channel, sent.opted_out) for c in sorted({*OPT_OUTS, *channel})}
    people = len(np.unique(sent.person))
    return Choosing(keys, belief, delays, people, len(sent.base), opt_outs)


def _opt_outs(channel: str, channels: Texts, opted_out: NDArray[np.bool_]) -> float:
    """The share after whose message people opt out: the account's own beside the usual one of the first messages."""
    mine = channels == channel
    usual = OPT_OUTS.get(channel, max(OPT_OUTS.values()))
    return float((opted_out[mine].sum() + usual * _USUAL_COUNTS) / (mine.sum() + _USUAL_COUNTS))


def design_of(columns: Columns, keys: Sequence[str] = ()) -> tuple[tuple[str, ...], Floats]:
    """The matrix of 0 and 1 that says which coefficient counts in each row: those of `keys`, then what is new."""
    rows = len(columns["channel"])
    arrays = {name: np.asarray(columns[name], dtype=np.str_) for name in CHOICES.columns}
    place_of = {key: place for place, key in enumerate(keys)}
    held: list[NDArray[np.int64]] = []
    for family in CHOICES.families:
        values, back = np.unique(_joined(arrays, family.columns, rows), return_inverse=True)
        places = [place_of.setdefault(f"{family.key}={v}", len(place_of)) for v in values]
        held.append(np.array(places, np.int64)[back.reshape(rows)])
    design = np.zeros((rows, len(place_of)))
    for places_of_rows in held:
        design[np.arange(rows), places_of_rows] = 1.0
    return tuple(place_of), design


def _joined(arrays: Mapping[str, Texts], names: Sequence[str], rows: int) -> Texts:
    if not names:
        return np.full(rows, "")
    whole = arrays[names[0]]
    for name in names[1:]:
        whole = np.char.add(np.char.add(whole, "|"), arrays[name])
    return whole


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen for some messages: `columns` of CHOICES, one entry for each option.

    `message` is the place of the message an option belongs to, 0 to the last in order; the first option of each is
    the plan's. `less` is what an option's own cost takes from its log-odds. `luck` is a number between 0 and 1 for
    each message, which decides.
    """

    columns: Columns
    message: NDArray[np.int64]
    less: Floats
    luck: Floats


@dataclass(frozen=True, slots=True)
class Chosen:
    """For each message the place of its option, with which chance that came out, and the place of the best.

    `adds` is what each option is believed to add to the log-odds of an answer.
    """

    option: NDArray[np.int64]
    best: NDArray[np.int64]
    propensity: Floats
    adds: Floats


def choose(model: Choosing, options: Options) -> Chosen:
    """One option of each message, drawn by recorded chances: the best that is known, or one to learn from."""
    kinds, back = _kinds(options.columns)
    every, _ = design_of(kinds, model.keys)
    belief = model.over(every)
    _, design = design_of(kinds, every)
    mean, off = design @ belief.mean, _draws(belief, design)
    share = _drawn_share(model.people)
    first = np.flatnonzero(np.diff(options.message, prepend=-1))
    ends = np.append(first[1:], len(back))
    option, best = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    propensity = np.zeros(len(first))
    known: dict[bytes, tuple[int, Floats]] = {}
    for place, (begin, end) in enumerate(zip(first, ends, strict=True)):
        mine, less = back[begin:end], options.less[begin:end]
        same = mine.tobytes() + less.tobytes()
        if same not in known:
            known[same] = _chances(mean[mine] - less, off[:, mine], share)
        top, chances = known[same]
        told = int(np.searchsorted(np.cumsum(chances), options.luck[place], side="right"))
        told = min(told, end - begin - 1)
        option[place], best[place], propensity[place] = begin + told, begin + top, chances[told]
    return Chosen(option, best, propensity, mean[back])


def _chances(gain: Floats, off: Floats, share: float) -> tuple[int, Floats]:
    """The best option, the plan's where none is surely better, and the chances with which each is chosen.

    `off` is how far from `gain` each may truly be, one row for each draw.
    """
    best = int(gain.argmax())
    if best and (gain[best] + off[:, best] > gain[0] + off[:, 0]).mean() < SURE:
        best = 0
    wins = np.bincount((gain + _SPREAD * off).argmax(axis=1), minlength=len(gain))
    chances = share * wins / len(off)
    chances[best] += 1.0 - share
    return best, chances


def _kinds(columns: Columns) -> tuple[dict[str, Texts], NDArray[np.int64]]:
    """The different rows, and the place of each row among them: many people are of one kind."""
    arrays = {name: np.asarray(columns[name], dtype=np.str_) for name in CHOICES.columns}
    rows = len(columns["channel"])
    _, first, back = np.unique(
        _joined(arrays, CHOICES.columns, rows), return_index=True, return_inverse=True
    )
    return {name: values[first] for name, values in arrays.items()}, back.reshape(rows)


def _draws(belief: Belief, design: Floats) -> Floats:
    """How far the rows' log-odds may be from their mean, of shape (draws, rows); always the same of one belief."""
    noise = np.random.default_rng(0).standard_normal((len(belief.mean), _DRAWS))
    factor = cholesky(belief.precision, lower=True)
    spread = solve_triangular(factor, noise, lower=True, trans="T")
    return np.asarray((design @ spread).T)


def _drawn_share(people: int) -> float:
    """The share of choices that are drawn from what is believed, by how many people have taught it."""
    far = np.clip((people - FEW_PEOPLE) / (MANY_PEOPLE - FEW_PEOPLE), 0.0, 1.0)
    return float(LEAST_DRAWN + far * (MOST_DRAWN - LEAST_DRAWN))
