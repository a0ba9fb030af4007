"""Who a browser is signed in as and which accounts it may open: what its session remembers, in a few words.

The session travels in a cookie, which browsers cut at 4,096 bytes: an agency's accounts are not listed in it
but looked up.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.moments import to_millis
from oauth.store import Installation

_KEYS = ("person", "account_id", "agency_id", "since", "role")
# Accounts of other installs that the same browser was signed in to, the latest first.
_EARLIER = "earlier"
_MOST_EARLIER = 8


class Role(StrEnum):
    """What somebody may do in an account."""

    ADMIN = "admin"
    TEAM = "team"  # works with contacts, and settles nothing for the account


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`person` opens `account_id`, or with `agency_id` each account of that agency that was there by `since` (ms)."""

    person: str
    account_id: str
    agency_id: str | None
    since: int
    role: str = Role.ADMIN

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

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
    role: Role = Role.ADMIN,
) -> None:
    """Sign a browser in; the same person's earlier accounts stay open to it, each as it was, and nobody else's."""
    before = [
        known
        for known in load_all(session)
        if known.account_id != account_id and known.person == person
    ]
    kept = {key: session[key] for key in ("framed",) if key in session}
    session.clear()
    _put(session, SignedIn(person, account_id, agency_id, to_millis(since), role), before)
    session.update(kept)


def switch(session: MutableMapping[str, Any], account_id: str, known: SignedIn) -> None:
    """Look at another account, one that `known` may open."""
    others = [one for one in load_all(session) if one != known]
    shown = SignedIn(known.person, account_id, known.agency_id, known.since, known.role)
    _put(session, shown, others)


def find_signed_in(session: MutableMapping[str, Any]) -> SignedIn | None:
    """Who is signed in; None where nobody is, or by a session that an older version began."""
    return _read([session.get(key, _KEYS) for key in _KEYS])


def load_all(session: MutableMapping[str, Any]) -> list[SignedIn]:
    """Who is signed in, then as whom this browser was before."""
    earlier = session.get(_EARLIER)
    listed = [_read(one) for one in earlier] if isinstance(earlier, list) else []
    return [one for one in (find_signed_in(session), *listed) if one is not None]


def _put(session: MutableMapping[str, Any], shown: SignedIn, others: list[SignedIn]) -> None:
    session.update({key: getattr(shown, key) for key in _KEYS})
    session[_EARLIER] = [[getattr(one, key) for key in _KEYS] for one in others[:_MOST_EARLIER]]


def _read(values: object) -> SignedIn | None:
    if not isinstance(values, list) or len(values) != len(_KEYS) or _KEYS in values:
        return None
    found = SignedIn(*values)
    return found if found.role in set(Role) else None
