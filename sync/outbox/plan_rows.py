"""The rows of write plans, and each plan's counts, kept as its rows change."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import chunks, one_of, upsert
from core.moving import move
from core.states import ImpossibleTransition
from sync.outbox.changes import STANDING, Change
from sync.outbox.states import ANSWERED, LET_GO, UNANSWERED, WRITES, WriteState
from sync.outbox.tables import plan_writes, plans

w = plan_writes.c
COUNTS = ("planned", "succeeded", "failed", "verified", "differing", "unread")


def put(connection: Connection, plan_id: str, changes: Collection[Change]) -> None:
    """Plan these changes, each in place of what the plan had for the same contact and not sent.

    Raises ImpossibleTransition where one has been sent already.
    """
    ids = [change.contact_id for change in changes]
    there = _states(connection, plan_id, ids)
    for state in sorted(set(there.values()) - {WriteState.PLANNED}):
        raise ImpossibleTransition("write that is replaced", state, WriteState.PLANNED)
    rows = [_row(plan_id, change) for change in changes]
    upsert(connection, plan_writes, rows, where=w.state == WriteState.PLANNED)
    _count(connection, plan_id, planned=len(ids) - len(there))


def _row(plan_id: str, change: Change) -> dict[str, object]:
    return {
        "plan_id": plan_id,
        "contact_id": change.contact_id,
        "new_values": orjson.dumps(dict(change.new)).decode(),
        "old_values": orjson.dumps(dict(change.old)).decode(),
        "state": WriteState.PLANNED,
        "rank": change.rank,
    }


def join(connection: Connection, plan_id: str, newer: Mapping[str, str]) -> None:
    """Let newer plans write what a plan has sent in vain; `newer` names the plan for each contact.

    Their rows have only what differs from what was on its way, which counts where both say something.
    """
    into: dict[str, list[str]] = defaultdict(list)
    for contact_id, newer_id in newer.items():
        into[newer_id].append(contact_id)
    for newer_id, contact_ids in sorted(into.items()):
        before = _load_changes(connection, plan_id, contact_ids)
        after = _load_changes(connection, newer_id, contact_ids)
        joined = [
            Change(
                contact_id,
                {**one.new, **after[contact_id].new},
                {**after[contact_id].old, **one.old},
                min(one.rank, after[contact_id].rank),
            )
            for contact_id, one in before.items()
        ]
        put(connection, newer_id, joined)
        drop(connection, plan_id, contact_ids)


def _load_changes(
    connection: Connection, plan_id: str, contact_ids: Sequence[str]
) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for ids in chunks(contact_ids):
        query = sa.select(w.contact_id, w.new_values, w.old_values, w.rank).where(
            w.plan_id == plan_id, one_of(w.contact_id, ids)
        )
        for contact_id, new, old, rank in connection.execute(query):
            found[contact_id] = Change(contact_id, orjson.loads(new), orjson.loads(old), rank)
    return found


def count_standing(connection: Connection, plan_id: str) -> int:
    """How many a plan is about to write to who stand otherwise from then on."""
    query = sa.select(sa.func.count()).where(
        w.plan_id == plan_id, w.state == WriteState.PLANNED, w.rank == STANDING
    )
    return int(connection.execute(query).scalar_one())


def _states(
    connection: Connection, plan_id: str, contact_ids: Sequence[str]
) -> dict[str, WriteState]:
    found: dict[str, WriteState] = {}
    for ids in chunks(contact_ids):
        query = sa.select(w.contact_id, w.state).where(
            w.plan_id == plan_id, one_of(w.contact_id, ids)
        )
        found |= {row.contact_id: WriteState(row.state) for row in connection.execute(query).all()}
    return found


def drop(connection: Connection, plan_id: str, contact_ids: Iterable[str]) -> None:
    """Take contacts that have not been written yet out of a plan."""
    removed = 0
    for ids in chunks(contact_ids):
        statement = sa.delete(plan_writes).where(
            w.plan_id == plan_id, one_of(w.contact_id, ids), w.state.in_(UNANSWERED)
        )
        removed += connection.execute(statement).rowcount
    _count(connection, plan_id, planned=-removed)


def drop_planned(connection: Connection, plan_id: str) -> int:
    """Take out of a plan whatever has not been sent; answers how many contacts that are."""
    lock(connection, plan_id)
    unsent = (w.plan_id == plan_id, w.state == WriteState.PLANNED)
    removed = connection.execute(sa.delete(plan_writes).where(*unsent)).rowcount
    _count(connection, plan_id, planned=-removed)
    return removed


def record_moved(connection: Connection, plan_id: str, into: str, count: int) -> None:
    """So many planned rows of a plan are another's from now on."""
    _count(connection, plan_id, planned=-count)
    _count(connection, into, planned=count)


def record_sent(
    connection: Connection, plan_id: str, contact_ids: Sequence[str], *, at: datetime
) -> None:
    _move(connection, plan_id, contact_ids, WriteState.SENT, sent_at=at)


def record_unsent(connection: Connection, plan_id: str, contact_ids: Sequence[str]) -> None:
    """What was sent and did not arrive is planned again."""
    _move(connection, plan_id, contact_ids, WriteState.PLANNED)


def record_succeeded(
    connection: Connection,
    *,
    account_id: str,
    kind: str,
    plan_id: str,
    contact_ids: Sequence[str],
) -> None:
    """The CRM has taken these; what earlier plans of the kind wrote to them does not count any more."""
    done = _move(connection, plan_id, contact_ids, WriteState.SUCCEEDED)
    _count(connection, plan_id, succeeded=done, unread=done)
    earlier = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id,
        plans.c.kind == kind,
        plans.c.plan_id != plan_id,
        plans.c.state.in_(LET_GO),
    )
    for ids in chunks(contact_ids):
        ended = w.state.in_(ANSWERED)
        replaced = _delete(connection, w.plan_id.in_(earlier), one_of(w.contact_id, ids), ended)
        _forget_verdicts(connection, replaced)


def record_failed(
    connection: Connection, plan_id: str, contact_id: str, *, reason: str | None
) -> None:
    failed = _move(connection, plan_id, [contact_id], WriteState.FAILED, reason=reason)
    _count(connection, plan_id, failed=failed)


def load_failed(
    connection: Connection, account_id: str, *, limit: int
) -> list[tuple[str, str | None]]:
    """(contact, why) of the writes that the CRM refused, in the order of contacts."""
    of_account = sa.select(plans.c.plan_id).where(plans.c.account_id == account_id)
    query = (
        sa.select(w.contact_id, sa.func.max(w.reason))
        .where(w.plan_id.in_(of_account), w.state == WriteState.FAILED)
        .group_by(w.contact_id)
        .order_by(w.contact_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def record_verdicts(
    connection: Connection, plan_id: str, verdicts: Mapping[str, bool]
) -> list[str]:
    """Whether the CRM holds what was written; answers the contacts whose write still counts."""
    lock(connection, plan_id)
    before: dict[str, bool | None] = {}
    for ids in chunks(verdicts):
        query = sa.select(w.contact_id, w.verified).where(
            w.plan_id == plan_id, one_of(w.contact_id, ids), w.state == WriteState.SUCCEEDED
        )
        before |= {row.contact_id: row.verified for row in connection.execute(query)}
    moved = Counter[str]()
    for contact_id, was in before.items():
        moved[_NAMES[verdicts[contact_id]]] += 1
        moved[_NAMES[was]] -= 1
    for verdict in (True, False):
        for ids in chunks(i for i in before if verdicts[i] is verdict):
            mine = (w.plan_id == plan_id, one_of(w.contact_id, ids))
            connection.execute(sa.update(plan_writes).where(*mine).values(verified=verdict))
    _count(connection, plan_id, **moved)
    return list(before)


_NAMES = {True: "verified", False: "differing", None: "unread"}


def forget(connection: Connection, account_id: str, contact_ids: Iterable[str]) -> None:
    """Delete what plans hold of these people; the counts shrink with them."""
    of_account = sa.select(plans.c.plan_id).where(plans.c.account_id == account_id)
    for ids in chunks(contact_ids):
        deleted = _delete(connection, w.plan_id.in_(of_account), one_of(w.contact_id, ids))
        gone: dict[str, Counter[str]] = defaultdict(Counter)
        for plan_id, state, verified in deleted:
            names = ["planned"]
            if state in ANSWERED:
                names.append(state)
            if state == WriteState.SUCCEEDED:
                names.append(_NAMES[verified])
            gone[plan_id].subtract(names)
        _count_all(connection, gone)


def follow_merge(
    connection: Connection, account_id: str, old_ids: Iterable[str]
) -> dict[tuple[str, str], WriteState]:
    """Write nothing more to ids that merges have ended; answers (plan, contact) → the state of each write.

    Who they are part of now gets fresh values by a plan of its own. What was written before counts on, but nobody
    can read it back any more.
    """
    of_account = sa.select(plans.c.plan_id).where(plans.c.account_id == account_id)
    found: dict[tuple[str, str], WriteState] = {}
    for ids in chunks(old_ids):
        query = sa.select(w.plan_id, w.contact_id, w.state).where(
            w.plan_id.in_(of_account), one_of(w.contact_id, ids)
        )
        found |= {(row[0], row[1]): WriteState(row[2]) for row in connection.execute(query)}
    unwritten: dict[str, list[str]] = defaultdict(list)
    for (plan_id, contact_id), state in found.items():
        if state in UNANSWERED:
            unwritten[plan_id].append(contact_id)
    for plan_id in sorted(unwritten):
        drop(connection, plan_id, unwritten[plan_id])
    for ids in chunks({contact_id for _, contact_id in found}):
        ended = _delete(connection, w.plan_id.in_(of_account), one_of(w.contact_id, ids))
        _forget_verdicts(connection, ended)
    return found


def clear(connection: Connection, plan_id: str, *, most: int, keep_doubtful: bool) -> int:
    """Delete up to `most` rows of a plan, the counts staying; answers how many.

    `keep_doubtful` leaves those that the CRM is not known to hold as written: they are looked at again.
    """
    some = sa.select(w.contact_id).where(w.plan_id == plan_id)
    if keep_doubtful:
        some = some.where(sa.or_(w.verified.is_(True), w.state == WriteState.FAILED))
    statement = sa.delete(plan_writes).where(
        w.plan_id == plan_id, w.contact_id.in_(some.limit(most))
    )
    return connection.execute(statement).rowcount


def lock(connection: Connection, plan_id: str) -> None:
    """Nobody else changes the plan's rows or counts until the transaction ends."""
    connection.execute(
        sa.select(plans.c.plan_id).where(plans.c.plan_id == plan_id).with_for_update()
    )


def _delete(connection: Connection, *where: "sa.ColumnElement[bool]") -> list[tuple[str, str, Any]]:
    """Delete rows; answers plan, state and verdict of each."""
    statement = sa.delete(plan_writes).where(*where).returning(w.plan_id, w.state, w.verified)
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]


def _forget_verdicts(connection: Connection, rows: Iterable[tuple[str, str, Any]]) -> None:
    gone: dict[str, Counter[str]] = defaultdict(Counter)
    for plan_id, state, verified in rows:
        if state == WriteState.SUCCEEDED and verified is not True:
            gone[plan_id][_NAMES[verified]] -= 1
    _count_all(connection, gone)


def _move(
    connection: Connection,
    plan_id: str,
    contact_ids: Sequence[str],
    state: WriteState,
    **values: object,
) -> int:
    """Bring writes to a state; answers how many were brought there."""
    done = 0
    for ids in chunks(contact_ids):
        mine = (w.plan_id == plan_id, one_of(w.contact_id, ids))
        done += move(connection, WRITES, w.state, state, *mine, expected=len(ids), **values)
    return done


def _count_all(connection: Connection, by_plan: Mapping[str, Mapping[str, int]]) -> None:
    for plan_id in sorted(by_plan):  # in one order, so that two never wait for each other
        _count(connection, plan_id, **by_plan[plan_id])


def _count(connection: Connection, plan_id: str, **more: int) -> None:
    values = {name: plans.c[name] + n for name, n in more.items() if n}
    if values:
        connection.execute(sa.update(plans).where(plans.c.plan_id == plan_id).values(**values))


def load_ends(connection: Connection, plan_id: str) -> dict[str, tuple[WriteState, str | None]]:
    """Contact → state and reason of its write in a plan."""
    query = sa.select(w.contact_id, w.state, w.reason).where(w.plan_id == plan_id)
    return {
        row.contact_id: (WriteState(row.state), row.reason) for row in connection.execute(query)
    }
