"""What a plan changes, for a person to look at: by property, and contact by contact, page by page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.outbox.tables import plan_writes

# Counting by property reads every row: of more than so many the first are counted, and the page says so.
MOST_COUNTED = 50_000
w = plan_writes.c


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one contact: name → (old, new); an empty text is no value."""

    contact_id: str
    state: str
    values: Mapping[str, tuple[str, str]]


@dataclass(slots=True)
class Counted:
    """By property how many values are new, changed and cleared; `contacts` is of how many rows."""

    contacts: int = 0
    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    cleared: Counter[str] = field(default_factory=Counter)

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


def count_values(connection: Connection, plan_id: str, *, most: int = MOST_COUNTED) -> Counted:
    """How many values of each property a plan sets, changes and clears."""
    query = (
        sa.select(w.contact_id, w.state, w.old_values, w.new_values)
        .where(w.plan_id == plan_id)
        .order_by(w.contact_id)
        .limit(most)
    )
    found = Counted()
    for row in map(_row, connection.execute(query)):
        found.contacts += 1
        for name, (old, new) in row.values.items():
            kind = found.cleared if not new else found.changed if old else found.new
            kind[name] += 1
    return found


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
