"""What becomes of an enrollment: proposed, let go ahead by a person, started in the CRM, or not."""

from collections.abc import Mapping
from enum import StrEnum

from core.states import Machine


class EnrollmentState(StrEnum):
    """Refused means by the gate, just before the start; failed means by the CRM; ended says how in End."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    STARTING = "starting"
    STARTED = "started"
    REFUSED = "refused"
    FAILED = "failed"
    ENDED = "ended"


class End(StrEnum):
    """How a round ended; whoever is named first goes before the others where several are true."""

    OPTED_OUT = "opted_out"
    ANSWERED = "answered"
    BOOKED = "booked"
    BOUGHT = "bought"
    CLICKED = "clicked"  # went to book and has not
    TAKEN_OVER = "taken_over"  # somebody of the team got in touch
    REFUSED = "refused"  # by the gate, between two touches
    UNPROVED = "unproved"  # the CRM shows no trace of what it was asked for: nobody was contacted
    LEFT = "left"  # somebody or something in the CRM took them out of the sequence
    FINISHED = "finished"  # all touches, and no answer
    STOPPED = "stopped"  # by a person of the team


class Way(StrEnum):
    """How a playbook is run: we ask for each touch, or the CRM's workflow or a sequence of it paces them all."""

    TOUCHES = "touches"
    WORKFLOW = "workflow"
    SEQUENCE = "sequence"


# The one touch of a round that the CRM paces has its way as variant; the customer's workflow branches by it.
WHOLE, SEQUENCE = "whole", "sequence"
PACED: Mapping[str, Way] = {WHOLE: Way.WORKFLOW, SEQUENCE: Way.SEQUENCE}


def variant_of(way: Way) -> str:
    """The variant of the one touch of a round that is not run touch by touch."""
    return next(variant for variant, paced in PACED.items() if paced is way)


def way_of(variant: str) -> Way:
    """How the round of a touch is run."""
    return PACED.get(variant, Way.TOUCHES)


_S = EnrollmentState

ENROLLMENTS = Machine(
    "enrollment",
    {
        # Nobody is started whom no person has approved.
        _S.PROPOSED: frozenset({_S.APPROVED}),
        # Approved again: it waits for a later hour.
        _S.APPROVED: frozenset({_S.APPROVED, _S.STARTING, _S.REFUSED}),
        # Starting again: the CRM is about to be asked for it. Approved: it was not asked after all.
        _S.STARTING: frozenset({_S.STARTING, _S.STARTED, _S.FAILED, _S.APPROVED}),
        _S.STARTED: frozenset({_S.ENDED}),
        # Ends: another start of the same person is another round, with a row of its own.
        _S.REFUSED: frozenset(),
        _S.FAILED: frozenset(),
        _S.ENDED: frozenset(),
    },
)

# What a merge makes of the rows of several contacts, which are rows of one from then on.
MERGES = Machine(
    "enrollment of a merged contact",
    {
        # Of several that wait to be started one may.
        _S.PROPOSED: frozenset({_S.REFUSED}),
        _S.APPROVED: frozenset({_S.REFUSED}),
        # Approved: nothing was sent under the id that is no more.
        _S.STARTING: frozenset({_S.APPROVED, _S.STARTED, _S.FAILED}),
        _S.STARTED: frozenset(),
        _S.REFUSED: frozenset(),
        _S.FAILED: frozenset(),
        _S.ENDED: frozenset(),
    },
)

# What taking back what a person did makes of a round.
UNDONE = Machine(
    "enrollment of an act that was taken back",
    {
        # Proposed: it waits in its batch again.
        _S.APPROVED: frozenset({_S.REFUSED, _S.PROPOSED}),
        _S.REFUSED: frozenset({_S.APPROVED}),
        _S.ENDED: frozenset({_S.STARTED}),
        _S.PROPOSED: frozenset(),
        _S.STARTING: frozenset(),
        _S.STARTED: frozenset(),
        _S.FAILED: frozenset(),
    },
)

# A workflow of theirs is running, or about to.
RUNNING = (_S.STARTING, _S.STARTED)
# A round has begun, and may be over.
BEGUN = (_S.STARTED, _S.ENDED)
# What belongs to a wave that has not come to its end.
OPEN = (_S.PROPOSED, _S.APPROVED, _S.STARTING)
