"""Queries for people who look at single contacts: some real values, whom a search means, whose value cannot be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.mirror.tables import contacts, unread_values

LOOKED_INTO = 200  # contacts for samples of values
_FOUND = 6


@dataclass(frozen=True, slots=True)
class Named:
    """A contact by its id, and a name or an address by which a person knows it."""

    contact_id: str
    name: str


@dataclass(frozen=True, slots=True)
class UnreadValue:
    """Whose value it is, what stands there, and why it cannot be read."""

    contact: Named
    value: str
    reason: str


def load_texts(connection: Connection, account_id: str) -> list[Mapping[str, Any]]:
    """Of the last contacts by id the columns by name and the further properties by theirs: no order costs less."""
    c = contacts.c
    query = (
        sa.select(contacts)
        .where(c.account_id == account_id, c.archived.is_(False))
        .order_by(c.contact_id.desc())
        .limit(LOOKED_INTO)
    )
    return [{**row, **orjson.loads(row["fields"])} for row in connection.execute(query).mappings()]


def find_people(connection: Connection, account_id: str, text: str) -> list[Named]:
    """Whom an id, an address or a part of a name means; a few at most."""
    c, word = contacts.c, text.strip()
    if not word:
        return []
    full = sa.func.coalesce(c.first_name, "") + " " + sa.func.coalesce(c.last_name, "")
    mine = sa.select(c.contact_id, c.first_name, c.last_name, c.email).where(
        c.account_id == account_id, c.archived.is_(False)
    )
    exact = mine.where(sa.or_(c.contact_id == word, sa.func.lower(c.email) == word.lower()))
    alike = mine.where(sa.func.lower(full).contains(word.lower(), autoescape=True))
    for query in (exact, alike.order_by(c.contact_id)):
        rows = connection.execute(query.limit(_FOUND)).all()
        if rows:
            return [_named(*row) for row in rows]
    return []


def find_named(connection: Connection, account_id: str, contact_id: str) -> Named | None:
    c = contacts.c
    query = sa.select(c.contact_id, c.first_name, c.last_name, c.email).where(
        c.account_id == account_id, c.contact_id == contact_id
    )
    row = connection.execute(query).first()
    return None if row is None else _named(*row)


def load_unread_values(
    connection: Connection, account_id: str, input_name: str, source: str
) -> list[UnreadValue]:
    """Those contacts that are still there and still have a value."""
    c, u = contacts.c, unread_values.c
    query = (
        sa.select(c.contact_id, c.first_name, c.last_name, c.email, c.fields, u.reason)
        .join(
            unread_values,
            sa.and_(u.account_id == c.account_id, u.contact_id == c.contact_id),
        )
        .where(
            c.account_id == account_id,
            u.input == input_name,
            u.property == source,
            c.archived.is_(False),
        )
        .order_by(c.contact_id)
    )
    found = []
    for *who, fields, reason in connection.execute(query):
        value = orjson.loads(fields).get(source)
        if value:
            found.append(UnreadValue(_named(*who), value, reason))
    return found


def some_ids(texts: Iterable[Mapping[str, Any]], most: int) -> list[str]:
    """Ids of a few of these contacts."""
    return [row["contact_id"] for row in texts][:most]


def _named(contact_id: str, first: str | None, last: str | None, email: str | None) -> Named:
    return Named(contact_id, " ".join(filter(None, (first, last))) or email or contact_id)
