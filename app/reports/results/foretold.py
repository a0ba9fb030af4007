"""The report card of the scores: what was foretold of people when they were drawn, beside what came within 90 days.

Of who was started the chance of an answer counts, of who was left alone the chance of coming back without us. Both
were written down at the draw, so nothing that came later can have made them better.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from app.reports.results.loading import Known, Row
from playbooks.fields import BANDS
from workflows.results.comparing import Share, share_of

if TYPE_CHECKING:
    import polars as pl

DAYS = 90
# Fewer people say nothing of a chance.
ENOUGH = 30
# A difference counts from so many standard errors on: less is what chance makes (95 in 100).
_BEYOND_CHANCE = 1.96
MONTHS = 12


class Verdict(StrEnum):
    """What is to be said of what was foretold."""

    TOO_FEW = "too_few"
    AGREES = "agrees"
    MORE_CAME = "more_came"
    FEWER_CAME = "fewer_came"


@dataclass(frozen=True, slots=True)
class Line:
    """Some people: what came of them, how many were foretold, and whether that agrees."""

    value: str
    came: Share
    people: int
    foretold: float
    verdict: Verdict

    @property
    def foretold_share(self) -> float | None:
        return self.foretold / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Arm:
    """All who were started or all who were left alone, and the same by band, by priority and by month."""

    all: Line
    by_band: Sequence[Line]
    by_priority: Sequence[Line]
    by_month: Sequence[Line]


@dataclass(frozen=True, slots=True)
class ReportCard:
    """`in_order` says whether who was ranked before others answered more; None while too few have been started."""

    started: Arm
    left_alone: Arm
    in_order: bool | None


def report_card(known: Known, over: "pl.DataFrame") -> ReportCard:
    """What was foretold beside what came, of everybody whose 90 days are `over`, as `people_at` tells of them."""
    began = {
        (row["contact_id"], row["playbook"], row["wave_id"])
        for row in known.rounds
        if row["started_at"] is not None
    }
    people = list(over.iter_rows(named=True))
    started = [
        row
        for row in people
        if not row["held_out"]
        and row["likelihood"] is not None
        and (row["contact_id"], row["programme"], row["wave_id"]) in began
    ]
    # Who was left alone and then started all the same says nothing of coming back without us.
    alone = [
        row
        for row in people
        if row["held_out"] and row["p_return"] is not None and not row["started_after_all"]
    ]
    arm = _arm(started, "likelihood")
    return ReportCard(arm, _arm(alone, "p_return"), _in_order(arm.by_priority))


def _arm(people: Sequence[Row], chance: str) -> Arm:
    months = _by(people, chance, lambda row: f"{row['assigned_at']:%Y-%m}")
    return Arm(
        all=_line("all", people, chance),
        by_band=_by(people, chance, lambda row: row["band"]),
        by_priority=_by(people, chance, lambda row: row["priority"]),
        by_month=months[-MONTHS:],
    )


def _by(people: Iterable[Row], chance: str, key: Callable[[Row], str | None]) -> list[Line]:
    groups: dict[str, list[Row]] = {}
    for row in people:
        value = key(row)
        if value is not None:
            groups.setdefault(value, []).append(row)
    return [_line(value, groups[value], chance) for value in sorted(groups, key=_place)]


def _place(value: str) -> tuple[int, str]:
    """Bands by the length of the silence, everything else by name."""
    return (BANDS.index(value) if value in BANDS else 0), value


def _line(value: str, people: Sequence[Row], chance: str) -> Line:
    chances = [float(row[chance]) for row in people]
    came = sum(bool(row["responded"]) for row in people)
    foretold = sum(chances)
    return Line(value, share_of(came, len(people)), len(people), foretold, _verdict(came, chances))


def _verdict(came: int, chances: Sequence[float]) -> Verdict:
    """Whether so many are what these chances make, give or take what luck adds."""
    if len(chances) < ENOUGH:
        return Verdict.TOO_FEW
    luck = sqrt(sum(chance * (1.0 - chance) for chance in chances))
    apart = came - sum(chances)
    if abs(apart) <= _BEYOND_CHANCE * max(luck, 1.0):
        return Verdict.AGREES
    return Verdict.MORE_CAME if apart > 0 else Verdict.FEWER_CAME


def _in_order(by_priority: Sequence[Line]) -> bool | None:
    """Whether no priority answered less than a later one by more than luck makes."""
    told = [line for line in by_priority if line.people >= ENOUGH]
    if len(told) < 2:
        return None
    return all(_not_less(before, after) for before, after in pairwise(told))


def _not_less(before: Line, after: Line) -> bool:
    one, other = (line.came.count / line.people for line in (before, after))
    spread = [
        share * (1.0 - share) / line.people for share, line in ((one, before), (other, after))
    ]
    return other - one <= _BEYOND_CHANCE * sqrt(sum(spread))
