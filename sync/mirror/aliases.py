"""Aliases: ids that merges have ended, and whose record each is part of by now; account_id is the first argument.

Merges are learnt of in any order, repeatedly and from several sides: a notice, a reading by id that answers
another id, a record that lists the ids merged into it. Every answer puts two ids into one group of ids that are
the same person; the group has one living id, and every alias names that one, so that one look resolves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, hold, one_of, upsert
from sync.mirror.tables import activities, aliases, contacts, deals

_a = aliases.c


@dataclass(frozen=True, slots=True)
class _Alias:
    contact_id: str
    learned_at: int


def record_merged(
    connection: Connection, account_id: str, merged: Mapping[str, str], *, asked_at: int
) -> list[str]:
    """Remember old id → contact as the CRM told it; answers the contacts that have something to follow.

    `asked_at` (ms) is when the CRM was asked: of two answers that name different living ids the later is right.
    """
    if not merged:
        return []
    lock(connection, account_id)
    known = _load(connection, account_id, {*merged, *merged.values()})
    new: dict[str, str] = {}
    for old, contact_id in merged.items():
        ended, living = _root(old, known), _root(contact_id, known)
        if ended == living:
            continue
        said = known.get(old)
        if said is not None and said.learned_at > asked_at:
            # An answer of before: then the record it names has become part of today's as well.
            ended, living = living, ended
        known[ended] = _Alias(living, asked_at)
        new[ended] = living
    settled = {ended: _root(ended, known) for ended in new}
    _store(connection, account_id, settled, asked_at=asked_at)
    return sorted(set(load_unfollowed(connection, account_id, settled).values()))


def _root(contact_id: str, known: Mapping[str, _Alias]) -> str:
    while (found := known.get(contact_id)) is not None:
        contact_id = found.contact_id
    return contact_id


def _load(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> dict[str, _Alias]:
    found: dict[str, _Alias] = {}
    for ids in chunks(contact_ids):
        query = sa.select(_a.alias, _a.contact_id, _a.learned_at).where(
            _a.account_id == account_id, one_of(_a.alias, ids)
        )
        found |= {row[0]: _Alias(row[1], row[2]) for row in connection.execute(query)}
    return found


def _store(
    connection: Connection, account_id: str, settled: Mapping[str, str], *, asked_at: int
) -> None:
    """New aliases, and the older ones of what has become an alias now."""
    met = _met(connection, account_id, settled)
    rows = [
        {
            "account_id": account_id,
            "alias": alias,
            "contact_id": contact_id,
            "learned_at": asked_at,
            # On an id that was never met, nothing hangs.
            "followed": alias not in met,
        }
        for alias, contact_id in settled.items()
    ]
    upsert(connection, aliases, rows)
    for alias, contact_id in settled.items():
        connection.execute(
            sa.update(aliases)
            .where(_a.account_id == account_id, _a.contact_id == alias)
            .values(contact_id=contact_id)
        )


def _met(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> set[str]:
    """Those of the ids of which the mirror has anything: without that nobody has dealt with them either."""
    found = set[str]()
    for ids in chunks(contact_ids):
        for table in (contacts, activities, deals):
            query = sa.select(table.c.contact_id).where(
                table.c.account_id == account_id, one_of(table.c.contact_id, ids)
            )
            found |= set(connection.execute(query).scalars())
    return found


def lock(connection: Connection, account_id: str) -> None:
    """One at a time writes an account's aliases, until the transaction ends."""
    hold(connection, f"aliases:{account_id}")


def resolve(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> dict[str, str]:
    """Each of these ids → the contact it stands for: itself, unless a merge has ended it."""
    asked = list(dict.fromkeys(contact_ids))
    known = _load(connection, account_id, asked)
    return {i: known[i].contact_id if i in known else i for i in asked}


def load_learned(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> dict[str, tuple[str, int]]:
    """Alias → its contact and when (ms) that was learnt, of those of the ids that are aliases."""
    known = _load(connection, account_id, contact_ids)
    return {alias: (found.contact_id, found.learned_at) for alias, found in known.items()}


def load_unfollowed(
    connection: Connection,
    account_id: str,
    wanted: Iterable[str] | None = None,
    *,
    limit: int | None = None,
) -> dict[str, str]:
    """Alias → contact of those whose rows still hang on the alias; `wanted` are aliases or contacts to look for."""
    query = (
        sa.select(_a.alias, _a.contact_id)
        .where(_a.account_id == account_id, _a.followed.is_(False))
        .order_by(_a.contact_id, _a.alias)
        .limit(limit)
    )
    parts = [query]
    if wanted is not None:
        parts = [
            query.where(sa.or_(one_of(_a.alias, ids), one_of(_a.contact_id, ids)))
            for ids in chunks(wanted)
        ]
    return {row[0]: row[1] for part in parts for row in connection.execute(part)}


def record_followed(connection: Connection, account_id: str, followed: Sequence[str]) -> None:
    """Nothing hangs on these aliases any more."""
    for ids in chunks(followed):
        connection.execute(
            sa.update(aliases)
            .where(_a.account_id == account_id, one_of(_a.alias, ids))
            .values(followed=True)
        )


def revive(connection: Connection, account_id: str, living: Sequence[str]) -> None:
    """The CRM shows these under their own ids again: they are no aliases any more."""
    for ids in chunks(living):
        connection.execute(
            sa.delete(aliases).where(_a.account_id == account_id, one_of(_a.alias, ids))
        )


def load_same(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> list[str]:
    """All ids of these people: those given, what they stand for by now, and every alias of that."""
    people = resolve(connection, account_id, contact_ids)
    found = dict.fromkeys([*people, *people.values()])
    for ids in chunks(list(found)):
        query = sa.select(_a.alias).where(_a.account_id == account_id, one_of(_a.contact_id, ids))
        found |= dict.fromkeys(connection.execute(query).scalars())
    return list(found)


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete the aliases that these ids are, or that stand for them."""
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(aliases).where(
                _a.account_id == account_id,
                sa.or_(one_of(_a.alias, ids), one_of(_a.contact_id, ids)),
            )
        )
