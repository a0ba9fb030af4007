"""Segments that a person has switched off: nobody of them is proposed; account_id is the first argument."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import insert_new
from workflows.decisions.tables import segments_off
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who


def load_off(connection: Connection, account_id: str) -> dict[str, tuple[str, datetime]]:
    """Segment → who switched it off, and when."""
    s = segments_off.c
    query = sa.select(s.segment, s.by, s.since).where(s.account_id == account_id)
    return {row.segment: (row.by, row.since) for row in connection.execute(query)}


def switch(
    connection: Connection,
    account_id: str,
    segment: str,
    *,
    on: bool,
    by: str,
    at: datetime,
    now: datetime,
) -> bool:
    """Switch a segment on or off, in the name of a person; False where it is so already."""
    s = segments_off.c
    if on:
        mine = (s.account_id == account_id, s.segment == segment)
        changed = bool(connection.execute(sa.delete(segments_off).where(*mine)).rowcount)
    else:
        row = {"account_id": account_id, "segment": segment, "by": by, "since": now}
        changed = insert_new(connection, segments_off, row)
    if changed:
        what = What.RESUMED if on else What.STOPPED
        told = Entry(what, Who.PERSON, by=by, reason=f"The segment {segment}.", subject=segment)
        decision_log.record(connection, account_id, [told], at=at, now=now)
    return changed


def is_on(account_id: str, segment: "sa.ColumnElement[str | None]") -> "sa.ColumnElement[bool]":
    """Whether the segment of another query's row has not been switched off."""
    s = segments_off.c
    return ~sa.exists().where(s.account_id == account_id, s.segment == segment)
