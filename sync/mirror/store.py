"""Every query on the mirror; account_id is the first argument."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.clicks import OPENING
from connector.port.changes import Span
from connector.port.records import REFUSALS, ActivityRow, ContactRow, DealRow
from contact_rules.identity import address_key, name_key, number_key
from core.db import chunks, one_of, upsert
from sync.mirror.changes import Stored, compare, completed, content_hash, drop_outdated, remember
from sync.mirror.tables import (
    activities,
    contacts,
    corrected_reasons,
    deals,
    field_trials,
    lifted_wishes,
    unread_values,
    unscored,
)

# What a reading fills.
MIRROR = (contacts, activities, deals)
# What goes with a person who is erased.
ERASED = (
    *(activities, deals, contacts, unscored, unread_values, field_trials, lifted_wishes),
    corrected_reasons,
)


def save_contacts(
    connection: Connection, account_id: str, rows: Sequence[ContactRow], *, asked_at: int
) -> list[str]:
    """Store contacts that differ from the mirror; answers the ids whose content changed.

    `asked_at` (ms) is when the CRM was asked for them: none of them can be missing from then on.
    """
    stored = load_stored(connection, account_id, [r["contact_id"] for r in rows])
    current = drop_outdated(stored, rows, asked_at=asked_at)
    difference = compare(stored, remember(stored, current))
    upsert(
        connection,
        contacts,
        [
            {
                "account_id": account_id,
                "disqualified": None,
                **row,
                "email_key": address_key(row["email"]),
                "phone_key": number_key(row["phone"]),
                "name_key": name_key(row["first_name"], row["last_name"]),
                "surname_key": name_key(row["last_name"], row["first_name"]),
                "content_hash": digest,
                "read_at": asked_at,
            }
            for row, digest in difference.to_store
        ],
    )
    outdated = {r["contact_id"] for r in rows} - {r["contact_id"] for r in current}
    _record_read(connection, account_id, [*difference.unchanged, *outdated], asked_at=asked_at)
    return difference.changed


def _record_read(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, asked_at: int
) -> None:
    for ids in chunks(contact_ids):
        connection.execute(
            sa.update(contacts)
            .where(
                contacts.c.account_id == account_id,
                one_of(contacts.c.contact_id, ids),
                sa.or_(contacts.c.read_at.is_(None), contacts.c.read_at < asked_at),
            )
            .values(read_at=asked_at)
        )


def load_stored(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for ids in chunks(contact_ids):
        query = sa.select(
            contacts.c.contact_id,
            contacts.c.content_hash,
            contacts.c.known,
            contacts.c.archived,
            contacts.c.updated_at,
            contacts.c.read_at,
            contacts.c.reason,
            contacts.c.reason_at,
            *(contacts.c[name] for name in REFUSALS),
        ).where(contacts.c.account_id == account_id, one_of(contacts.c.contact_id, ids))
        for (
            contact_id,
            digest,
            known,
            archived,
            at,
            read_at,
            reason,
            said_at,
            *told,
        ) in connection.execute(query):
            refusals = dict(zip(REFUSALS, told, strict=True))
            found[contact_id] = Stored(
                digest, known, archived, at, read_at, reason, said_at, refusals
            )
    return found


def merge_fields(
    connection: Connection,
    account_id: str,
    values: Mapping[str, Mapping[str, str]],
    names: Collection[str],
) -> None:
    """Take over what these properties hold; `values` is contact → property → value, the empty left out."""
    for ids in chunks(values):
        query = sa.select(contacts).where(
            contacts.c.account_id == account_id, one_of(contacts.c.contact_id, ids)
        )
        merged = []
        for found in connection.execute(query).mappings():
            kept = {k: v for k, v in orjson.loads(found["fields"]).items() if k not in names}
            told = values[found["contact_id"]]
            now = {**kept, **{k: v for k, v in told.items() if k in names}}
            text = orjson.dumps(now, option=orjson.OPT_SORT_KEYS).decode()
            row = cast("ContactRow", {name: found[name] for name in ContactRow.__annotations__})
            digest = content_hash({**row, "fields": text})
            merged.append({**found, "fields": text, "content_hash": digest})
        upsert(connection, contacts, merged)


def save_activities(connection: Connection, account_id: str, rows: Sequence[ActivityRow]) -> None:
    unique = {(r["activity_id"], r["contact_id"]): r for r in rows}
    upsert(connection, activities, [{"account_id": account_id, **r} for r in unique.values()])


def save_deals(connection: Connection, account_id: str, rows: Sequence[DealRow]) -> None:
    unique = {(r["deal_id"], r["contact_id"]): r for r in rows}
    upsert(connection, deals, [{"account_id": account_id, **r} for r in unique.values()])


def find_acted(
    connection: Connection,
    account_id: str,
    acts: Sequence[ActivityRow],
    sales: Sequence[DealRow],
) -> list[str]:
    """Contacts of activities and deals that the mirror does not have, or has otherwise."""
    found: dict[str, None] = {}
    for table, rows in ((activities, acts), (deals, sales)):
        names = [c.name for c in table.columns if c.name != "account_id"]
        seen: set[tuple[Any, ...]] = set()
        for ids in chunks({row["contact_id"] for row in rows}):
            query = sa.select(*(table.c[name] for name in names)).where(
                table.c.account_id == account_id, one_of(table.c.contact_id, ids)
            )
            seen |= {tuple(row) for row in connection.execute(query)}
        for row in rows:
            if cast("Mapping[str, Any]", row).get("kind") == OPENING:
                continue  # no sign of life: nothing is scored anew for it
            if tuple(cast("Mapping[str, Any]", row)[name] for name in names) not in seen:
                found[row["contact_id"]] = None
    return list(found)


def load_unread(
    connection: Connection, account_id: str, *, since: int, after: str, limit: int
) -> list[str]:
    """The next contacts that nobody has asked the CRM for since then (ms), by id."""
    query = (
        sa.select(contacts.c.contact_id)
        .where(
            contacts.c.account_id == account_id,
            contacts.c.contact_id > after,
            contacts.c.archived.is_(False),
            sa.or_(contacts.c.read_at.is_(None), contacts.c.read_at < since),
        )
        .order_by(contacts.c.contact_id)
        .limit(limit)
    )
    return [row.contact_id for row in connection.execute(query)]


def archive_contacts(
    connection: Connection, account_id: str, contact_ids: Sequence[str], *, asked_at: int
) -> list[str]:
    """Mark as archived those of these that are not; answers which they were."""
    archived: list[str] = []
    for ids in chunks(contact_ids):
        statement = (
            sa.update(contacts)
            .where(
                contacts.c.account_id == account_id,
                one_of(contacts.c.contact_id, ids),
                contacts.c.archived.is_(False),
            )
            .values(archived=True, content_hash="", read_at=asked_at)
            .returning(contacts.c.contact_id)
        )
        archived += [row.contact_id for row in connection.execute(statement)]
    return archived


def erase_contacts(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete everything the mirror holds of these people."""
    for ids in chunks(contact_ids):
        for table in ERASED:
            connection.execute(
                sa.delete(table).where(
                    table.c.account_id == account_id, one_of(table.c.contact_id, ids)
                )
            )


def load_names(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> list[str]:
    """First and last names of these contacts, so that they can be taken out of a text."""
    found: list[str] = []
    for ids in chunks(contact_ids):
        query = sa.select(contacts.c.first_name, contacts.c.last_name).where(
            contacts.c.account_id == account_id, one_of(contacts.c.contact_id, ids)
        )
        found += [name for row in connection.execute(query) for name in row if name]
    return found


def load_full_names(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, str]:
    """Contact → first and last name, of those that have one."""
    found: dict[str, str] = {}
    c = contacts.c
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.first_name, c.last_name).where(
            c.account_id == account_id, one_of(c.contact_id, ids)
        )
        for contact_id, *names in connection.execute(query):
            found[contact_id] = " ".join(filter(None, names))
    return {contact_id: name for contact_id, name in found.items() if name}


def count_contacts(connection: Connection, account_id: str, *, created: Span | None = None) -> int:
    """Contacts that are not archived: all of them, or those made in a span."""
    query = (
        sa.select(sa.func.count())
        .select_from(contacts)
        .where(contacts.c.account_id == account_id, contacts.c.archived.is_(False))
    )
    if created is not None:
        made = sa.func.coalesce(contacts.c.created_at, 0)
        query = query.where(made >= created[0], made < created[1])
    return int(connection.execute(query).scalar_one())


def load_created(connection: Connection, account_id: str) -> list[tuple[int, str]]:
    """When (ms) each contact that is not archived was made, and its id, in this order."""
    query = sa.select(sa.func.coalesce(contacts.c.created_at, 0), contacts.c.contact_id).where(
        contacts.c.account_id == account_id, contacts.c.archived.is_(False)
    )
    return sorted((at, contact_id) for at, contact_id in connection.execute(query))


def find_behind(
    connection: Connection, account_id: str, moved: Mapping[str, int | None]
) -> list[str]:
    """Those of these contacts that the mirror lacks, or has as they were before they last changed."""
    current: set[str] = set()
    for ids in chunks(moved):
        query = sa.select(contacts.c.contact_id, contacts.c.updated_at).where(
            contacts.c.account_id == account_id,
            one_of(contacts.c.contact_id, ids),
            contacts.c.archived.is_(False),
            contacts.c.updated_at.is_not(None),
        )
        for contact_id, updated_at in connection.execute(query):
            at = moved[contact_id]
            if at is not None and updated_at >= at:
                current.add(contact_id)
    return [i for i in moved if i not in current]


def find_live(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> list[str]:
    """Those of these contacts that the mirror has and that are not archived."""
    found: list[str] = []
    for ids in chunks(contact_ids):
        query = sa.select(contacts.c.contact_id).where(
            contacts.c.account_id == account_id,
            one_of(contacts.c.contact_id, ids),
            contacts.c.archived.is_(False),
        )
        query = query.order_by(contacts.c.contact_id)
        found += [row.contact_id for row in connection.execute(query)]
    return found


def find_contact(connection: Connection, account_id: str, contact_id: str) -> dict[str, Any] | None:
    query = sa.select(contacts).where(
        contacts.c.account_id == account_id, contacts.c.contact_id == contact_id
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def find_last_sent(
    connection: Connection, account_id: str, contact_id: str, *, until: int
) -> tuple[str, int] | None:
    """Kind and moment (ms) of the latest that the business sent to a contact up to `until`."""
    a = activities.c
    query = (
        sa.select(a.kind, a.occurred_at)
        .where(
            a.account_id == account_id,
            a.contact_id == contact_id,
            a.direction == "out",
            a.occurred_at <= until,
        )
        .order_by(a.occurred_at.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.kind, row.occurred_at)


def load_known(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Our own properties as the CRM last showed them, for the contacts that are not archived."""
    known: dict[str, dict[str, str]] = {}
    for ids in chunks(contact_ids):
        query = sa.select(contacts.c.contact_id, contacts.c.known).where(
            contacts.c.account_id == account_id,
            one_of(contacts.c.contact_id, ids),
            contacts.c.archived.is_(False),
        )
        for contact_id, text in connection.execute(query):
            known[contact_id] = orjson.loads(text)
    return known


def record_known(
    connection: Connection, account_id: str, values: dict[str, dict[str, str]]
) -> None:
    """Take over values that the CRM accepted."""
    known = load_known(connection, account_id, list(values))
    if not known:
        return
    statement = (
        sa.update(contacts)
        .where(
            contacts.c.account_id == account_id,
            contacts.c.contact_id == sa.bindparam("of_contact"),
        )
        .values(known=sa.bindparam("now_known"))
    )
    rows = [
        {
            "of_contact": contact_id,
            "now_known": orjson.dumps(
                {k: v for k, v in {**old, **values[contact_id]}.items() if v != ""}
            ).decode(),
        }
        for contact_id, old in known.items()
    ]
    connection.execute(statement, rows)


def record_own_change(connection: Connection, account_id: str, rows: Sequence[ContactRow]) -> None:
    """Take over the time of our own write for those in whom nothing else has changed.

    Nobody needs to be read again for it; whoever differs in anything else is left to the next poll.
    """
    stored = load_stored(connection, account_id, [r["contact_id"] for r in rows])
    for row in remember(stored, rows):
        old = stored.get(row["contact_id"])
        if old is None or old.content_hash != content_hash(completed(old, row)):
            continue
        connection.execute(
            sa.update(contacts)
            .where(contacts.c.account_id == account_id, contacts.c.contact_id == row["contact_id"])
            .values(updated_at=row["updated_at"])
        )


def is_live(
    account_id: sa.ColumnElement[str], contact_id: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    """Whether another row's contact is in the mirror and not archived, as a condition for other packages' queries."""
    c = contacts.c
    return sa.exists().where(
        c.account_id == account_id, c.contact_id == contact_id, c.archived.is_(False)
    )
