"""What becomes of a group of contacts that is to be a list in the CRM; pure."""

from enum import StrEnum

from core.states import Machine


class ListState(StrEnum):
    WAITING = "waiting"  # for a person
    APPROVED = "approved"
    WRITING = "writing"  # the CRM is about to be asked for the list, or has been
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"


_S = ListState

LISTS = Machine(
    "list",
    {
        _S.WAITING: frozenset({_S.APPROVED, _S.DISCARDED}),
        _S.APPROVED: frozenset({_S.WRITING, _S.FAILED}),
        # Writing again: so many more are in it.
        _S.WRITING: frozenset({_S.WRITING, _S.DONE, _S.FAILED}),
        _S.DONE: frozenset(),
        _S.FAILED: frozenset(),
        _S.DISCARDED: frozenset(),
    },
)
