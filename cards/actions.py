"""What a person may do in each state, and what of it may still be taken back; pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cards.card import Action, Undo
from cards.facts import Facts
from cards.states import State
from cards.words import _
from contact_rules.meanings import Meaning
from core.wording import gettext
from workflows.acts.kinds import UNDONE_WITHIN, Act
from workflows.enrollment.states import EnrollmentState

START = Action(Act.START, _("Start playbook"), "primary")
TAKE_OVER = Action(Act.TAKE_OVER, _("Hand to me"))
FIRST_TAKE_OVER = Action(Act.TAKE_OVER, _("Hand to me"), "primary")
STOP = Action(Act.STOP, _("Stop"), "danger")
SNOOZE = Action(Act.SNOOZE, _("Snooze"))
NOT_A_FIT = Action(Act.NOT_A_FIT, _("Not a fit"))
WAKE = Action(Act.WAKE, _("Bring back"))
CORRECT = Action(Act.CORRECT, _("Correct the reason"))

# How long one may snooze, in days.
SNOOZES = ((7, _("A week")), (30, _("A month")), (90, _("Three months")), (365, _("A year")))
_DONE = {
    Act.START: _("Starts in a moment"),
    Act.STOP: _("Stopped"),
    Act.SNOOZE: _("Snoozed"),
    Act.TAKE_OVER: _("Taken over"),
    Act.NOT_A_FIT: _("Marked as not a fit"),
    Act.WAKE: _("Brought back"),
    Act.CORRECT: _("Reason corrected"),
}


def _none(_facts: Facts) -> tuple[Action, ...]:
    return ()


def _ready(_facts: Facts) -> tuple[Action, ...]:
    return START, TAKE_OVER, SNOOZE, NOT_A_FIT, CORRECT


def _running(facts: Facts) -> tuple[Action, ...]:
    last = facts.round
    if last is not None and last["state"] == EnrollmentState.STARTING:
        return ()  # the CRM is being asked this moment
    return TAKE_OVER, STOP, SNOOZE, NOT_A_FIT, CORRECT


def _by_hand(_facts: Facts) -> tuple[Action, ...]:
    return FIRST_TAKE_OVER, SNOOZE, NOT_A_FIT, CORRECT


def _resting(_facts: Facts) -> tuple[Action, ...]:
    return SNOOZE, NOT_A_FIT, CORRECT


def _replied(_facts: Facts) -> tuple[Action, ...]:
    return (NOT_A_FIT,)


def _wake(_facts: Facts) -> tuple[Action, ...]:
    return (WAKE,)


def _suppressed(facts: Facts) -> tuple[Action, ...]:
    """No way round a refusal: who only rests may be put off further."""
    return _resting(facts) if facts.meaning is Meaning.RESTS else ()


ACTIONS: Mapping[State, Callable[[Facts], tuple[Action, ...]]] = {
    State.UNSCORED: _none,
    State.UNKNOWN: _resting,
    State.ACTIVE: _none,
    State.CAME_BACK: _by_hand,
    State.READY: _ready,
    State.RUNNING: _running,
    State.STOPPED: _by_hand,
    State.REPLIED: _replied,
    State.BOOKED: _none,
    State.HELD_OUT: _none,
    State.SUPPRESSED: _suppressed,
    State.HUMAN_FIRST: _by_hand,
    State.ASLEEP: _resting,
    State.SET_ASIDE: _wake,
}


def undo_of(facts: Facts) -> Undo | None:
    """The last thing that was done, where it may still be taken back."""
    changing = [one for one in facts.acts if one["act"] != Act.COPY]
    if not changing:
        return None
    last = changing[-1]
    left = UNDONE_WITHIN - (facts.now - last["made_at"])
    if left.total_seconds() <= 0:
        return None
    return Undo(last["act_id"], gettext(_DONE[Act(last["act"])]), int(left.total_seconds()))


def actions_of(state: State, facts: Facts) -> tuple[Action, ...]:
    """What may be done, in the viewer's words."""
    return tuple(replace(one, label=gettext(one.label)) for one in ACTIONS[state](facts))
