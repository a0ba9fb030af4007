"""The ways by which one person gets into what the CRM runs, by a call for each: a workflow or a sequence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from connector.patience import patiently
from connector.port.automation import AddsToWorkflow
from connector.port.sequences import EnrollsInSequence, Stay
from connector.port.writing import WritesProperties
from workflows.properties import RECEIPT
from workflows.touches.next_touch import touch_key

# How long the CRM may take to show somebody in a workflow: looks, and the seconds between them.
LOOKS, LOOK_EVERY = 6, 5.0
# What the CRM dates a moment early still belongs to the call: its clock is not ours.
CLOCKS_APART = timedelta(seconds=30)

Row = Mapping[str, Any]


class Door(Protocol):
    """One way in."""

    def enter(self, row: Row) -> None:
        """Ask for it once. Raises CrmError."""
        ...

    def is_inside(self, row: Row) -> bool:
        """Whether one look at the CRM shows that it was asked for before."""
        ...


def has_entered(door: Door, row: Row, pause: Callable[[float], None]) -> bool:
    """Whether one asked for before is in: the CRM works later and its search later still."""
    for _ in range(LOOKS):
        if patiently(lambda: door.is_inside(row), pause=pause):
            return True
        pause(LOOK_EVERY)
    return False


@dataclass(frozen=True, slots=True)
class WorkflowDoor:
    """Into the account's own workflow, where the CRM has contacts added by a call."""

    crm: AddsToWorkflow
    workflow_id: str

    def enter(self, row: Row) -> None:
        self.crm.add_to_workflow(row["contact_id"], self.workflow_id)

    def is_inside(self, row: Row) -> bool:
        """Who has been through the workflow for an earlier touch proves nothing by that.

        Only who is in it now does, or the receipt of this very touch.
        """
        contact_id = row["contact_id"]
        again = row["touch_no"] > 1 or row["round_no"] > 1
        found = self.crm.fetch_members([contact_id], self.workflow_id, now_only=again)
        return contact_id in found or (again and self._has_receipt(row))

    def _has_receipt(self, row: Row) -> bool:
        if not isinstance(self.crm, WritesProperties):
            return False
        contact_id = row["contact_id"]
        values = self.crm.fetch_values([contact_id], [RECEIPT])
        return values.get(contact_id, {}).get(RECEIPT) == touch_key(row)


@dataclass(frozen=True, slots=True)
class SequenceDoor:
    """Into a sequence of one of the account's people."""

    crm: EnrollsInSequence

    def enter(self, row: Row) -> None:
        self.crm.enroll(row["contact_id"], row["sequence_id"], row["sender_id"])

    def is_inside(self, row: Row) -> bool:
        contact_id = row["contact_id"]
        stay = self.crm.fetch_stays([contact_id], closely=True).get(contact_id)
        return is_of(stay, row)


def is_of(stay: Stay | None, row: Row) -> bool:
    """Whether a stay in a sequence is the one that a touch asked for, over or not."""
    return (
        stay is not None
        and stay.sequence_id == row["sequence_id"]
        and row["asked_at"] is not None
        and stay.enrolled_at >= row["asked_at"] - CLOCKS_APART
    )
