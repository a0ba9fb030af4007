"""Looks at how the values of mapped properties can be read, over the whole account, and keeps what was found."""

from datetime import datetime

from sqlalchemy.engine import Engine

from core.db import reading
from sync.fields.mapping_store import load_wanted, save_findings
from sync.frames import load_raw, raw_of


def find_how_read(engine: Engine, account_id: str, *, as_of: datetime, now: datetime) -> None:
    """Let each property's whole column say how its values are written, and count those that can't be read."""
    from sync.fields.columns import type_fields  # noqa: PLC0415  loads columns

    with reading(engine) as connection:
        wanted = load_wanted(connection, account_id).undecided()
    if wanted.names:
        raw = raw_of(load_raw(engine, account_id, wanted, as_of=as_of), wanted)
        typed = type_fields(raw, wanted, as_of=as_of)
        findings, unread = typed.findings, typed.unread
    else:
        findings, unread = (), ()
    with engine.begin() as tx:
        save_findings(tx, account_id, findings, unread, now=now)
