"""Starting the account's own workflows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


@runtime_checkable
class StartsByProperty(Protocol):
    """Starts the account's own workflow by a property that its trigger watches."""

    def trigger_values(self, *, playbook: str, at: datetime) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class WorkflowChoice:
    """A workflow of the account's own that contacts can be added to."""

    workflow_id: str
    name: str


@runtime_checkable
class AddsToWorkflow(Protocol):
    """Starts the account's own workflow by adding contacts to it, one by one."""

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        """Those that are published and take contacts."""
        ...

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        """Ask for it; the CRM does it soon after. Raises CrmInvalid, CrmNotFound where it cannot be."""
        ...

    def fetch_members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        """Those of these contacts who are in the workflow now or, unless `now_only`, have been through it."""
        ...


class Obstacle(StrEnum):
    """What keeps an account's automation from doing what it is asked for."""

    NO_WORKFLOWS = "no_workflows"  # the plan has none, or nobody has built one
    NOT_SHOWN = (
        "not_shown"  # the permission to see them is missing: plans without any do not give it
    )
    NO_TRIGGER = "no_trigger"  # no workflow waits for what we set
    OFF = "off"  # the workflow is a draft or switched off
    NO_RETURN = "no_return"  # the workflow lets nobody in a second time
    NO_SEQUENCES = "no_sequences"  # neither the plan nor the permissions have any
    NO_SEQUENCE = "no_sequence"  # the one that is to run is gone, or not the sender's
    NO_SENDER = "no_sender"  # whoever was to send is no user any more
    NO_EXIT = "no_exit"  # no workflow takes people out of a sequence who wish so


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One obstacle, with the name of the workflow, sequence or sender that it is about where there is one."""

    obstacle: Obstacle
    name: str | None = None


@runtime_checkable
class ShowsAbility(Protocol):
    """Tells before anything starts whether the account's automation can do it."""

    def fetch_hindrances(self, workflow_ids: Sequence[str]) -> Sequence[Hindrance]:
        """What is known to stand in the way of these workflows, or of any that a property starts.

        Empty where nothing is known to.
        """
        ...


@runtime_checkable
class RemovesFromWorkflow(Protocol):
    """Takes contacts out of the account's own workflow."""

    def remove_from_workflow(self, contact_id: str, workflow_id: str) -> None:
        """Nothing where they are not in it. Raises CrmNotFound where there is no such contact."""
        ...
