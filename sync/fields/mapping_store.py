"""Every query on what an account's properties are and which feed which input; account_id is the first argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.fields import ContactProperty, Option
from core.db import chunks, insert_new, one_of, upsert
from core.errors import Conflict
from inputs.values.style import Style
from sync.fields.mapping import (
    FieldMapping,
    MappedInput,
    Proposal,
    Wanted,
    further_sources,
    settle,
    sources_to_read,
)
from sync.fields.tables import (
    contact_properties,
    field_findings,
    field_mappings,
    field_proposals,
)
from sync.mirror.tables import unread_values


@dataclass(frozen=True, slots=True)
class KnownProperty:
    """A property of the account, and how many of the contacts that were looked at have a value in it."""

    property: ContactProperty
    sampled: int
    filled: int


@dataclass(frozen=True, slots=True)
class Finding:
    """How the values of a property could be read for an input; `unread` are those with a value that could not."""

    input: str
    property: str
    contacts: int
    filled: int
    unread: int
    style: Style
    doubts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """What people had chosen from one change to the next, and what the audit said until then."""

    version: int
    changed_at: datetime
    changed_by: str
    mapping: dict[str, MappedInput]
    before: Mapping[str, Any]


def save_properties(
    connection: Connection,
    account_id: str,
    properties: Sequence[ContactProperty],
    filled: Mapping[str, int],
    *,
    sampled: int,
) -> None:
    """Put these in the place of those known before; `filled` is property → contacts with a value in it."""
    c = contact_properties.c
    mirrored = load_mirrored(connection, account_id)
    connection.execute(sa.delete(contact_properties).where(c.account_id == account_id))
    rows = {
        one.name: {
            "account_id": account_id,
            "name": one.name,
            "label": one.label,
            "kind": one.kind,
            "options": [[o.value, o.label] for o in one.options],
            "is_own": one.is_own,
            "read_as": list(one.read_as),
            "means": one.means,
            "unusable": one.unusable,
            "place": place,
            "sampled": sampled,
            "filled": filled.get(one.name, 0),
            "is_mirrored": one.name in mirrored,
        }
        for place, one in enumerate(properties)
        if len(one.name) <= 200
    }
    if rows:
        connection.execute(sa.insert(contact_properties), list(rows.values()))


def load_properties(
    connection: Connection, account_id: str, names: Sequence[str] | None = None
) -> dict[str, KnownProperty]:
    """Name → property, in the CRM's order; `names` are those wanted, None for all."""
    c = contact_properties.c
    query = sa.select(contact_properties).where(c.account_id == account_id).order_by(c.place)
    if names is not None:
        query = query.where(one_of(c.name, names))
    return {
        row["name"]: KnownProperty(_property(row), row["sampled"], row["filled"])
        for row in connection.execute(query).mappings()
    }


def load_definitions(
    connection: Connection, account_id: str, names: Sequence[str] | None = None
) -> dict[str, ContactProperty]:
    """The same without the numbers."""
    found = load_properties(connection, account_id, names)
    return {name: known.property for name, known in found.items()}


def load_mirrored(connection: Connection, account_id: str) -> set[str]:
    """The properties of which everybody's value is in the mirror."""
    c = contact_properties.c
    query = sa.select(c.name).where(c.account_id == account_id, c.is_mirrored.is_(True))
    return set(connection.execute(query).scalars())


def record_mirrored(connection: Connection, account_id: str, names: Iterable[str]) -> None:
    """Note that these properties, and no others, are in the mirror for everybody."""
    c = contact_properties.c
    mine = sa.update(contact_properties).where(c.account_id == account_id)
    connection.execute(mine.values(is_mirrored=False))
    for some in chunks(names):
        connection.execute(mine.where(c.name.in_(some)).values(is_mirrored=True))


def save_proposals(
    connection: Connection,
    account_id: str,
    proposals: Mapping[str, Sequence[Proposal]],
    *,
    now: datetime,
) -> None:
    stored = {name: [[p.name, p.match] for p in found] for name, found in proposals.items()}
    row = {"account_id": account_id, "proposals": stored, "proposed_at": now}
    upsert(connection, field_proposals, [row])


def load_proposals(connection: Connection, account_id: str) -> dict[str, tuple[Proposal, ...]]:
    """Input → the properties that may feed it, the surest first."""
    query = sa.select(field_proposals.c.proposals).where(field_proposals.c.account_id == account_id)
    stored = connection.execute(query).scalar_one_or_none() or {}
    return {name: tuple(Proposal(*pair) for pair in pairs) for name, pairs in stored.items()}


def find_version(connection: Connection, account_id: str) -> MappingVersion | None:
    """What people have chosen, as it holds now."""
    c = field_mappings.c
    query = (
        sa.select(field_mappings)
        .where(c.account_id == account_id)
        .order_by(c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    chosen = {name: MappedInput.from_json(stored) for name, stored in row["mapping"].items()}
    return MappingVersion(
        row["version"], row["changed_at"], row["changed_by"], chosen, row["before"]
    )


def record_version(
    connection: Connection,
    account_id: str,
    chosen: FieldMapping,
    *,
    after: int,
    by: str,
    before: Mapping[str, Any],
    now: datetime,
) -> int:
    """Append the version that follows `after`, 0 for the first; raises Conflict where another does already."""
    latest = find_version(connection, account_id)
    row = {
        "account_id": account_id,
        "version": after + 1,
        "changed_at": now,
        "changed_by": by[:200],
        "mapping": {name: mapped.to_json() for name, mapped in chosen.items()},
        "before": dict(before),
    }
    if (latest.version if latest else 0) != after or not insert_new(
        connection, field_mappings, row
    ):
        raise Conflict(
            "The mapping was changed by somebody else after you had opened it. Nothing of yours was saved: "
            "open the page again, look at what has changed, and repeat."
        )
    return after + 1


def load_settled_mapping(connection: Connection, account_id: str) -> dict[str, MappedInput]:
    """What feeds each input now."""
    version = find_version(connection, account_id)
    proposals = load_proposals(connection, account_id)
    return settle(version.mapping if version else {}, proposals)


def load_sources(connection: Connection, account_id: str) -> dict[str, tuple[str, ...]]:
    """Input → the properties that an adapter is to read for it, where it would not do so by itself."""
    settled = load_settled_mapping(connection, account_id)
    return sources_to_read(settled, load_definitions(connection, account_id))


def load_wanted(
    connection: Connection, account_id: str, settled: FieldMapping | None = None
) -> Wanted:
    """What is to be made of the values of properties; `settled` is a mapping that is only tried."""
    mapping = load_settled_mapping(connection, account_id) if settled is None else settled
    # An account has hundreds of properties, and few of them are mapped.
    named = {name for mapped in mapping.values() for name in mapped.names}
    properties = load_definitions(connection, account_id, sorted(named))
    styles = {key: f.style for key, f in load_findings(connection, account_id).items()}
    return Wanted(further_sources(mapping, properties), mapping, properties, styles)


def save_findings(
    connection: Connection,
    account_id: str,
    findings: Iterable[Finding],
    unread: Iterable[tuple[str, str, str, str]],
    *,
    now: datetime,
) -> None:
    """Put these in the place of earlier ones; `unread` is input, property, contact, why, of some."""
    for table in (field_findings, unread_values):
        connection.execute(sa.delete(table).where(table.c.account_id == account_id))
    rows = [
        {
            "account_id": account_id,
            "input": f.input,
            "property": f.property,
            "contacts": f.contacts,
            "filled": f.filled,
            "unread": f.unread,
            "style": f.style.to_json(),
            "doubts": [dict(d) for d in f.doubts],
            "found_at": now,
        }
        for f in findings
    ]
    if rows:
        connection.execute(sa.insert(field_findings), rows)
    names = ("input", "property", "contact_id", "reason")
    left = [{"account_id": account_id, **dict(zip(names, one, strict=True))} for one in unread]
    if left:
        connection.execute(sa.insert(unread_values), left)


def load_findings(connection: Connection, account_id: str) -> dict[tuple[str, str], Finding]:
    """Input and property → how its values could be read."""
    query = sa.select(field_findings).where(field_findings.c.account_id == account_id)
    return {
        (row["input"], row["property"]): Finding(
            row["input"],
            row["property"],
            row["contacts"],
            row["filled"],
            row["unread"],
            Style.from_json(row["style"]),
            tuple(row["doubts"]),
        )
        for row in connection.execute(query).mappings()
    }


def _property(row: sa.RowMapping) -> ContactProperty:
    return ContactProperty(
        name=row["name"],
        label=row["label"],
        kind=row["kind"],
        options=tuple(Option(value, label) for value, label in row["options"]),
        is_own=row["is_own"],
        read_as=tuple(row["read_as"]),
        means=row["means"],
        unusable=row["unusable"],
    )
