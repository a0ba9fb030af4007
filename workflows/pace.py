"""How many people the next batch may have: within every limit, growing only while all goes well; pure (S14, S24)."""

import math
from dataclasses import dataclass

# Of dormant people's messages at most a tenth of what is sent anyway at first, half as much again each week (D6).
WARM_UP_SHARE, WEEKLY_GROWTH = 0.10, 1.5
# However little a business sends, so many a day do its name no harm: the first batch.
LEAST_ALLOWED = 50
# For so many weeks of sending the oldest silences come last.
WARM_UP_WEEKS = 4
# What is planned with until there are answers of the account's own (N5).
USUAL_ANSWERS = 0.2
# Of so many people it can be told whether anybody answers at all.
ENOUGH = 100
_STEADY, _HELD_BACK = 2.0, 0.5
_LEAST_BATCH = 5
_NEAR = "opt-outs or errors are near a limit"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the size of a batch goes by, at one moment of one account.

    `begun_lately` were put into batches within the last day, `last_batch` is the largest of the six days before;
    `due_soon` are further touches due within the next; `usual_per_day` is what the business sent a day before the
    first batch. `weeks` are those since the first touch, or since a limit was last reached. `asked` and `answered`
    are people of the last 90 days whose first week is over.
    """

    is_first: bool
    first_wave: int
    later_wave: int
    people_a_day: int
    answers_a_day: int
    begun_lately: int = 0
    due_soon: int = 0
    usual_per_day: float = 0.0
    weeks: int = 0
    crm_per_day: int | None = None
    asked: int = 0
    answered: int = 0
    answers_waiting: int = 0
    last_batch: int = 0
    is_near_limit: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How many at most, and what bounds them, in words for an admin."""

    people: int
    why: str


def size_of(now: Situation) -> Size:
    """The smallest of all bounds; where two are equal the one that is named first says why."""
    bounds = _first_bounds(now) if now.is_first else _later_bounds(now)
    smallest = min(bounds, key=lambda bound: bound.people)
    return Size(max(0, smallest.people), smallest.why)


def _first_bounds(now: Situation) -> list[Size]:
    return [
        Size(now.first_wave, "the first batch is small"),
        *_every_bound(now),
    ]


def _later_bounds(now: Situation) -> list[Size]:
    return [
        Size(now.later_wave, "your limit for one batch"),
        Size(*_growth(now)),
        *_every_bound(now),
    ]


def _every_bound(now: Situation) -> list[Size]:
    bounds = [
        Size(now.people_a_day - now.begun_lately, "your limit of people a day"),
        Size(
            allowance(now.usual_per_day, now.weeks) - now.begun_lately - now.due_soon,
            "messages to dormant people grow step by step beside what you send anyway",
        ),
        Size(_answerable(now), "as many as your team can answer"),
    ]
    if now.crm_per_day is not None:
        bounds.append(Size(now.crm_per_day - now.begun_lately, "your CRM's limit of a day"))
    return bounds


def allowance(usual_per_day: float, weeks: int) -> int:
    """How many messages a day may go to dormant people after so many weeks of sending to them."""
    # Beyond two years nothing grows any more, and no power gets out of hand.
    growth = WEEKLY_GROWTH ** min(max(0, weeks), 104)
    share = min(1.0, WARM_UP_SHARE * growth)
    return max(math.floor(usual_per_day * share), math.floor(LEAST_ALLOWED * growth))


def answer_rate(asked: int, answered: int) -> float:
    """The share that answers: the account's own, beside the usual one for the first hundred."""
    return (answered + USUAL_ANSWERS * ENOUGH) / (asked + ENOUGH)


def _answerable(now: Situation) -> int:
    free = max(0, now.answers_a_day - now.answers_waiting)
    return math.floor(free / answer_rate(now.asked, now.answered)) - now.begun_lately


def _growth(now: Situation) -> tuple[int, str]:
    """A day's people: twice the last batch while all goes well; the same where nobody answers; half near a limit.

    Where no batch is a day old yet it is not known how it went, and nobody more begins.
    """
    base = now.last_batch or min(now.first_wave, now.later_wave)
    if now.is_near_limit:
        most, why = max(_LEAST_BATCH, math.floor(base * _HELD_BACK)), _NEAR
    elif now.asked >= ENOUGH and not now.answered:
        most, why = base, "nobody of the last hundred has answered"
    elif now.last_batch:
        most, why = math.floor(base * _STEADY), "batches grow step by step"
    else:
        most, why = base, "how the last batch goes is to be seen first"
    return most - now.begun_lately, why


def is_warming_up(weeks: int) -> bool:
    """Whether the oldest silences still come last."""
    return weeks < WARM_UP_WEEKS


def is_by_hand(dormant: int, *, under: int, has_begun: bool) -> bool:
    """Whether so few are dormant that each is better written to by hand (S23, N10); what runs already goes on."""
    return dormant < under and not has_begun
