"""What a plan changes, for a person to look at: by property, and contact by contact, page by page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.db import reading
from sync.outbox.tables import plan_writes, plans

# Counting by property reads every row: of plans up to so many contacts whenever somebody looks, of larger ones once.
COUNTED_AT_ONCE = 2_000
_AT_ONCE = 5_000
w = plan_writes.c


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one contact: name → (old, new); an empty text is no value."""

    contact_id: str
    state: str
    values: Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class Counted:
    """By property how many values are new, changed and cleared; `contacts` is of how many rows.

    `groups` is how many contacts of each group of theirs the plan has.
    """

    contacts: int = 0
    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)
    groups: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return sorted({*self.new, *self.changed, *self.cleared})

    @property
    def values(self) -> int:
        return sum(self.new.values()) + sum(self.changed.values()) + sum(self.cleared.values())


def load_diff(
    connection: Connection,
    plan_id: str,
    *,
    among: Any = None,
    name: str = "",
    after: str = "",
    limit: int,
) -> list[Row]:
    """The next contacts of a plan; of those that `among` names, and with a value of that property, where given."""
    query = sa.select(w.contact_id, w.state, w.old_values, w.new_values).where(
        w.plan_id == plan_id, w.contact_id > after, *_only(among, name)
    )
    return [_row(row) for row in connection.execute(query.order_by(w.contact_id).limit(limit))]


def count_diff(connection: Connection, plan_id: str, *, among: Any = None, name: str = "") -> int:
    query = sa.select(sa.func.count()).where(w.plan_id == plan_id, *_only(among, name))
    return int(connection.execute(query).scalar_one())


def count_values(connection: Connection, plan_id: str) -> Counted:
    """How many values of each property a plan sets, changes and clears: of its first contacts, where it is large."""
    found = Counted()
    _count(connection, plan_id, found, after="", limit=COUNTED_AT_ONCE)
    return found


def store_counted(engine: Engine, plan_id: str, groups: Mapping[str, Any]) -> None:
    """Count all of a plan and keep what was counted; `groups` are conditions on contacts, by name.

    Some rows at a time: nobody waits for the database meanwhile.
    """
    found, after = Counted(), ""
    while True:
        with reading(engine) as connection:
            last = _count(connection, plan_id, found, after=after, limit=_AT_ONCE)
        if last is None:
            break
        after = last
    for name, among in groups.items():
        with reading(engine) as connection:
            found.groups[name] = count_diff(connection, plan_id, among=among)
    told = orjson.dumps({one.name: getattr(found, one.name) for one in fields(Counted)}).decode()
    with engine.begin() as tx:
        tx.execute(sa.update(plans).where(plans.c.plan_id == plan_id).values(counted=told))


def find_counted(connection: Connection, plan_id: str) -> Counted | None:
    """What was counted once the plan was recorded; None where it is small, or has been parted since."""
    query = sa.select(plans.c.counted).where(plans.c.plan_id == plan_id)
    told = connection.execute(query).scalar_one_or_none()
    if told is None:
        return None
    kept = orjson.loads(told)
    kinds = {kind: Counter[str](kept[kind]) for kind in ("new", "changed", "cleared")}
    return Counted(contacts=kept["contacts"], groups=kept["groups"], **kinds)


def _count(
    connection: Connection, plan_id: str, found: Counted, *, after: str, limit: int
) -> str | None:
    """Add the contacts that follow `after`; answers the last of them, None of none."""
    query = (
        sa.select(w.contact_id, w.old_values, w.new_values)
        .where(w.plan_id == plan_id, w.contact_id > after)
        .order_by(w.contact_id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    found.contacts += len(rows)
    for _, old_values, new_values in rows:
        old = orjson.loads(old_values)
        for name, new in orjson.loads(new_values).items():
            kind = found.cleared if not new else found.changed if old.get(name) else found.new
            kind[name] += 1
    return rows[-1][0] if rows else None


def _only(among: Any, name: str) -> "list[sa.ColumnElement[bool]]":
    found: list[sa.ColumnElement[bool]] = []
    if among is not None:
        found.append(w.contact_id.in_(among))
    if name:
        # Names are the keys of a JSON object; ours hold no character that it would write otherwise.
        found.append(w.new_values.contains(f'"{name}":', autoescape=True))
    return found


def _row(row: Any) -> Row:
    old, new = orjson.loads(row.old_values), orjson.loads(row.new_values)
    values = {name: (old.get(name) or "", value or "") for name, value in sorted(new.items())}
    return Row(row.contact_id, row.state, values)
