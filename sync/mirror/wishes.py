"""What people said of being contacted, out of the activities that hold it: beside what the CRM's own fields say."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contact_rules.wishes import (
    EVERYTHING,
    LEFT_ALONE,
    OF_EMAIL,
    OF_TEXTS,
    OPTED_IN,
    WISHES,
    column_of,
)
from sync.mirror.tables import activities

if TYPE_CHECKING:
    import polars as pl


def load_wishes(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Contact → the columns that its last wishes close; of those of these contacts who have any."""
    a = activities.c
    query = (
        sa.select(a.contact_id, a.kind, a.outcome)
        .where(
            a.account_id == account_id,
            a.contact_id.in_(contact_ids),
            a.outcome.in_(WISHES),
        )
        .order_by(a.occurred_at, a.activity_id)
    )
    last: dict[tuple[str, str], str] = {}
    for contact_id, kind, outcome in connection.execute(query):
        last[contact_id, column_of(outcome, kind)] = outcome
    closed: dict[str, set[str]] = {}
    for (contact_id, column), outcome in last.items():
        if outcome != OPTED_IN:
            closed.setdefault(contact_id, set()).add(column)
    return {contact_id: frozenset(columns) for contact_id, columns in closed.items()}


def with_wishes(people: "pl.DataFrame", acts: "pl.DataFrame") -> "pl.DataFrame":
    """The contacts with what their last wishes close, over columns: as `load_wishes` says of each."""
    import polars as pl  # noqa: PLC0415

    said = acts.filter(pl.col("outcome").is_in(WISHES))
    if not said.height:
        return people
    about = (
        pl.when(pl.col("outcome") == LEFT_ALONE)
        .then(pl.lit(EVERYTHING))
        .when(pl.col("kind") == "email")
        .then(pl.lit(OF_EMAIL))
        .otherwise(pl.lit(OF_TEXTS))
    )
    # Activities come in the order of their ids, which the sort keeps among those of one moment.
    last = (
        said.with_columns(about=about)
        .sort("occurred_at", maintain_order=True)
        .group_by("contact_id", "about")
        .agg(pl.col("outcome").last())
        .filter(pl.col("outcome") != OPTED_IN)
    )
    closed = {
        column: last.filter(pl.col("about") == column)["contact_id"].implode()
        for column in (EVERYTHING, OF_EMAIL, OF_TEXTS)
    }
    return people.with_columns(
        pl.when(pl.col("contact_id").is_in(ids))
        .then(pl.lit(value=True))
        .otherwise(column)
        .alias(column)
        for column, ids in closed.items()
    )
