"""What becomes of a weekly report's task in the CRM: wanted, asked for, made once; pure."""

from enum import StrEnum

from core.states import Machine


class TaskState(StrEnum):
    NONE = "none"  # nobody wants one
    WANTED = "wanted"
    ASKING = "asking"  # the CRM is about to be asked for it, or has been
    MADE = "made"
    REFUSED = "refused"


_S = TaskState

TASKS = Machine(
    "weekly task",
    {
        _S.NONE: frozenset(),
        _S.WANTED: frozenset({_S.ASKING, _S.NONE}),
        # None: nobody wants it any more.
        _S.ASKING: frozenset({_S.MADE, _S.REFUSED, _S.NONE}),
        _S.MADE: frozenset(),
        _S.REFUSED: frozenset(),
    },
)
# The CRM is still to be asked, or asked again after an interruption.
UNFINISHED = (_S.WANTED, _S.ASKING)
