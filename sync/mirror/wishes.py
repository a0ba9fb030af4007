"""What people said of being contacted, out of the activities that hold it: beside what the CRM's own fields say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import (
    EVERYTHING,
    OF_EMAIL,
    OF_TEXTS,
    OPTED_IN,
    RULES,
    SAYS,
    WISHES,
    Wish,
    closed_by,
    column_of,
)
from core.db import one_of
from core.moments import from_millis
from sync.mirror.tables import activities, lifted_wishes

if TYPE_CHECKING:
    import polars as pl

_COLUMNS = (EVERYTHING, OF_EMAIL, OF_TEXTS)
# What an activity is called where a wish is told.
WHERE = {
    "email": "e-mail",
    "sms": "text",
    "other": "message",
    "note": "note",
    "ticket": "ticket",
    "call": "call note",
    "meeting": "meeting note",
    "form": "form",
    "feedback": "survey",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A wish that counts: which, in what, and when."""

    contact_id: str
    activity_id: str
    kind: str
    wish: Wish
    at: datetime

    @property
    def column(self) -> str:
        return column_of(self.wish, self.kind)

    @property
    def closes(self) -> frozenset[str]:
        return closed_by(self.wish, self.kind)

    @property
    def words(self) -> str:
        """What people read of it: what was said, where and when."""
        where = WHERE.get(self.kind, self.kind)
        return f"{SAYS[self.wish]} ({where}, {self.at:%b} {self.at.day}, {self.at.year})"


def said_wish() -> sa.ColumnElement[str | None]:
    """What an activity says of being contacted, where nobody has set it aside; for a query over activities."""
    a, lifted = activities.c, lifted_wishes.c
    wish = sa.func.coalesce(a.wish, sa.case((a.outcome.in_(WISHES), a.outcome)))
    is_lifted = sa.exists().where(
        lifted.account_id == a.account_id,
        lifted.activity_id == a.activity_id,
        lifted.contact_id == a.contact_id,
    )
    return sa.case((wish.is_not(None) & ~is_lifted, wish))


def load_said(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, list[Said]]:
    """Contact → its wishes that count, the last about each column; of those of these contacts who have any."""
    a = activities.c
    mine = (a.account_id == account_id, one_of(a.contact_id, contact_ids))
    last: dict[tuple[str, str], Said] = {}
    for said in _read(connection, *mine):
        last[said.contact_id, said.column] = said
    found: dict[str, list[Said]] = {}
    for said in last.values():
        if said.wish != OPTED_IN:
            found.setdefault(said.contact_id, []).append(said)
    return found


def _read(connection: Connection, *where: Any) -> list[Said]:
    a, wish = activities.c, said_wish()
    query = (
        sa.select(a.contact_id, a.activity_id, a.kind, wish, a.occurred_at)
        .where(*where, sa.or_(a.wish.is_not(None), a.outcome.in_(WISHES)), wish.is_not(None))
        .order_by(a.occurred_at, a.activity_id)
    )
    return [
        Said(contact_id, activity_id, kind, Wish(said), from_millis(at))
        for contact_id, activity_id, kind, said, at in connection.execute(query)
    ]


def closed_columns(said: Sequence[Said]) -> frozenset[str]:
    """What these wishes close together."""
    return frozenset[str]().union(*(one.closes for one in said))


def words_of(said: Sequence[Said], rule: str) -> str | None:
    """The last thing that was said for which a rule forbids any contact, in words for people."""
    of_rule = [s for s in said if RULES[s.wish] == rule and s.closes & {EVERYTHING, OF_EMAIL}]
    return max(of_rule, key=lambda one: one.at).words if of_rule else None


def load_wishes(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Contact → the columns that its last wishes are about; of those of these contacts who have any."""
    found = load_said(connection, account_id, contact_ids)
    return {contact_id: frozenset(one.column for one in said) for contact_id, said in found.items()}


def with_wishes(people: "pl.DataFrame", acts: "pl.DataFrame") -> "pl.DataFrame":
    """The contacts with what their last wishes close, over columns: as `closed_columns` says of each.

    `acts` has a column `wish`.
    """
    import polars as pl  # noqa: PLC0415

    said = acts.filter(pl.col("wish").is_not_null())
    if not said.height:
        return people
    # The same question as of one: asked once for each pair that there is.
    about = pl.struct("wish", "kind").map_elements(
        lambda pair: column_of(pair["wish"], pair["kind"]), return_dtype=pl.String
    )
    # Activities come in the order of their ids, which the sort keeps among those of one moment.
    last = (
        said.with_columns(about=about)
        .sort("occurred_at", maintain_order=True)
        .group_by("contact_id", "about")
        .agg(pl.col("wish", "kind").last())
        .filter(pl.col("wish") != OPTED_IN)
        .with_columns(
            closes=pl.struct("wish", "kind").map_elements(
                lambda pair: sorted(closed_by(pair["wish"], pair["kind"])),
                return_dtype=pl.List(pl.String),
            )
        )
    )
    closed = {
        column: last.filter(pl.col("closes").list.contains(column))["contact_id"].implode()
        for column in _COLUMNS
    }
    return people.with_columns(
        pl.when(pl.col("contact_id").is_in(ids))
        .then(pl.lit(value=True))
        .otherwise(column)
        .alias(column)
        for column, ids in closed.items()
    )
