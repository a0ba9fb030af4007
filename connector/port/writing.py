"""Making our properties in a CRM, and writing values to contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from connector.port.fields import PropertyDefinition
from connector.port.records import ContactRow


@dataclass(frozen=True, slots=True)
class ContactWrite:
    """Values to set on one contact; `trace` names this write in the CRM's answer."""

    contact_id: str
    values: Mapping[str, str]
    trace: str


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of a write; `contact` is the contact after it, where the CRM's answer shows it."""

    contact_id: str
    succeeded: bool
    reason: str | None = None
    contact: ContactRow | None = None


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What became of our properties in an account."""

    made: int
    missing: tuple[str, ...] = ()  # names of those that the CRM would not make
    reason: str | None = None  # why, in words an admin can act on
    limit: str | None = None  # the CRM's limit that was reached, where that was why


@runtime_checkable
class ProvisionsProperties(Protocol):
    def provision(self, definitions: Sequence[PropertyDefinition]) -> Provisioned:
        """Make the group and the properties that are not there, as many as the CRM lets us; idempotent.

        Raises CrmError where it is not the CRM's refusal of a single property.
        """
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a CRM takes values: contacts a second, and at most so many in a day (None: no such limit)."""

    contacts_per_second: float
    contacts_per_day: int | None = None


@runtime_checkable
class WritesProperties(Protocol):
    batch_size: int
    pace: Pace

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        """Set values, up to `batch_size` contacts; one outcome for each write.

        Raises CrmInvalid when the CRM refused the whole batch for the fault of one.
        """
        ...

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        """What the CRM holds now: contact → name → value, the empty left out; up to `batch_size`."""
        ...
