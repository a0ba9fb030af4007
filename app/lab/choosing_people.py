"""Made-up people for `rekindle bench choosing`: whom what reaches, whom it makes answer, and after how long."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from scoring.models.logistic import Floats

Ints = NDArray[np.int64]

CHANNELS = ("email", "sms")
BLOCKS = ("9", "12", "15", "18")
VARIANTS = ("neutral", "short")
# Segment, its track and the share of its people who answer three messages (playbooks).
SEGMENTS = (
    ("inquired", "lead", 0.20),
    ("tested", "lead", 0.22),
    ("due", "customer", 0.25),
    ("lapsed", "customer", 0.15),
)
# What the playbook plans: a channel for each touch, the first wording, the first hour.
PLAN = ("email", "sms", "email")
DAYS_AFTER = (0, 3, 7)
DECAY = np.log([1.0, 0.89, 0.72])
# People a day as the account's limits let them grow: by half each week.
FIRST_A_DAY, MOST_A_DAY, WEEKLY = 25, 100, 1.5
# Answers: 85 in 100 log-normal around so many days, the others up to ninety (N8).
MEDIAN = {"email": 1.2, "sms": 0.4}
WATCHED = 14.0  # days after the last message until nobody looks any more

KINDS = (
    "nothing_matters",
    "the_plan_is_best",
    "one_channel",
    "one_hour",
    "one_wording",
    "a_little_of_all",
    "together",
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What each option adds to the log-odds of an answer: by segment, touch, channel, block, weekday and wording."""

    adds: Floats

    def chance(self, segment: Ints, touch: Ints, option: "Menu", which: Ints) -> Floats:
        place = (segment, touch, option.channel[which], option.block[which])
        more = self.adds[(*place, option.day[which], option.variant[which])]
        return np.asarray(expit(base_of(segment, touch) + more))


def base_of(segment: Ints, touch: Ints) -> Floats:
    """The log-odds that are expected of a touch: three of them bring the share that the playbook plans with."""
    share = np.array([planned for _, _, planned in SEGMENTS])[segment]
    decay = np.exp(DECAY)
    each = -np.expm1(np.log1p(-share) * decay[touch] / decay.sum())
    return np.asarray(logit(each))


def truth_of(kind: str, rng: np.random.Generator) -> Truth:
    """One world of a kind; signs, places and sizes are drawn."""
    shape = (len(SEGMENTS), len(PLAN), len(CHANNELS), len(BLOCKS), 7, len(VARIANTS))
    adds = np.zeros(shape) + rng.normal(0.0, 0.15)
    if kind == "the_plan_is_best":
        for touch, channel in enumerate(PLAN):
            adds[:, touch, 1 - CHANNELS.index(channel)] -= 0.3
        adds[:, :, :, 1:] -= 0.15
        adds[..., 1] -= 0.15
    elif kind == "one_channel":
        adds[:, :, rng.integers(len(CHANNELS))] += 0.5
    elif kind == "one_hour":
        adds[:, :, :, rng.integers(len(BLOCKS))] += 0.3
    elif kind == "one_wording":
        adds[..., rng.integers(len(VARIANTS))] += 0.3
    elif kind == "a_little_of_all":
        for axis, spread in ((0, 0.2), (2, 0.2), (3, 0.12), (4, 0.06), (5, 0.12)):
            adds = adds + _drawn(rng, shape, (axis,), spread)
    elif kind == "together":
        for axes, spread in (((2, 3), 0.15), ((0, 2), 0.25), ((1, 2), 0.15), ((0, 3), 0.12)):
            adds = adds + _drawn(rng, shape, axes, spread)
    return Truth(adds)


def _drawn(
    rng: np.random.Generator, shape: Sequence[int], axes: Sequence[int], spread: float
) -> Floats:
    sizes = [size if axis in axes else 1 for axis, size in enumerate(shape)]
    return np.asarray(rng.normal(0.0, spread, sizes))


@dataclass(frozen=True, slots=True)
class Menu:
    """Every option of the messages of one day: by which channel, in which block of today or tomorrow, how worded."""

    message: Ints
    channel: Ints
    block: Ints
    day: Ints  # of the week
    later: Ints  # days from now
    variant: Ints


@dataclass
class People:
    """Who they are, and the luck that decides whether a message of theirs is answered and when, whoever sends it."""

    segment: Ints
    usable: NDArray[np.bool_]  # people x channels
    starts: Ints
    luck: Floats  # people x touches
    wait: Floats
    choice: Floats

    @classmethod
    def draw(cls, count: int, rng: np.random.Generator) -> "People":
        reach = rng.choice(3, count, p=(0.6, 0.25, 0.15))
        usable = np.column_stack([reach != 2, reach != 1])
        mixture, tail = rng.random((count, 3)), rng.random((count, 3))
        early = np.minimum(np.exp(1.2 * rng.standard_normal((count, 3))), 30.0)
        wait = np.where(mixture < 0.85, early, -(30.0 + 60.0 * tail))
        return cls(
            rng.integers(len(SEGMENTS), size=count),
            usable,
            _starts(count),
            rng.random((count, 3)),
            wait,
            rng.random((count, 3)),
        )


def _starts(count: int) -> Ints:
    days: list[int] = []
    day = 0
    while len(days) < count:
        days += [day] * int(min(MOST_A_DAY, FIRST_A_DAY * WEEKLY ** (day // 7)))
        day += 1
    return np.array(days[:count])
