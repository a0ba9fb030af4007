"""Which records of the mirror are one person: they share an address or a number, however it is written (D1, D7)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.identity import number_forms, whole_number
from core.db import chunks, one_of
from sync.mirror.tables import contacts

# An address or a number on more records than this is a switchboard's or made up, and nobody's own.
MOST_RECORDS = 20
# Records that share a number with one that shares an address with another one, and so on.
_HOPS = 3


def load_same(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, code: str | None
) -> dict[str, frozenset[str]]:
    """Contact → all records of the same person, itself among them; of those of these contacts who have several.

    `code` is the calling code of the business's own country, where numbers may be written without it. Archived records
    are among them: what was said under one still holds.
    """
    groups = _Groups()
    asked = list(contact_ids)
    known: set[str] = set()
    new: Collection[str] = asked
    for _ in range(_HOPS):
        keys = _load_keys(connection, account_id, [i for i in new if i not in known])
        known.update(keys)
        sharing = _load_sharing(connection, account_id, keys.values(), code)
        for contact_id, (email, phone) in {**keys, **sharing}.items():
            if email:
                groups.join(contact_id, ("email", email))
            if phone:
                groups.join(contact_id, ("phone", whole_number(phone, code)))
        new = [i for i in sharing if i not in known]
        if not new:
            break
    return groups.of(asked)


_Keys = tuple[str | None, str | None]


def _load_keys(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, _Keys]:
    c = contacts.c
    found: dict[str, _Keys] = {}
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.email_key, c.phone_key).where(
            c.account_id == account_id,
            one_of(c.contact_id, ids),
            sa.or_(c.email_key.is_not(None), c.phone_key.is_not(None)),
        )
        found |= {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    return found


def _load_sharing(
    connection: Connection, account_id: str, keys: Iterable[_Keys], code: str | None
) -> dict[str, _Keys]:
    """The records that share one of these keys, with the key that is shared; none by a key of too many."""
    emails, forms = set[str](), set[str]()
    for email, phone in keys:
        emails.update([email] if email else [])
        forms.update(number_forms(phone, code) if phone else [])
    found: dict[str, _Keys] = {}
    for contact_id, email in _load_shared(connection, account_id, contacts.c.email_key, emails):
        found[contact_id] = (email, None)
    by_number: dict[str, list[tuple[str, str]]] = {}
    for contact_id, phone in _load_shared(connection, account_id, contacts.c.phone_key, forms):
        by_number.setdefault(whole_number(phone, code), []).append((contact_id, phone))
    for holders in by_number.values():
        if len(holders) > MOST_RECORDS:
            continue
        for contact_id, phone in holders:
            found[contact_id] = (found.get(contact_id, (None, None))[0], phone)
    return found


def _load_shared(
    connection: Connection, account_id: str, key: "sa.Column[Any]", values: Collection[str]
) -> list[tuple[str, str]]:
    """(contact, key) of whoever has one of these, but for those that more than MOST_RECORDS have."""
    c = contacts.c
    found: list[tuple[str, str]] = []
    for some in chunks(sorted(values)):
        mine = (c.account_id == account_id, key.in_(some))
        few = (
            sa.select(key)
            .where(*mine)
            .group_by(key)
            .having(sa.func.count() <= MOST_RECORDS)
            .scalar_subquery()
        )
        query = sa.select(c.contact_id, key).where(c.account_id == account_id, key.in_(few))
        found += [(row[0], row[1]) for row in connection.execute(query)]
    return found


class _Groups:
    """Contacts joined by what they share."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], str] = {}
        self._parent: dict[str, str] = {}

    def join(self, contact_id: str, key: tuple[str, str]) -> None:
        first = self._by_key.setdefault(key, contact_id)
        self._parent[self._root(contact_id)] = self._root(first)

    def of(self, contact_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        members: dict[str, set[str]] = {}
        for contact_id in list(self._parent):
            members.setdefault(self._root(contact_id), set()).add(contact_id)
        found = {i: members.get(self._root(i), {i}) for i in contact_ids}
        return {i: frozenset(group) for i, group in found.items() if len(group) > 1}

    def _root(self, contact_id: str) -> str:
        root = contact_id
        while (parent := self._parent.setdefault(root, root)) != root:
            root = parent
        self._parent[contact_id] = root
        return root
