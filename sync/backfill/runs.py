"""Runs and their checkpoints: who reads an account, how far, and who took over from whom."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.records import Bounds, IdRange, Stream
from core.errors import Conflict
from core.moments import to_millis
from core.moving import move
from oauth.store import connected_accounts
from sync.backfill.states import RUNS, RunState
from sync.backfill.tables import ranges, runs


class RunTakenOver(Conflict):
    """Another worker has taken this run over; what this one still holds must not be stored."""

    code = "run_taken_over"


class ReadingPaused(Exception):
    """The reading stopped at a checkpoint so that others may work; it goes on from there."""


@dataclass(frozen=True, slots=True)
class Run:
    """A reading of an account; `fence` is ours from taking it over on."""

    run_id: str
    account_id: str
    fence: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One range of a stream and how far it has been read."""

    range_no: int
    part: IdRange
    cursor: str | None


def start_or_take_over(
    connection: Connection, account_id: str, *, as_of: datetime, now: datetime
) -> Run:
    """Continue the account's unfinished run, or begin a new one."""
    query = (
        sa.select(runs.c.run_id, runs.c.fence, runs.c.started_at)
        .where(runs.c.account_id == account_id, runs.c.state == RunState.RUNNING)
        .order_by(runs.c.started_at)
    )
    found = connection.execute(query).first()
    if found is not None:
        fence = found.fence + 1
        connection.execute(
            sa.update(runs)
            .where(runs.c.run_id == found.run_id)
            .values(fence=fence, beat_at=now, error=None)
        )
        return Run(found.run_id, account_id, fence, found.started_at)
    run = Run(uuid.uuid4().hex, account_id, 0, now)
    connection.execute(
        sa.insert(runs).values(
            run_id=run.run_id,
            account_id=account_id,
            state=RunState.RUNNING,
            read_count=0,
            fence=0,
            as_of=as_of,
            started_at=now,
            beat_at=now,
        )
    )
    return run


def record_streams(connection: Connection, run: Run, streams: Sequence[Stream]) -> None:
    """Which streams are to be read, in their order; what is known of their parts stays."""
    known = load_parts(connection, run)
    parts = {stream.value: known.get(stream.value, {}) for stream in streams}
    connection.execute(sa.update(runs).where(runs.c.run_id == run.run_id).values(parts=parts))


def load_parts(connection: Connection, run: Run) -> dict[str, dict[str, Any]]:
    """Stream → how far it has been read."""
    query = sa.select(runs.c.parts).where(runs.c.run_id == run.run_id)
    return dict(connection.execute(query).scalar() or {})


def note_part(
    connection: Connection, run: Run, stream: Stream, told: Mapping[str, Any], *, more: int = 0
) -> None:
    """Note of a stream what is known of it now; `more` records of it have been read."""
    parts = load_parts(connection, run)
    part = {**parts.get(stream.value, {}), **told}
    part["read"] = part.get("read", 0) + more
    parts[stream.value] = part
    connection.execute(sa.update(runs).where(runs.c.run_id == run.run_id).values(parts=parts))


def begin_stream(
    connection: Connection,
    run: Run,
    stream: Stream,
    bounds: Bounds,
    *,
    now: datetime,
    replace: bool = False,
) -> None:
    """Write down the ranges of a stream; `replace` starts it anew."""
    if replace:
        connection.execute(
            sa.delete(ranges).where(ranges.c.run_id == run.run_id, ranges.c.stream == stream.value)
        )
        note_part(connection, run, stream, {"read": 0})
    else:
        begun = {"began": to_millis(now), "read": 0, "total": bounds.total}
        note_part(connection, run, stream, begun)
        total = sa.func.coalesce(runs.c.total_count, 0) + (bounds.total or 0)
        connection.execute(
            sa.update(runs)
            .where(runs.c.run_id == run.run_id)
            .values(stream=stream.value, total_count=total)
        )
    for number, part in enumerate(bounds.ranges):
        _insert_range(connection, run, stream, number, part)


def load_checkpoints(connection: Connection, run: Run, stream: Stream) -> list[Checkpoint] | None:
    """The ranges still to be read; None when the stream has not begun."""
    query = (
        sa.select(ranges)
        .where(ranges.c.run_id == run.run_id, ranges.c.stream == stream.value)
        .order_by(ranges.c.range_no)
    )
    rows = list(connection.execute(query).mappings())
    if not rows:
        return None
    return [
        Checkpoint(r["range_no"], IdRange(r["lower"], r["upper"]), r["cursor"])
        for r in rows
        if not r["done"]
    ]


def record_page(
    connection: Connection,
    run: Run,
    stream: Stream,
    checkpoint: Checkpoint,
    *,
    cursor: str | None,
    count: int,
    now: datetime,
) -> None:
    """Move a checkpoint on; raises RunTakenOver when the run is no longer ours."""
    _must_be_ours(
        connection,
        run,
        RunState.RUNNING,
        beat_at=now,
        read_count=runs.c.read_count + count,
        stream=stream.value,
    )
    connection.execute(
        sa.update(ranges)
        .where(
            ranges.c.run_id == run.run_id,
            ranges.c.stream == stream.value,
            ranges.c.range_no == checkpoint.range_no,
        )
        .values(cursor=cursor or checkpoint.cursor, done=cursor is None)
    )
    note_part(connection, run, stream, {}, more=count)


def record_beat(connection: Connection, run: Run, *, now: datetime) -> None:
    """Say that the run goes on; raises RunTakenOver when it is no longer ours."""
    _must_be_ours(connection, run, RunState.RUNNING, beat_at=now)


def record_split(
    connection: Connection,
    run: Run,
    stream: Stream,
    checkpoint: Checkpoint,
    halves: tuple[IdRange, IdRange],
    number: int,
) -> tuple[Checkpoint, Checkpoint]:
    """Narrow a range to its first half and add the second under `number`."""
    first, second = halves
    connection.execute(
        sa.update(ranges)
        .where(
            ranges.c.run_id == run.run_id,
            ranges.c.stream == stream.value,
            ranges.c.range_no == checkpoint.range_no,
        )
        .values(lower=first.lower, upper=first.upper, cursor=None)
    )
    _insert_range(connection, run, stream, number, second)
    return Checkpoint(checkpoint.range_no, first, None), Checkpoint(number, second, None)


def cancel(connection: Connection, account_id: str, *, by: str, now: datetime) -> bool:
    """End a reading in the name of a person; what was read stays. False where nothing is being read."""
    mine = (runs.c.account_id == account_id, runs.c.state == RunState.RUNNING)
    ended = move(
        connection,
        RUNS,
        runs.c.state,
        RunState.FAILED,
        *mine,
        error=f"Cancelled by {by}.",
        finished_at=now,
        fence=runs.c.fence + 1,
    )
    return bool(ended)


def finish(connection: Connection, run: Run, *, now: datetime) -> None:
    """End a reading that is complete; raises RunTakenOver when it is no longer ours."""
    ended = {"finished_at": now, "beat_at": now, "error": None}
    _must_be_ours(connection, run, RunState.DONE, **ended)


def _must_be_ours(connection: Connection, run: Run, state: RunState, **values: object) -> None:
    """Write to a run that nobody has taken over; raises ImpossibleTransition where it has ended otherwise."""
    ours = (runs.c.run_id == run.run_id, runs.c.fence == run.fence)
    if move(connection, RUNS, runs.c.state, state, *ours, expected=1, **values) != 1:
        raise RunTakenOver("Another worker continues this reading.")


def record_missing(connection: Connection, run: Run, stream: Stream, scopes: Sequence[str]) -> None:
    """Note a stream that the account does not let us read, and the scopes that it needs."""
    ours = (runs.c.run_id == run.run_id, runs.c.fence == run.fence)
    noted = connection.execute(sa.select(runs.c.missing).where(*ours)).scalar() or []
    others = [m for m in noted if m["stream"] != stream.value]
    missing = [*others, {"stream": stream.value, "scopes": list(scopes)}]
    connection.execute(sa.update(runs).where(*ours).values(missing=missing))


def record_stopped(
    connection: Connection, account_id: str, message: str, *, passing: bool, now: datetime
) -> None:
    """Note why reading stopped.

    A passing trouble leaves the run unfinished, so that the next free worker goes on;
    any other ends it, because trying again would fail the same way.
    """
    move(
        connection,
        RUNS,
        runs.c.state,
        RunState.RUNNING if passing else RunState.FAILED,
        runs.c.account_id == account_id,
        runs.c.state == RunState.RUNNING,
        error=message,
        beat_at=now,
    )


def find_latest(connection: Connection, account_id: str) -> sa.RowMapping | None:
    query = (
        sa.select(runs)
        .where(runs.c.account_id == account_id)
        .order_by(runs.c.started_at.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().first()


def is_read_since(connection: Connection, account_id: str, moment: datetime) -> bool:
    """Whether a reading of the account has ended since then."""
    query = sa.select(runs.c.run_id).where(
        runs.c.account_id == account_id, runs.c.state == RunState.DONE, runs.c.finished_at >= moment
    )
    return connection.execute(query.limit(1)).first() is not None


def load_accounts_unread(connection: Connection) -> list[str]:
    """Connected accounts of which no reading has begun, or ended, since their install."""
    i = connected_accounts().c
    begun = sa.exists().where(
        runs.c.account_id == i.account_id,
        sa.or_(runs.c.started_at >= i.installed_at, runs.c.finished_at >= i.installed_at),
    )
    query = sa.select(i.account_id).where(~begun)
    return [row.account_id for row in connection.execute(query)]


def load_accounts_read_before(connection: Connection, before: datetime) -> list[str]:
    """Accounts whose last complete reading ended before that."""
    query = (
        sa.select(runs.c.account_id)
        .where(runs.c.state == RunState.DONE)
        .group_by(runs.c.account_id)
        .having(sa.func.max(runs.c.finished_at) < before)
    )
    return [row.account_id for row in connection.execute(query)]


def _insert_range(
    connection: Connection, run: Run, stream: Stream, number: int, part: IdRange
) -> None:
    connection.execute(
        sa.insert(ranges).values(
            run_id=run.run_id,
            stream=stream.value,
            range_no=number,
            lower=part.lower,
            upper=part.upper,
            cursor=None,
            done=False,
        )
    )


def count_ranges(connection: Connection, run: Run, stream: Stream) -> int:
    """How many ranges the stream has had, so that a new one gets a number of its own."""
    query = sa.select(sa.func.coalesce(sa.func.max(ranges.c.range_no), -1) + 1).where(
        ranges.c.run_id == run.run_id, ranges.c.stream == stream.value
    )
    return int(connection.execute(query).scalar_one())
