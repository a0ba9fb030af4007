"""Every query on what stands still; account_id is the first argument, and an empty one is everything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.db import reading, upsert
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.stops.tables import stops

EVERYTHING = ""
_WHOLE = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that stands still; `by` is a person, None where a limit was reached."""

    account_id: str
    programme: str | None
    since: datetime
    by: str | None
    reason: str

    @property
    def is_everywhere(self) -> bool:
        return self.account_id == EVERYTHING


def stop(
    connection: Connection,
    account_id: str,
    *,
    programme: str | None = None,
    by: str | None,
    reason: str,
    at: datetime,
    now: datetime,
    rule: str | None = None,
) -> bool:
    """Let an account, one of its programmes, or everything stand still; False where it does already."""
    standing = _load(connection, account_id).get((account_id, programme or _WHOLE))
    if standing is not None and standing.stopped:
        return False
    row = {
        "account_id": account_id,
        "programme": programme or _WHOLE,
        "stopped": True,
        "since": now,
        "by": by,
        "reason": reason,
    }
    upsert(connection, stops, [row])
    who = Who.SCHEDULE if by is None else Who.PERSON
    told = Entry(What.STOPPED, who, by=by, programme=programme, reason=reason, rule=rule)
    decision_log.record(connection, account_id, [told], at=at, now=now)
    return True


def go(
    connection: Connection,
    account_id: str,
    *,
    programme: str | None = None,
    by: str,
    reason: str,
    at: datetime,
    now: datetime,
) -> bool:
    """Let it go on, in the name of a person; False where it does not stand still.

    What has been sent until now counts towards no limit any more: the person has seen it.
    """
    s = stops.c
    done = connection.execute(
        sa.update(stops)
        .where(s.account_id == account_id, s.programme == (programme or _WHOLE), s.stopped)
        .values(stopped=False, since=now, by=by, reason=reason, counted_from=at)
    )
    if not done.rowcount:
        return False
    told = Entry(What.RESUMED, Who.PERSON, by=by, programme=programme, reason=reason)
    decision_log.record(connection, account_id, [told], at=at, now=now)
    return True


def find_stop(connection: Connection, account_id: str, programme: str | None = None) -> Stop | None:
    """What lets an account stand still, or one of its programmes where that is asked for; the widest first."""
    rows = _load(connection, account_id)
    keys = [(EVERYTHING, _WHOLE), (account_id, _WHOLE)]
    if programme is not None:
        keys.append((account_id, programme))
    return next((_stop(rows[k]) for k in keys if k in rows and rows[k].stopped), None)


def load_stopped(connection: Connection, account_id: str) -> Mapping[str, Stop]:
    """Programme → what lets it stand still by itself."""
    return {
        programme: _stop(row)
        for (owner, programme), row in _load(connection, account_id).items()
        if owner == account_id and programme and row.stopped
    }


def load_counted_from(connection: Connection, account_id: str) -> Mapping[str, datetime]:
    """Programme → since when its sends count, of those that a person has let go on."""
    return {
        programme: row.counted_from
        for (owner, programme), row in _load(connection, account_id).items()
        if owner == account_id and programme and row.counted_from is not None
    }


def load_going(connection: Connection, account_ids: Sequence[str]) -> frozenset[str]:
    """Those of these accounts that do not stand still as a whole."""
    s = stops.c
    query = sa.select(s.account_id).where(s.stopped, s.programme == _WHOLE)
    stopped = frozenset(connection.execute(query).scalars())
    return frozenset() if EVERYTHING in stopped else frozenset(account_ids) - stopped


def stands_still(
    account_id: "sa.ColumnElement[str]", programme: "sa.ColumnElement[str]"
) -> "sa.ColumnElement[bool]":
    """Whether a row of another package's query belongs to a programme that stands still by itself."""
    s = stops.c
    return sa.exists().where(s.account_id == account_id, s.programme == programme, s.stopped)


def load_all_stopped(connection: Connection) -> list[Stop]:
    """Everything that stands still, for whoever runs this Rekindle."""
    query = sa.select(stops).where(stops.c.stopped).order_by(stops.c.account_id, stops.c.programme)
    return [_stop(row) for row in connection.execute(query)]


def watch(engine: Engine, account_id: str, programme: str | None = None) -> Callable[[], bool]:
    """Whether it stands still by now: asked of the database each time, just before something is done."""

    def is_stopped() -> bool:
        with reading(engine) as connection:
            return find_stop(connection, account_id, programme) is not None

    return is_stopped


def _load(
    connection: Connection, account_id: str
) -> "dict[tuple[str, str], sa.Row[tuple[object, ...]]]":
    s = stops.c
    query = sa.select(stops).where(s.account_id.in_([EVERYTHING, account_id]))
    return {(row.account_id, row.programme): row for row in connection.execute(query)}


def _stop(row: "sa.Row[tuple[object, ...]]") -> Stop:
    return Stop(row.account_id, row.programme or None, row.since, row.by, row.reason)
