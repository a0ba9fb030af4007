"""Every query on the enrollment ledger; account_id is the first argument."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, insert_new_rows, one_of
from core.moving import move, move_all, move_each
from sync.outbox.states import WriteState
from workflows.enrollment.merged import joined
from workflows.enrollment.states import ENROLLMENTS, OPEN, RUNNING, End, EnrollmentState
from workflows.enrollment.tables import KEY, enrollments, touches
from workflows.enrollment.touch_states import TouchState
from workflows.stops.store import stands_still

# How long a started workflow counts as running: the CRMs do not tell when it ends.
RUNNING_FOR = timedelta(days=60)


def load_starts(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[str, list[datetime]]:
    """Contact → when each of its rounds was started, of those of whom one was.

    A round whose first touch shows no trace in the CRM was none: nobody was approached. It is one after all where the
    trace turns up later than anybody waited for it.
    """
    e, t = enrollments.c, touches.c
    seen_later = sa.exists().where(
        t.account_id == e.account_id,
        t.contact_id == e.contact_id,
        t.playbook == e.playbook,
        t.round_no == e.round_no,
        t.state == TouchState.PROVED,
    )
    query = sa.select(e.contact_id, e.started_at).where(
        e.account_id == account_id,
        one_of(e.contact_id, contact_ids),
        e.started_at.is_not(None),
        sa.or_(e.ended_by.is_(None), e.ended_by != End.UNPROVED, seen_later),
    )
    found: dict[str, list[datetime]] = {}
    for row in connection.execute(query):
        found.setdefault(row.contact_id, []).append(row.started_at)
    return found


def load_running(
    connection: Connection, account_id: str, contact_ids: Iterable[str], *, since: datetime
) -> dict[str, str | None]:
    """Contact → channel, of those whose workflow was started since then."""
    e = enrollments.c
    found: dict[str, str | None] = {}
    for ids in chunks(contact_ids):
        query = sa.select(e.contact_id, e.channel).where(
            e.account_id == account_id,
            one_of(e.contact_id, ids),
            e.state.in_(RUNNING),
            e.created_at >= since,
        )
        found |= {row.contact_id: row.channel for row in connection.execute(query)}
    return found


def propose(
    connection: Connection,
    account_id: str,
    picked: Sequence[tuple[str, str]],
    *,
    wave_id: str,
    now: datetime,
) -> int:
    """Write (contact, playbook) pairs into the ledger, each once for each round; answers how many are new."""
    rounds = _last_rounds(connection, account_id, [contact_id for contact_id, _ in picked])
    rows = [
        {
            "account_id": account_id,
            "contact_id": contact_id,
            "playbook": playbook,
            "round_no": rounds.get((contact_id, playbook), 0) + 1,
            "wave_id": wave_id,
            "state": EnrollmentState.PROPOSED,
            "created_at": now,
        }
        for contact_id, playbook in picked
    ]
    return len(insert_new_rows(connection, enrollments, rows))


def _last_rounds(
    connection: Connection, account_id: str, contact_ids: Sequence[str]
) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    e = enrollments.c
    for ids in chunks(contact_ids):
        query = (
            sa.select(e.contact_id, e.playbook, sa.func.max(e.round_no))
            .where(e.account_id == account_id, one_of(e.contact_id, ids))
            .group_by(e.contact_id, e.playbook)
        )
        found |= {(row[0], row[1]): row[2] for row in connection.execute(query)}
    return found


def is_running(
    account_id: "sa.ColumnElement[str]",
    contact_id: "sa.ColumnElement[str]",
    playbook: "sa.ColumnElement[str]",
    round_no: "sa.ColumnElement[int]",
) -> "sa.ColumnElement[bool]":
    """Whether a row of another package's query belongs to a round that has begun and not ended."""
    e = enrollments.c
    return sa.exists().where(
        e.account_id == account_id,
        e.contact_id == contact_id,
        e.playbook == playbook,
        e.round_no == round_no,
        e.state == EnrollmentState.STARTED,
    )


def load_started(
    connection: Connection, account_id: str, contact_ids: Iterable[str]
) -> list[dict[str, Any]]:
    """Rounds of these contacts that have begun and not ended."""
    e = enrollments.c
    found: list[dict[str, Any]] = []
    for ids in chunks(contact_ids):
        query = sa.select(enrollments).where(
            e.account_id == account_id,
            one_of(e.contact_id, ids),
            e.state == EnrollmentState.STARTED,
        )
        found += [dict(row) for row in connection.execute(query).mappings()]
    return found


def load_waiting(connection: Connection, account_id: str, contact_id: str) -> list[dict[str, Any]]:
    """Rounds of a contact that are to begin: proposed, approved, or being started just now."""
    e = enrollments.c
    query = sa.select(enrollments).where(
        e.account_id == account_id, e.contact_id == contact_id, e.state.in_(OPEN)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def has_open_wave(connection: Connection, account_id: str) -> bool:
    e = enrollments.c
    query = sa.select(e.contact_id).where(e.account_id == account_id, e.state.in_(OPEN)).limit(1)
    return connection.execute(query).first() is not None


def has_started(connection: Connection, account_id: str) -> bool:
    """Whether anybody of the account has been started yet."""
    e = enrollments.c
    query = sa.select(e.contact_id).where(e.account_id == account_id, e.started_at.is_not(None))
    return connection.execute(query.limit(1)).first() is not None


def approve_wave(
    connection: Connection,
    account_id: str,
    wave_id: str,
    *,
    by: str,
    at: datetime,
    now: datetime,
) -> int:
    """Let a proposed wave start, in the name of a person; answers how many contacts it has.

    They are due `at` the account's time; `now` is this machine's.
    """
    e = enrollments.c
    return move(
        connection,
        ENROLLMENTS,
        e.state,
        EnrollmentState.APPROVED,
        e.account_id == account_id,
        e.wave_id == wave_id,
        # Not those that were approved before and wait for their hour.
        e.state == EnrollmentState.PROPOSED,
        due_at=at,
        approved_by=by,
        approved_at=now,
    )


def load_due(connection: Connection, account_id: str, *, at: datetime) -> list[dict[str, Any]]:
    """Approved starts whose time has come, held until the transaction ends: two workers share none."""
    e = enrollments.c
    query = (
        sa.select(enrollments)
        .where(e.account_id == account_id, e.state == EnrollmentState.APPROVED, e.due_at <= at)
        .order_by(e.due_at, e.contact_id)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def postpone_due(
    connection: Connection,
    account_id: str,
    playbooks: Collection[str],
    *,
    at: datetime,
    until: datetime,
    reason: str,
) -> int:
    """Approved starts of these playbooks that are due wait; answers how many."""
    e = enrollments.c
    return move(
        connection,
        ENROLLMENTS,
        e.state,
        EnrollmentState.APPROVED,
        e.account_id == account_id,
        e.state == EnrollmentState.APPROVED,
        e.due_at <= at,
        e.playbook.in_(sorted(playbooks)),
        due_at=until,
        rule=None,
        reason=reason,
    )


def load_accounts_due(connection: Connection, *, at: datetime) -> list[str]:
    """Accounts with an approved start whose time has come, or one left half done."""
    e = enrollments.c
    query = (
        sa.select(e.account_id)
        .distinct()
        .where(
            sa.or_(
                sa.and_(
                    e.state == EnrollmentState.APPROVED,
                    e.due_at <= at,
                    ~stands_still(e.account_id, e.playbook),
                ),
                e.state == EnrollmentState.STARTING,
            )
        )
    )
    return [row[0] for row in connection.execute(query)]


def find_next_due(connection: Connection, account_id: str) -> datetime | None:
    e = enrollments.c
    query = (
        sa.select(e.due_at)
        .where(e.account_id == account_id, e.state == EnrollmentState.APPROVED)
        .order_by(e.due_at)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def record_state(
    connection: Connection, row: Mapping[str, Any], state: EnrollmentState, **values: Any
) -> bool:
    """Move one ledger row on; False where it is there already. Raises ImpossibleTransition."""
    e = enrollments.c
    where = [e[name] == row[name] for name in KEY]
    return move(connection, ENROLLMENTS, e.state, state, *where, expected=1, **values) == 1


def record_states(
    connection: Connection,
    moves: Iterable[tuple[Mapping[str, Any], EnrollmentState, Mapping[str, Any]]],
) -> None:
    """Move many ledger rows on, each with values of its own. Raises ImpossibleTransition."""
    move_each(connection, ENROLLMENTS, enrollments.c.state, KEY, moves)


def record_started(
    connection: Connection, rows: Iterable[Mapping[str, Any]], *, at: datetime
) -> None:
    """Rounds whose first touch was asked for have begun. Raises ImpossibleTransition."""
    told = {"started_at": at, "due_at": None, "rule": None, "reason": None}
    started = EnrollmentState.STARTED
    move_all(connection, ENROLLMENTS, enrollments.c.state, started, KEY, rows, **told)


def record_ends(
    connection: Connection,
    rows: Iterable[Mapping[str, Any]],
    end: End,
    *,
    at: datetime,
    **values: Any,
) -> list[Mapping[str, Any]]:
    """Rounds that have begun are over; answers those that were not over before. Raises ImpossibleTransition."""
    ended = EnrollmentState.ENDED
    told = {"ended_at": at, "ended_by": end, **values}
    return move_all(connection, ENROLLMENTS, enrollments.c.state, ended, KEY, rows, **told)


def count_enrollments(connection: Connection, account_id: str) -> dict[EnrollmentState, int]:
    """Ledger rows by state."""
    e = enrollments.c
    query = sa.select(e.state, sa.func.count()).where(e.account_id == account_id).group_by(e.state)
    return {EnrollmentState(row[0]): row[1] for row in connection.execute(query)}


def follow_merge(
    connection: Connection,
    account_id: str,
    old_ids: Sequence[str],
    survivor: str,
    *,
    writes: Mapping[tuple[str, str], WriteState],
    at: datetime,
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every row of the merged is a row of the survivor, as `joined` says; answers each before and after.

    `writes` is (plan, contact) → the state of what start plans were writing to the old ids.
    """
    e = enrollments.c
    gone: list[dict[str, Any]] = []
    for ids in chunks([*old_ids, survivor]):
        statement = sa.delete(enrollments).where(
            e.account_id == account_id, one_of(e.contact_id, ids)
        )
        found = connection.execute(statement.returning(*enrollments.columns)).mappings()
        gone += [dict(row) for row in found]
    kept = joined(gone, survivor, writes=writes, at=at)
    if kept:
        connection.execute(sa.insert(enrollments), kept)
    return list(zip(gone, kept, strict=True))


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete what the ledger holds of these people."""
    for ids in chunks(contact_ids):
        connection.execute(
            sa.delete(enrollments).where(
                enrollments.c.account_id == account_id, one_of(enrollments.c.contact_id, ids)
            )
        )


def load_wave(connection: Connection, account_id: str, wave_id: str) -> list[str]:
    """Contacts of a wave."""
    e = enrollments.c
    query = (
        sa.select(e.contact_id)
        .where(e.account_id == account_id, e.wave_id == wave_id)
        .order_by(e.contact_id)
    )
    return [row.contact_id for row in connection.execute(query)]


def load_wave_playbooks(connection: Connection, account_id: str, wave_id: str) -> set[str]:
    e = enrollments.c
    query = sa.select(e.playbook).distinct().where(e.account_id == account_id, e.wave_id == wave_id)
    return {row.playbook for row in connection.execute(query)}


def find_approval(connection: Connection, account_id: str) -> tuple[str, datetime] | None:
    """Who approved the account's latest wave, and when."""
    e = enrollments.c
    query = (
        sa.select(e.approved_by, e.approved_at)
        .where(e.account_id == account_id, e.approved_at.is_not(None))
        .order_by(e.approved_at.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.approved_by, row.approved_at)


def find_wave(connection: Connection, account_id: str) -> tuple[str, int] | None:
    """The proposed wave and its size."""
    e = enrollments.c
    query = (
        sa.select(e.wave_id, sa.func.count())
        .where(e.account_id == account_id, e.state == EnrollmentState.PROPOSED)
        .group_by(e.wave_id)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])
