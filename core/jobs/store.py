"""Every query on jobs and claims."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from core.db import insert_new
from core.jobs.pauses import paused
from core.jobs.tables import claims, jobs

# A process that has not renewed its claim for so long counts as dead.
LEASE = timedelta(seconds=12)


class State(StrEnum):
    """What becomes of a job: it waits, it runs, and it is gone when done; or it is given up."""

    WAITING = "waiting"
    RUNNING = "running"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Ask:
    """A job to ask for; `claim` names what it must have to itself."""

    job: str
    account_id: str
    arguments: tuple[str, ...]
    lane: str
    claim: str

    @property
    def key(self) -> str:
        """The same job with the same arguments is one row."""
        said = "\x00".join(self.arguments)
        digest = hashlib.blake2b(said.encode(), digest_size=8).hexdigest() if said else "all"
        return f"{self.job}:{self.account_id}:{digest}"


@dataclass(frozen=True, slots=True)
class Row:
    """A job as it stands; `owner` is ours from taking it on."""

    key: str
    job: str
    account_id: str
    arguments: tuple[str, ...]
    lane: str
    claim: str
    asks: int
    failures: int
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A job that was given up, for a person to look at."""

    key: str
    job: str
    account_id: str
    failures: int
    error: str
    failed_at: datetime


def ask(connection: Connection, wanted: Ask, *, now: datetime) -> None:
    """Ask for a job: one row however often; while it runs, it will run once more.

    One that was given up gets one more try, because what the asker knows is new.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    given_up = jobs.c.state == State.GIVEN_UP
    statement = insert(jobs).values(_new(wanted, now))
    statement = statement.on_conflict_do_update(
        index_elements=["job_key"],
        set_={
            "asks": jobs.c.asks + 1,
            "asked_at": now,
            "state": sa.case((given_up, State.WAITING), else_=jobs.c.state),
            "due_at": sa.case((given_up, statement.excluded.due_at), else_=jobs.c.due_at),
        },
    )
    connection.execute(statement)


def ask_unless_asked(connection: Connection, wanted: Ask, *, now: datetime) -> bool:
    """Ask for a job that no row stands for; one that runs, waits for another try or was given up is left alone."""
    return insert_new(connection, jobs, _new(wanted, now))


def _new(wanted: Ask, now: datetime) -> dict[str, object]:
    return {
        "job_key": wanted.key,
        "job": wanted.job,
        "account_id": wanted.account_id,
        "arguments": list(wanted.arguments),
        "lane": wanted.lane,
        "claim": wanted.claim,
        "state": State.WAITING,
        "asks": 1,
        "asked_at": now,
        "due_at": now,
        "failures": 0,
    }


def take(connection: Connection, key: str, *, now: datetime) -> Row | None:
    """Take a job that is due and its claim; None while it is not due or paused, or another has the claim."""
    query = sa.select(jobs).where(
        jobs.c.job_key == key,
        jobs.c.state == State.WAITING,
        jobs.c.due_at <= now,
        ~paused(jobs.c.claim),
    )
    row = connection.execute(query.with_for_update(skip_locked=True)).mappings().first()
    if row is None:
        return None
    owner = uuid.uuid4().hex
    if not _claim(connection, row["claim"], owner, now=now):
        return None
    connection.execute(
        sa.update(jobs).where(jobs.c.job_key == key).values(state=State.RUNNING, owner=owner)
    )
    return Row(
        key,
        row["job"],
        row["account_id"],
        tuple(row["arguments"]),
        row["lane"],
        row["claim"],
        row["asks"],
        row["failures"],
        owner,
    )


def _claim(connection: Connection, claim: str, owner: str, *, now: datetime) -> bool:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(claims).values(claim=claim, owner=owner, until=now + LEASE)
    statement = statement.on_conflict_do_update(
        index_elements=["claim"],
        set_={"owner": owner, "until": now + LEASE},
        where=claims.c.until <= now,
    )
    return connection.execute(statement.returning(claims.c.claim)).first() is not None


def renew(connection: Connection, row: Row, *, now: datetime) -> bool:
    """Keep a claim for another while; False when somebody else has it."""
    statement = (
        sa.update(claims)
        .where(claims.c.claim == row.claim, claims.c.owner == row.owner)
        .values(until=now + LEASE)
    )
    return connection.execute(statement).rowcount == 1


def finish(connection: Connection, row: Row, *, now: datetime) -> None:
    """The job is done: gone, or due again where it was asked for meanwhile."""
    mine = (jobs.c.job_key == row.key, jobs.c.owner == row.owner)
    connection.execute(sa.delete(jobs).where(*mine, jobs.c.asks == row.asks))
    _set(connection, row, state=State.WAITING, owner=None, failures=0, due_at=now)
    _release(connection, row)


def postpone(connection: Connection, row: Row, *, until: datetime) -> None:
    """The job goes on later; what it has done stands."""
    _set(connection, row, state=State.WAITING, owner=None, failures=0, due_at=until)
    _release(connection, row)


def fail(
    connection: Connection,
    row: Row,
    *,
    code: str,
    error: str,
    retry_at: datetime | None,
    now: datetime,
) -> None:
    """The job failed: tried again at `retry_at`, or given up where that is None."""
    _set(
        connection,
        row,
        state=State.GIVEN_UP if retry_at is None else State.WAITING,
        owner=None,
        failures=row.failures + 1,
        error_code=code,
        error=error,
        failed_at=now,
        due_at=retry_at or now,
    )
    _release(connection, row)


def _set(connection: Connection, row: Row, **values: object) -> None:
    connection.execute(
        sa.update(jobs).where(jobs.c.job_key == row.key, jobs.c.owner == row.owner).values(**values)
    )


def _release(connection: Connection, row: Row) -> None:
    connection.execute(
        sa.delete(claims).where(claims.c.claim == row.claim, claims.c.owner == row.owner)
    )


def free_abandoned(connection: Connection, *, now: datetime) -> int:
    """Running jobs whose process no longer renews its claim wait again; answers how many."""
    alive = sa.exists().where(
        claims.c.claim == jobs.c.claim, claims.c.owner == jobs.c.owner, claims.c.until > now
    )
    statement = (
        sa.update(jobs)
        .where(jobs.c.state == State.RUNNING, ~alive)
        .values(state=State.WAITING, owner=None, due_at=now)
    )
    return connection.execute(statement).rowcount


def has_abandoned(connection: Connection, *, now: datetime) -> bool:
    """Whether a running job's process no longer renews its claim."""
    alive = sa.exists().where(
        claims.c.claim == jobs.c.claim, claims.c.owner == jobs.c.owner, claims.c.until > now
    )
    query = sa.select(jobs.c.job_key).where(jobs.c.state == State.RUNNING, ~alive).limit(1)
    return connection.execute(query).first() is not None


def load_due(
    connection: Connection, *, now: datetime, account_id: str | None = None, limit: int = 1_000
) -> list[tuple[str, str]]:
    """(key, lane) of jobs that are due and that could have their claim, in the order they were asked for."""
    held = sa.exists().where(claims.c.claim == jobs.c.claim, claims.c.until > now)
    query = sa.select(jobs.c.job_key, jobs.c.lane).where(
        jobs.c.state == State.WAITING, jobs.c.due_at <= now, ~held, ~paused(jobs.c.claim)
    )
    if account_id is not None:
        query = query.where(jobs.c.account_id == account_id)
    query = query.order_by(jobs.c.asked_at, jobs.c.job_key).limit(limit)
    return [(row.job_key, row.lane) for row in connection.execute(query)]


def is_busy(connection: Connection, *, now: datetime) -> bool:
    """Whether any job runs, or could."""
    query = sa.select(jobs.c.job_key).where(
        sa.or_(
            jobs.c.state == State.RUNNING,
            sa.and_(jobs.c.state == State.WAITING, jobs.c.due_at <= now, ~paused(jobs.c.claim)),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def find_longest_running(connection: Connection, account_id: str, *, but: str) -> datetime | None:
    """Since when the oldest job of the account that somebody is at work at has been asked for, other than that one."""
    j = jobs.c
    query = sa.select(sa.func.min(j.asked_at)).where(
        j.account_id == account_id, j.state == State.RUNNING, j.job != but
    )
    return connection.execute(query).scalar_one_or_none()


def load_accounts_asked(
    connection: Connection, account_ids: Sequence[str], names: Sequence[str]
) -> set[str]:
    """Those of these accounts for which one of the jobs is asked for, running or given up."""
    query = sa.select(jobs.c.account_id).where(
        jobs.c.account_id.in_(account_ids), jobs.c.job.in_(names)
    )
    return {row.account_id for row in connection.execute(query)}


def load_jobs_asked(connection: Connection, account_id: str) -> set[str]:
    """The jobs that are asked for, running or given up, by their names."""
    query = sa.select(jobs.c.job).distinct().where(jobs.c.account_id == account_id)
    return set(connection.execute(query).scalars())


def find_next_try(connection: Connection, account_id: str, code: str) -> datetime | None:
    """When the first of the account's jobs that failed with this code is tried again; None where none waits for it."""
    c = jobs.c
    query = sa.select(sa.func.min(c.due_at, type_=c.due_at.type)).where(
        c.account_id == account_id,
        c.state == State.WAITING,
        c.failures > 0,
        c.error_code == code,
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def load_given_up(connection: Connection, account_id: str) -> list[Letter]:
    """The account's jobs that were given up, the latest first."""
    query = (
        sa.select(jobs)
        .where(jobs.c.account_id == account_id, jobs.c.state == State.GIVEN_UP)
        .order_by(jobs.c.failed_at.desc(), jobs.c.job_key)
    )
    return [
        Letter(
            row["job_key"],
            row["job"],
            row["account_id"],
            row["failures"],
            row["error"] or "",
            row["failed_at"],
        )
        for row in connection.execute(query).mappings()
    ]


def replay(connection: Connection, account_id: str, key: str, *, now: datetime) -> bool:
    """Let a job that was given up run again, with all its tries; False when there is no such job."""
    return _given_up(connection, account_id, key, state=State.WAITING, failures=0, due_at=now)


def replay_all(
    connection: Connection, account_id: str, codes: Sequence[str], *, now: datetime
) -> None:
    """Let every job that was given up for one of these errors run again."""
    connection.execute(
        sa.update(jobs)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.state == State.GIVEN_UP,
            jobs.c.error_code.in_(codes),
        )
        .values(state=State.WAITING, failures=0, due_at=now)
    )


def _given_up(connection: Connection, account_id: str, key: str, **values: object) -> bool:
    statement = (
        sa.update(jobs)
        .where(
            jobs.c.account_id == account_id,
            jobs.c.job_key == key,
            jobs.c.state == State.GIVEN_UP,
        )
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def drop(connection: Connection, account_id: str, key: str) -> bool:
    """Forget a job that was given up; False when there is no such job."""
    statement = sa.delete(jobs).where(
        jobs.c.account_id == account_id, jobs.c.job_key == key, jobs.c.state == State.GIVEN_UP
    )
    return connection.execute(statement).rowcount == 1


def drop_waiting(connection: Connection, account_id: str, claim: str) -> None:
    """Forget the jobs of a claim that wait: what they were to do has been cancelled."""
    waiting = jobs.c.state == State.WAITING
    mine = (jobs.c.account_id == account_id, jobs.c.claim == claim)
    connection.execute(sa.delete(jobs).where(*mine, waiting))


def drop_all(connection: Connection, account_ids: Iterable[str]) -> None:
    """Forget every job of accounts that have left; what runs ends by itself."""
    ids = list(account_ids)
    connection.execute(
        sa.delete(jobs).where(jobs.c.account_id.in_(ids), jobs.c.state != State.RUNNING)
    )
