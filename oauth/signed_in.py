"""Who a browser is signed in as and which accounts it may open: what its session remembers, in a few words.

The session travels in a cookie, which browsers cut at 4,096 bytes: an agency's accounts are not listed in it
but looked up.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.moments import to_millis
from oauth.store import Installation

_KEYS = ("person", "account_id", "agency_id", "since")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`person` opens `account_id`, or with `agency_id` each account of that agency that was there by `since` (ms)."""

    person: str
    account_id: str
    agency_id: str | None
    since: int

    def may_open(self, installation: Installation) -> bool:
        """Whether the account is this one, or another of the same agency."""
        return installation.account_id == self.account_id or (
            self.agency_id is not None and installation.agency_id == self.agency_id
        )


def begin(
    session: MutableMapping[str, Any],
    *,
    person: str,
    account_id: str,
    agency_id: str | None = None,
    since: datetime,
) -> None:
    """Sign a browser in; what an earlier session was allowed to open stays with that one."""
    session.clear()
    found = SignedIn(person, account_id, agency_id, to_millis(since))
    session.update({key: getattr(found, key) for key in _KEYS})


def find_signed_in(session: MutableMapping[str, Any]) -> SignedIn | None:
    """Who is signed in; None where nobody is, or by a session that an older version began."""
    if any(key not in session for key in _KEYS):
        return None
    return SignedIn(*(session[key] for key in _KEYS))
