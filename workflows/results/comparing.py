"""Both arms side by side: how many did what, what a start adds, and whether so few people can show it; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scoring.learn.metrics import wilson
from workflows.results.lift import (
    Counts,
    Difference,
    compare_means,
    compare_shares,
    people_needed,
    smallest_detectable,
)
from workflows.results.strata import pool

if TYPE_CHECKING:
    import polars as pl

COUNTED = (
    *("responded", "answered", "positive", "neutral", "negative"),
    *("booked", "showed", "sold", "opted_out", "complained"),
)
# What a start is asked to change: the last is the harm it does.
LIFTED = ("responded", "answered", "positive", "booked", "showed", "sold", "opted_out")
# Below so many people in an arm, or so many outcomes in both, no number says anything.
LEAST_PEOPLE, LEAST_OUTCOMES = 20, 5
# People of each arm in a stratum whose money is compared: few of them bought.
LEAST_BUYERS_AMONG = 30


class Verdict(StrEnum):
    """Whether a difference is more than chance may bring about with so many people."""

    MEASURED = "measured"
    NOT_YET = "not yet measurable"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of an arm, and the interval of their share."""

    count: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Arm:
    """What the people of an arm did; revenue is in major units of the account's currency."""

    people: int
    did: Mapping[str, Share]
    revenue: float

    @property
    def revenue_per_person(self) -> float | None:
        return self.revenue / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Lift:
    """What the started have more, per person; `smallest` is the difference that so many people can show.

    `needed` is how many people of both arms would show a difference of the size that was seen.
    """

    difference: Difference | None
    smallest: float | None
    verdict: Verdict
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group of people at one number of days; `revenue` is the lift of money per person."""

    started: Arm
    left_alone: Arm
    lifts: Mapping[str, Lift]
    revenue: Lift
    # Controls to whom somebody of the team wrote or called, or who were started after all.
    contacted_controls: int
    # Of the people above those in no stratum with both arms: they are compared with nobody.
    alone: int


def compare(people: "pl.DataFrame") -> Comparison:
    """Compare the arms of people whose outcomes are known.

    Needs the columns of a draw, COUNTED but for neutral, revenue_minor, staff_wrote and started_after_all.
    """
    held = people["held_out"].to_numpy().astype(np.bool_)
    told = {name: people[name].to_numpy().astype(np.bool_) for name in COUNTED if name != "neutral"}
    told["neutral"] = told["answered"] & ~told["positive"] & ~told["negative"]
    money = people["revenue_minor"].to_numpy().astype(np.float64) / 100
    groups, keys = _groups(people)
    stratum = pool(groups, keys, held)
    spoilt = people["staff_wrote"].to_numpy() | people["started_after_all"].to_numpy()
    return Comparison(
        started=_arm(told, money, ~held),
        left_alone=_arm(told, money, held),
        lifts={name: _lift(stratum, held, told[name]) for name in LIFTED},
        revenue=_money_lift(pool(groups, keys, held, least=LEAST_BUYERS_AMONG), held, money),
        contacted_controls=int((spoilt & held).sum()),
        alone=int((stratum < 0).sum()),
    )


def _groups(people: "pl.DataFrame") -> tuple[list[Any], list[tuple[str, ...]]]:
    """Who had the same chance to be left alone, and the cells in which they are alike."""
    groups = list(zip(people["programme"], people["share"], strict=True))
    names = ("wave_id", "track", "band", "priority")
    moments = [at.isoformat() for at in people["assigned_at"]]
    columns = [[value or "" for value in people[name]] for name in names]
    return groups, list(zip(moments, *columns, strict=True))


def _arm(
    told: Mapping[str, NDArray[np.bool_]], money: NDArray[np.float64], mine: NDArray[np.bool_]
) -> Arm:
    people = int(mine.sum())
    did = {name: share_of(int(told[name][mine].sum()), people) for name in COUNTED}
    return Arm(people, did, float(money[mine].sum()))


def share_of(count: int, people: int) -> Share:
    low, high = wilson(count, people)
    return Share(count, count / people if people else None, low, high)


def _lift(stratum: NDArray[np.int64], held: NDArray[np.bool_], did: NDArray[np.bool_]) -> Lift:
    counts = Counts.of(stratum, held, did)
    difference = compare_shares(counts)
    started, controls = int(counts.started.sum()), int(counts.controls.sum())
    # Half a person more: none of a few controls is no proof of none.
    usual = (float(counts.controls_did.sum()) + 0.5) / (controls + 1)
    smallest = smallest_detectable(started, controls, usual)
    outcomes = int(counts.started_did.sum() + counts.controls_did.sum())
    shows = (
        difference is not None
        and smallest is not None
        and abs(difference.value) >= smallest
        and _are_enough(started, controls, outcomes)
    )
    seen = abs(difference.value) if difference else 0.0
    needed = people_needed(started, controls, usual, seen)
    return Lift(difference, smallest, Verdict.MEASURED if shows else Verdict.NOT_YET, needed)


def _money_lift(
    stratum: NDArray[np.int64], held: NDArray[np.bool_], money: NDArray[np.float64]
) -> Lift:
    difference = compare_means(stratum, held, money)
    known = stratum >= 0
    started, controls = int((known & ~held).sum()), int((known & held).sum())
    shows = (
        difference is not None
        and not difference.low <= 0 <= difference.high
        and _are_enough(started, controls, int((money[known] != 0).sum()))
    )
    return Lift(difference, None, Verdict.MEASURED if shows else Verdict.NOT_YET)


def _are_enough(started: int, controls: int, outcomes: int) -> bool:
    return min(started, controls) >= LEAST_PEOPLE and outcomes >= LEAST_OUTCOMES


def standardised_difference(values: Sequence[float | None], held: Sequence[bool]) -> float | None:
    """How far the arms' means of something known before the start are apart, in standard deviations."""
    known = [(v, h) for v, h in zip(values, held, strict=True) if v is not None]
    arms = [np.array([v for v, h in known if h is arm], dtype=np.float64) for arm in (False, True)]
    if min(len(arm) for arm in arms) < 2:
        return None
    spread = float(np.sqrt(sum(arm.var(ddof=1) for arm in arms) / 2))
    apart = float(arms[0].mean() - arms[1].mean())
    return apart / spread if spread else (0.0 if apart == 0 else None)
