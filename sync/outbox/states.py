"""What becomes of a write plan, and of each write in it."""

from enum import StrEnum

from core.states import Machine


class PlanState(StrEnum):
    """A plan is recorded bit by bit, waits for a person where it must, and is applied."""

    RECORDING = "recording"
    WAITING = "waiting"
    APPROVED = "approved"
    APPLIED = "applied"
    SUPERSEDED = "superseded"  # a newer one has taken its place


class WriteState(StrEnum):
    """A write is marked sent before the CRM is asked, so that a dead worker's are known."""

    PLANNED = "planned"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_P, _W = PlanState, WriteState

PLANS = Machine(
    "write plan",
    {
        _P.RECORDING: frozenset({_P.WAITING, _P.APPROVED, _P.SUPERSEDED}),
        _P.WAITING: frozenset({_P.APPROVED, _P.SUPERSEDED}),
        # What was approved is written: no newer plan takes its place.
        _P.APPROVED: frozenset({_P.APPLIED}),
        _P.APPLIED: frozenset(),
        _P.SUPERSEDED: frozenset(),
    },
)

WRITES = Machine(
    "write",
    {
        # Planned again: what is newer takes the older values' place.
        _W.PLANNED: frozenset({_W.PLANNED, _W.SENT}),
        # Planned: it was sent by a worker that died, and the CRM does not have it.
        _W.SENT: frozenset({_W.PLANNED, _W.SUCCEEDED, _W.FAILED}),
        _W.SUCCEEDED: frozenset(),
        _W.FAILED: frozenset(),
    },
)

# Not applied to their end.
OPEN = (_P.RECORDING, _P.WAITING, _P.APPROVED)
# A plan that is being recorded, or has been replaced, is no plan to anybody else.
HIDDEN = (_P.RECORDING, _P.SUPERSEDED)
# Its values have gone, or go, to the CRM.
LET_GO = (_P.APPROVED, _P.APPLIED)
# The CRM has not answered to these.
UNANSWERED = (_W.PLANNED, _W.SENT)
ANSWERED = (_W.SUCCEEDED, _W.FAILED)
