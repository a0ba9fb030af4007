"""Which of two models is used: judged by what each said of outcomes that it did not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

CHAMPION, CHALLENGER, RETIRED, REJECTED = "champion", "challenger", "retired", "rejected"
STATES = (CHAMPION, CHALLENGER, RETIRED, REJECTED)

# A difference counts from so many standard errors on: less is what chance would make.
_BEYOND_CHANCE = 2.0
# Learning goes on once a month, and sooner where so many outcomes have become known.
LEARN_AFTER = timedelta(days=30)
_WORTH_LEARNING = 30


@dataclass(frozen=True, slots=True)
class Contest:
    """Log-losses per person of both models over the same people, `positive` of whom had the outcome.

    `gap` is how much less the challenger's is, `error` the standard error of that.
    """

    people: int
    positive: int
    champion: float
    challenger: float
    gap: float
    error: float

    @property
    def is_better(self) -> bool:
        """The challenger foretold it better, by more than chance would make."""
        return self.gap > _BEYOND_CHANCE * self.error

    @property
    def is_worse(self) -> bool:
        return self.gap < -_BEYOND_CHANCE * self.error


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a challenger, and why."""

    state: str
    note: str


def decide(
    contests: Mapping[str, Contest | None], *, known_outcomes: int, new_outcomes: int
) -> Verdict:
    """Whether the challenger takes over; `contests` is what was foretold → how both did.

    It must be better at something and worse at nothing. Only where the champion has learnt from no
    outcome of outreach yet and the challenger has, not being worse is enough. A challenger that cannot
    be judged yet stays one.
    """
    judged = {name: found for name, found in contests.items() if found is not None}
    worse = [name for name, found in judged.items() if found.is_worse]
    better = [name for name, found in judged.items() if found.is_better]
    if worse:
        return Verdict(REJECTED, f"Foretold {' and '.join(worse)} worse than the champion.")
    if better:
        return Verdict(CHAMPION, f"Foretold {' and '.join(better)} better than the champion.")
    if judged and new_outcomes and not known_outcomes:
        return Verdict(CHAMPION, "The first to know outcomes of outreach, and no worse.")
    if not judged:
        return Verdict(CHALLENGER, "Too little has happened yet to judge it by.")
    return Verdict(REJECTED, "No better than the champion by more than chance would make.")


def is_due(last_learnt: datetime | None, *, new_outcomes: int, at: datetime) -> bool:
    """Whether to learn anew; `new_outcomes` have become known since the last time."""
    if last_learnt is None:
        return True
    return new_outcomes >= _WORTH_LEARNING or at - last_learnt >= LEARN_AFTER
