"""Starting the account's own workflows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
