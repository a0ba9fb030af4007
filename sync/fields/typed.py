"""The typed values of some contacts' mapped properties, chunk by chunk, read just before they matter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of
from sync.fields.mapping_store import load_wanted
from sync.mirror.tables import contacts

if TYPE_CHECKING:
    import polars as pl


def load_typed(
    connection: Connection,
    account_id: str,
    contact_ids: Sequence[str],
    inputs: Iterable[str],
    *,
    at: datetime,
) -> "Iterator[pl.DataFrame]":
    """Frames with contact_id and a column for each of these inputs that is mapped; none where no one is.

    Contacts of whom none of them says anything are left out.
    """
    wanted = load_wanted(connection, account_id)
    sources = {name: wanted.sources[name] for name in inputs if name in wanted.sources}
    if not sources:
        return
    # polars is loaded by who needs columns, not with the process.
    import polars as pl  # noqa: PLC0415

    from sync.fields.columns import type_fields, unpack  # noqa: PLC0415

    wanted = replace(wanted, sources=sources)
    c = contacts.c
    for ids in chunks(contact_ids):
        query = sa.select(c.contact_id, c.fields).where(
            c.account_id == account_id, one_of(c.contact_id, ids)
        )
        rows = [
            (contact_id, fields)
            for contact_id, fields in connection.execute(query)
            if _says_something(fields, wanted.names)
        ]
        if not rows:
            continue
        frame = pl.DataFrame(rows, {"contact_id": pl.String, "fields": pl.String}, orient="row")
        raw = frame.select("contact_id").hstack(unpack(frame["fields"], wanted.names))
        yield type_fields(raw, wanted, as_of=at).frame


def _says_something(fields: str | None, names: Sequence[str]) -> bool:
    """Whether one of these properties has a value: to find none is much less work than to read columns of nothing."""
    if not fields:
        return False
    values = orjson.loads(fields)
    return any(str(values.get(name) or "").strip() for name in names)
