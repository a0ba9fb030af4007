"""Properties of a contact: ours as we define them, and the customer's own with their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property of ours on a contact; `kind` is text, long_text, number, flag, choice, date or moment."""

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


@dataclass(frozen=True, slots=True)
class ContactProperty:
    """Anything that the account has a place for on a contact, as far as it may be an input's source.

    `kind` is text, number, date, moment, flag, choice or tags. `read_as` are the inputs that the adapter reads
    from it by itself, `means` the one that it is known to be a source of. `unusable` says why it can be no
    source; empty where it can.
    """

    name: str
    label: str
    kind: str
    options: tuple[Option, ...] = ()
    is_own: bool = False  # the customer made it
    read_as: tuple[str, ...] = ()
    means: str = ""
    unusable: str = ""


@dataclass(frozen=True, slots=True)
class PropertyPage:
    """Values of a page of contacts: contact → property → value, the empty left out; `cursor` goes on."""

    values: Mapping[str, Mapping[str, str]]
    cursor: str | None


@runtime_checkable
class ListsProperties(Protocol):
    """Knows every property that the account has for contacts, and what some contacts have in them."""

    def fetch_properties(self) -> Sequence[ContactProperty]:
        """All of them in the CRM's order, but none of ours."""
        ...

    def fetch_property_page(self, names: Sequence[str], cursor: str | None) -> PropertyPage:
        """What these properties hold of the contacts after `cursor` (None: from the first on)."""
        ...

    def fetch_properties_of(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        """The same of up to a hundred contacts by id; the missing are absent."""
        ...


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
