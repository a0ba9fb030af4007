"""Properties of a contact: ours as we define them, and the customer's own with their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property of ours on a contact; `kind` is text, number, flag, choice, date or moment."""

    name: str
    label: str
    kind: str
    description: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field of the customer's own on a contact; `feeds` is the field of ours that it usually feeds."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    feeds: str | None = None


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What a field was set to, and when (ms); an empty text where it was cleared."""

    contact_id: str
    name: str
    value: str
    set_at: int


@runtime_checkable
class ListsFields(Protocol):
    """Knows which fields the customer has made for contacts."""

    def fetch_fields(self) -> Sequence[FieldDefinition]:
        """Those that hold a text or a choice, the usual ones first; none of ours."""
        ...


@runtime_checkable
class ReadsFieldHistory(Protocol):
    """Remembers what a field was set to and when: without that, nobody can tell a cause from a result."""

    def fetch_field_history(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Sequence[FieldValue]:
        """Every value that is still on record, in no order; the missing contacts are absent."""
        ...
