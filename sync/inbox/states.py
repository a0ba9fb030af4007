"""What becomes of a delivery. An event that nobody could read is none: it is parked in a table of its own."""

from enum import StrEnum

from core.states import Machine


class DeliveryState(StrEnum):
    """Handled means that its records have been read again."""

    WAITING = "waiting"
    HANDLED = "handled"


_S = DeliveryState

DELIVERIES = Machine("delivery", {_S.WAITING: frozenset({_S.HANDLED}), _S.HANDLED: frozenset()})
