"""What becomes of a touch: planned, asked of the CRM, proved by the CRM's own evidence, or not."""

from enum import StrEnum

from core.states import Machine


class TouchState(StrEnum):
    """Refused means by the gate, failed by the CRM, cancelled by what the person did meanwhile."""

    PLANNED = "planned"
    ASKING = "asking"
    ASKED = "asked"
    PROVED = "proved"
    UNPROVED = "unproved"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


_S = TouchState

TOUCHES = Machine(
    "touch",
    {
        # Planned again: it waits for a later hour.
        _S.PLANNED: frozenset({_S.PLANNED, _S.ASKING, _S.REFUSED, _S.CANCELLED}),
        # Asking again: the CRM is about to be asked for it. Planned: it was not asked after all.
        _S.ASKING: frozenset({_S.ASKING, _S.ASKED, _S.FAILED, _S.PLANNED}),
        # Asked again: it was looked for and not found yet.
        _S.ASKED: frozenset({_S.ASKED, _S.PROVED, _S.UNPROVED}),
        # Evidence may come later than anybody waits for it.
        _S.UNPROVED: frozenset({_S.PROVED}),
        _S.PROVED: frozenset(),
        _S.FAILED: frozenset(),
        _S.REFUSED: frozenset(),
        _S.CANCELLED: frozenset(),
    },
)

# What taking back the end of a round makes of its touches.
UNDONE = Machine(
    "touch of a round that goes on after all",
    {state: frozenset({_S.PLANNED}) if state is _S.CANCELLED else frozenset() for state in _S},
)

# It was asked for, and nothing came of it.
IN_VAIN = (_S.FAILED, _S.UNPROVED)
# The CRM was asked for it: whether or not it shows, nobody is asked for the same once more.
SPENT = (_S.ASKING, _S.ASKED, _S.PROVED, _S.UNPROVED)
