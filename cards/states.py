"""In which state a contact is for whoever looks at them: the ledger goes before what was decided last; pure."""

from collections.abc import Callable
from enum import StrEnum

from cards.facts import Facts
from contact_rules.meanings import Meaning
from scoring.features.recency import ACTIVE, UNMEASURABLE
from scoring.features.signals import CAME_BACK, still_lasts
from workflows.enrollment.states import End, EnrollmentState
from workflows.handoff.states import UNDER_WAY
from workflows.status import Status


class State(StrEnum):
    """What a card is about."""

    UNSCORED = "unscored"
    UNKNOWN = "unknown"  # too little is known to tell silence from missing data
    ACTIVE = "active"
    CAME_BACK = "came_back"
    READY = "ready"
    RUNNING = "running"  # a round runs, or is about to begin
    STOPPED = "stopped"  # somebody of the team has ended it
    REPLIED = "replied"
    BOOKED = "booked"
    HELD_OUT = "held_out"
    SUPPRESSED = "suppressed"
    HUMAN_FIRST = "human_first"
    ASLEEP = "asleep"
    SET_ASIDE = "set_aside"


_FORBIDDEN = (Meaning.WISH, Meaning.CIRCUMSTANCE)
_GOES_ON = (EnrollmentState.APPROVED, EnrollmentState.STARTING, EnrollmentState.STARTED)
_RESTS = (Meaning.RESTS, Meaning.SET_ASIDE)


def state_of(facts: Facts) -> State:
    """The one state that a contact is in: the first of the list that is so."""
    return next((state for state, is_so in _STATES if is_so(facts)), State.UNSCORED)


def _means(facts: Facts, *meanings: Meaning | None) -> bool:
    return facts.status is Status.SUPPRESSED and facts.meaning in meanings


def _ended(facts: Facts) -> End | None:
    """How the latest round ended; None where none has."""
    last = facts.round
    return End(last["ended_by"]) if last is not None and last["ended_by"] is not None else None


def _runs(facts: Facts) -> bool:
    last = facts.round
    return last is not None and last["state"] in _GOES_ON


def _waits_for_a_person(facts: Facts) -> bool:
    task = facts.task
    if task is None or task["ended_by"] == End.TAKEN_OVER:
        return False
    return task["state"] in UNDER_WAY


def _has_booked(facts: Facts) -> bool:
    after_us = _ended(facts) is End.BOOKED
    is_so = after_us and (bool(facts.meetings) or facts.status is Status.ANSWERED)
    return is_so or _means(facts, Meaning.EXPECTED)


def _was_stopped(facts: Facts) -> bool:
    """By a person, and not so long ago that they may be approached again."""
    last = facts.round
    if last is None or _ended(facts) is not End.STOPPED:
        return False
    is_new = facts.at - last["ended_at"] < facts.policy.cooldown
    return is_new and (facts.status is not Status.SUPPRESSED or facts.meaning in _RESTS)


def _has_just_ended(facts: Facts) -> bool:
    """A round is over, and what follows is decided within moments."""
    return facts.status is Status.STARTED and _ended(facts) not in (None, End.BOUGHT)


def _came_back(facts: Facts) -> bool:
    score = facts.score
    return (
        score is not None
        and score["signal"] == CAME_BACK
        and still_lasts(score["signal_until"], facts.at)
    )


# What a person or the contact just did goes before the last decision; what they want goes before everything.
_STATES: tuple[tuple[State, Callable[[Facts], bool]], ...] = (
    (State.SUPPRESSED, lambda facts: _means(facts, *_FORBIDDEN)),
    (State.RUNNING, _runs),
    (State.REPLIED, _waits_for_a_person),
    (State.SET_ASIDE, lambda facts: facts.aside is not None),
    (State.BOOKED, _has_booked),
    (State.REPLIED, lambda facts: facts.status is Status.ANSWERED),
    (State.STOPPED, _was_stopped),
    (State.SUPPRESSED, _has_just_ended),
    (State.HELD_OUT, lambda facts: facts.status is Status.HELD_OUT),
    (State.HUMAN_FIRST, lambda facts: facts.status is Status.HUMAN_FIRST),
    (State.ASLEEP, lambda facts: _means(facts, Meaning.ASLEEP)),
    (
        State.SUPPRESSED,
        lambda facts: facts.status is Status.SUPPRESSED and not _means(facts, Meaning.SET_ASIDE),
    ),
    (State.UNSCORED, lambda facts: facts.score is None),
    (State.UNKNOWN, lambda facts: (facts.score or {})["band"] == UNMEASURABLE),
    (State.CAME_BACK, _came_back),
    (State.READY, lambda facts: facts.status is Status.READY),
    (State.ACTIVE, lambda facts: (facts.score or {})["band"] == ACTIVE),
)
