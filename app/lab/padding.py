"""Fills an account up with copies of the contacts it has, straight in the database, for benchmarks."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import metadata, one_of, reading

# What waits to be done or was done once belongs to the contact it was done for; a copy was never merged.
_NOT_COPIED = frozenset({"aliases", "unscored", "enrollments", "cohorts", "decision_log"})
_SHIFT = 10**6  # a copy's id is its original's with six digits more


def pad(engine: Engine, account_id: str, contacts: int, *, tell: Callable[[int], None]) -> None:
    """Copy everything that is kept of a contact until the account has that many."""
    originals = _load_ids(engine, account_id)
    tables = [
        table
        for table in metadata.sorted_tables
        if {"account_id", "contact_id"} <= set(table.columns.keys())
        and table.name not in _NOT_COPIED
    ]
    made = len(originals)
    number = 0
    while made < contacts:
        number += 1
        ids = originals[: contacts - made]
        with engine.begin() as tx:
            for table in tables:
                tx.execute(_copy(table, account_id, ids, number))
        made += len(ids)
        tell(made)


def _load_ids(engine: Engine, account_id: str) -> list[str]:
    table = metadata.tables["contacts"]
    query = sa.select(table.c.contact_id).where(
        table.c.account_id == account_id, table.c.archived.is_(False)
    )
    with reading(engine) as connection:
        return sorted(connection.execute(query).scalars())


def _copy(table: sa.Table, account_id: str, ids: list[str], number: int) -> sa.Insert:
    """One copy of these contacts' rows; ids of what belongs to them differ from copy to copy as well."""
    suffix = str(_SHIFT + number)[1:]
    values = [
        (column + suffix).label(column.name)
        if column.primary_key and column.name.endswith("_id") and column.name != "account_id"
        else column
        for column in table.columns
    ]
    rows = sa.select(*values).where(
        table.c.account_id == account_id, one_of(table.c.contact_id, ids)
    )
    return sa.insert(table).from_select([column.name for column in table.columns], rows)
