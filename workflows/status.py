"""What a contact's decision may be, and what no decision may turn into."""

from enum import StrEnum

from core.states import Machine


class Status(StrEnum):
    """A contact's standing, as it is decided, counted, shown and written to the CRM."""

    ACTIVE = "active"
    READY = "ready"
    STARTED = "started"
    ANSWERED = "answered"
    SUPPRESSED = "suppressed"
    HUMAN_FIRST = "human_first"
    HELD_OUT = "held_out"
    UNMEASURABLE = "unmeasurable"


# People change, so a decision may become any other, but for one: who is left alone is never started.
DECISIONS = Machine(
    "decision",
    {
        old: frozenset(Status) - ({Status.STARTED} if old is Status.HELD_OUT else set())
        for old in Status
    },
)
