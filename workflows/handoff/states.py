"""What becomes of an answer: out of the workflow, then a task for a person, done in time or late; pure."""

from enum import StrEnum

from core.states import Machine


class HandoffState(StrEnum):
    """Closed means that there is nothing for a person to do, failed that the CRM would not take the task."""

    LEAVING = "leaving"  # the CRM is still to be told that the round is over
    ASKING = "asking"  # a task is to be made
    OPEN = "open"
    LATE = "late"
    DONE = "done"
    CLOSED = "closed"
    FAILED = "failed"


_S = HandoffState

HANDOFFS = Machine(
    "handoff",
    {
        _S.LEAVING: frozenset({_S.ASKING, _S.CLOSED}),
        # Asking again: the CRM is about to be asked for it, and may be once more after an interruption.
        # Closed: whoever took over has taken that back.
        _S.ASKING: frozenset({_S.ASKING, _S.OPEN, _S.FAILED, _S.CLOSED}),
        # Open and late again: it was looked at, and is looked at again later.
        _S.OPEN: frozenset({_S.OPEN, _S.LATE, _S.DONE}),
        _S.LATE: frozenset({_S.LATE, _S.DONE}),
        _S.DONE: frozenset(),
        _S.CLOSED: frozenset(),
        _S.FAILED: frozenset(),
    },
)

# The CRM is still to be told something.
UNFINISHED = (_S.LEAVING, _S.ASKING)
# Somebody is at it, or is to be.
UNDER_WAY = (*UNFINISHED, _S.OPEN, _S.LATE)
# A task stands in the CRM, and is looked at again.
WATCHED = (_S.OPEN, _S.LATE)
