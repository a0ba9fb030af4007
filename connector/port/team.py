"""The people who work in a CRM."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class ListsTeam(Protocol):
    def fetch_team(self) -> Sequence[str]:
        """The e-mail addresses of the account's users. Raises CrmForbidden without the permission to see them."""
        ...
