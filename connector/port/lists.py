"""Lists of contacts that people of an account see in their CRM, as a list or as a tag of its own."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class KeepsLists(Protocol):
    """Makes lists and puts contacts into them; each call may be repeated and changes nothing more.

    `list_kind` is "list" or "tag": as a tag, contacts get the name itself, and whoever has it is in the list.
    """

    list_kind: str
    list_batch: int

    def find_list(self, name: str) -> str | None:
        """The id of the list of that name, whoever made it; None where there is none, and for tags."""
        ...

    def make_list(self, name: str) -> str:
        """The id of a new, empty list. Raises CrmError."""
        ...

    def add_to_list(self, list_id: str, contact_ids: Sequence[str]) -> frozenset[str]:
        """Put up to `list_batch` contacts in; answers those that the CRM does not know any more."""
        ...
