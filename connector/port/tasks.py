"""Tasks for the people who work in a CRM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class NewTask:
    """What somebody of the account is to do about a contact; `trace` stands in the body and names it for us.

    `owner_id` is a user of the CRM; None leaves the task to nobody in particular.
    """

    contact_id: str
    owner_id: str | None
    subject: str
    body: str
    due: datetime
    trace: str


@runtime_checkable
class CreatesTasks(Protocol):
    """Makes tasks, finds them again by their trace, and says which are done."""

    def create_task(self, task: NewTask) -> str:
        """Its id. Raises CrmInvalid where the CRM does not know the owner, CrmNotFound without the contact."""
        ...

    def find_task(self, contact_id: str, trace: str) -> str | None:
        """The id of a task with that trace, whoever has it by now; None where there is none."""
        ...

    def fetch_done(self, tasks: Sequence[tuple[str, str]]) -> Mapping[str, bool]:
        """Task id → whether it is done, of these pairs of contact and task; the deleted are absent."""
        ...
