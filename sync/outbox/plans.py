"""Write plans as rows: recorded, approved, counted; every row ends in exactly one state."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.writing import Pace
from core.db import chunks
from core.errors import Conflict, NotFound
from core.moving import move
from sync.outbox import plan_rows
from sync.outbox.changes import Change, expected_seconds
from sync.outbox.states import HIDDEN, LET_GO, OPEN, PLANS, PlanState, WriteState
from sync.outbox.tables import plan_totals, plans

_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A write plan as it stands; `approved_by` is the person who let it go ahead, None where it needed nobody."""

    plan_id: str
    account_id: str
    kind: str
    state: PlanState
    planned: int
    reason: str | None
    fence: int
    created_at: datetime
    expected_seconds: float | None = None
    resume_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    cancelled_by: str | None = None
    applied_at: datetime | None = None
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How the rows of plans ended.

    `differing` and `unread` count the latest write of each contact: those that the CRM does not hold as
    written, and those that have not been read back.
    """

    planned: int
    succeeded: int
    failed: int
    verified: int
    differing: int
    unread: int

    @property
    def is_verified(self) -> bool:
        """Every value that was written has been read back and is equal."""
        return self.differing == 0 and self.unread == 0


def record_plan(
    connection: Connection,
    account_id: str,
    changes: Iterable[Change],
    *,
    kind: str,
    wait_reason: Callable[[int], str | None],
    now: datetime,
    pace: Pace | None = None,
) -> Plan | None:
    """Store a plan and supersede a waiting one of its kind; None when nothing is to be written."""
    plan = begin(connection, account_id, kind=kind, now=now)
    for some in _pages(changes):
        plan_rows.put(connection, plan.plan_id, some)
    return complete(connection, plan, wait_reason=wait_reason, pace=pace)


def begin(connection: Connection, account_id: str, *, kind: str, now: datetime) -> Plan:
    """A plan that is recorded bit by bit: nobody applies or shows it before it is complete."""
    plan_id = uuid.uuid4().hex
    connection.execute(
        sa.insert(plans).values(
            plan_id=plan_id,
            account_id=account_id,
            kind=kind,
            state=PlanState.RECORDING,
            fence=0,
            created_at=now,
            **dict.fromkeys(plan_rows.COUNTS, 0),
        )
    )
    return Plan(plan_id, account_id, kind, PlanState.RECORDING, 0, None, 0, now)


def complete(
    connection: Connection,
    plan: Plan,
    *,
    wait_reason: Callable[[int], str | None],
    pace: Pace | None,
) -> Plan | None:
    """Let a recorded plan wait or go ahead, in place of one that waits; None when it has no rows.

    `wait_reason` is asked with how many stand otherwise by it. Raises Conflict when another recording has taken its
    place.
    """
    found = find_plan(connection, plan.account_id, plan.plan_id, lock=True)
    if found is None or found.state is not PlanState.RECORDING:
        raise Conflict("Another pass over the account has begun.")
    p = plans.c
    mine = (p.account_id == plan.account_id, p.kind == plan.kind)
    waiting = p.state == PlanState.WAITING
    move(connection, PLANS, p.state, PlanState.SUPERSEDED, *mine, waiting)
    if found.planned == 0:
        connection.execute(sa.delete(plans).where(p.plan_id == plan.plan_id))
        return None
    reason = wait_reason(plan_rows.count_standing(connection, plan.plan_id))
    move(
        connection,
        PLANS,
        p.state,
        PlanState.WAITING if reason else PlanState.APPROVED,
        p.plan_id == plan.plan_id,
        expected=1,
        reason=reason,
        expected_seconds=expected_seconds(pace, found.planned) if pace else None,
    )
    return find_plan(connection, plan.account_id, plan.plan_id)


def _pages(changes: Iterable[Change]) -> Iterator[list[Change]]:
    left = iter(changes)
    while some := list(islice(left, _ROWS)):
        yield some


def approve(
    connection: Connection, account_id: str, plan_id: str, *, by: str, now: datetime
) -> None:
    """Let a waiting plan go ahead, in the name of a person; raises NotFound, or Conflict when it no longer waits."""
    plan = find_plan(connection, account_id, plan_id, lock=True)
    if plan is None:
        raise NotFound("There is no such plan.")
    if plan.state is not PlanState.WAITING:
        raise Conflict("This plan was approved already or a newer one has replaced it.")
    move(
        connection,
        PLANS,
        plans.c.state,
        PlanState.APPROVED,
        plans.c.plan_id == plan_id,
        expected=1,
        approved_by=by,
        approved_at=now,
    )


def cancel(connection: Connection, account_id: str, plan_id: str, *, by: str) -> int:
    """Write nothing more of a plan that is being written, in the name of a person; answers to how many.

    What was sent is read back, and the plan ends with it. Raises NotFound, or Conflict where nothing is being written.
    """
    plan = find_plan(connection, account_id, plan_id, lock=True)
    if plan is None:
        raise NotFound("There is no such plan.")
    if plan.state is not PlanState.APPROVED:
        raise Conflict("Nothing of this plan is being written.")
    left = plan_rows.drop_planned(connection, plan_id)
    values = {"cancelled_by": by, "resume_at": None}
    connection.execute(sa.update(plans).where(plans.c.plan_id == plan_id).values(values))
    return left


def record_applied(connection: Connection, plan_id: str, *, at: datetime) -> None:
    """Nothing of a plan that went ahead is left to write."""
    p = plans.c
    ended = {"applied_at": at, "resume_at": None}
    move(connection, PLANS, p.state, PlanState.APPLIED, p.plan_id == plan_id, expected=1, **ended)


def find_plan(
    connection: Connection, account_id: str, plan_id: str, *, lock: bool = False
) -> Plan | None:
    """A plan; `lock` keeps others from changing it until the transaction ends."""
    query = sa.select(plans).where(plans.c.account_id == account_id, plans.c.plan_id == plan_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else plan_of(row)


def find_latest(connection: Connection, account_id: str, kind: str) -> Plan | None:
    query = (
        sa.select(plans)
        .where(plans.c.account_id == account_id, plans.c.kind == kind, plans.c.state.not_in(HIDDEN))
        .order_by(plans.c.created_at.desc(), plans.c.plan_id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else plan_of(row)


def load_approved_beside(connection: Connection, account_id: str, kind: str) -> list[str]:
    """Plans of other kinds that were approved and not applied to their end."""
    query = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id, plans.c.kind != kind, plans.c.state == PlanState.APPROVED
    )
    return [row.plan_id for row in connection.execute(query)]


def load_open(connection: Connection, account_id: str, kind: str) -> list[Plan]:
    """Plans that are not yet applied, the oldest first; nobody else changes them until the transaction ends."""
    query = (
        sa.select(plans)
        .where(plans.c.account_id == account_id, plans.c.kind == kind, plans.c.state.in_(OPEN))
        .order_by(plans.c.created_at, plans.c.plan_id)
        .with_for_update()
    )
    return [plan_of(row) for row in connection.execute(query).mappings()]


def is_being_written(connection: Connection, account_id: str, kind: str) -> bool:
    """Whether plans are to be written first: one is on its way, or the account's first one waits for a person.

    A later one that waits holds up nothing else.
    """
    if not has_applied(connection, account_id, kind):
        return has_open(connection, account_id, kind)
    query = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id,
        plans.c.kind == kind,
        plans.c.state == PlanState.APPROVED,
    )
    return connection.execute(query.limit(1)).first() is not None


def has_open(connection: Connection, account_id: str, kind: str) -> bool:
    query = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id, plans.c.kind == kind, plans.c.state.in_(OPEN)
    )
    return connection.execute(query.limit(1)).first() is not None


def load_unapplied(connection: Connection, *, now: datetime) -> list[Plan]:
    """Every plan that was approved and not applied to its end.

    Plans that wait for another day's share are left out until then.
    """
    query = (
        sa.select(plans)
        .where(
            plans.c.state == PlanState.APPROVED,
            sa.or_(plans.c.resume_at.is_(None), plans.c.resume_at <= now),
        )
        .order_by(plans.c.created_at)
    )
    return [plan_of(row) for row in connection.execute(query).mappings()]


def has_applied(connection: Connection, account_id: str, kind: str) -> bool:
    """Whether a plan of this kind has ever been approved."""
    query = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id,
        plans.c.kind == kind,
        plans.c.state.in_(LET_GO),
    )
    return connection.execute(query.limit(1)).first() is not None


def was_cut_short(connection: Connection, account_id: str, kind: str) -> bool:
    """Whether a person let only a part of the last plan that went ahead be written."""
    p = plans.c
    query = (
        sa.select(p.cancelled_by, p.is_part)
        .where(p.account_id == account_id, p.kind == kind, p.state.in_(LET_GO))
        .order_by(sa.func.coalesce(p.approved_at, p.created_at).desc(), p.plan_id)
        .limit(1)
    )
    row = connection.execute(query).first()
    return row is not None and (row.cancelled_by is not None or bool(row.is_part))


def find_waiting(connection: Connection, account_id: str, kind: str) -> Plan | None:
    """The plan that waits for a person."""
    p = plans.c
    query = sa.select(plans).where(
        p.account_id == account_id, p.kind == kind, p.state == PlanState.WAITING
    )
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None else plan_of(row)


def tally(connection: Connection, account_id: str, *, kind: str | None = None) -> Tally:
    """Rows of the account's plans by how they ended; superseded plans do not count."""
    sums = dict.fromkeys(plan_rows.COUNTS, 0)
    kept = plans.c.state.not_in(HIDDEN)
    for table, where in ((plans, (kept,)), (plan_totals, ())):
        names = [name for name in plan_rows.COUNTS if name in table.c]
        query = sa.select(*(sa.func.coalesce(sa.func.sum(table.c[n]), 0) for n in names)).where(
            table.c.account_id == account_id, *where
        )
        if kind is not None:
            query = query.where(table.c.kind == kind)
        for name, value in zip(names, connection.execute(query).one(), strict=True):
            sums[name] += int(value)
    return Tally(**sums)


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete what plans hold of these people; the counts shrink with them."""
    plan_rows.forget(connection, account_id, contact_ids)


def follow_merge(
    connection: Connection, account_id: str, old_ids: Sequence[str]
) -> dict[tuple[str, str], WriteState]:
    """As `plan_rows.follow_merge`; a plan that waits and has nothing left to write is none."""
    found = plan_rows.follow_merge(connection, account_id, old_ids)
    emptied = (plans.c.state == PlanState.WAITING, plans.c.planned == 0)
    touched = sorted({plan_id for plan_id, _ in found})
    for ids in chunks(touched):
        connection.execute(sa.delete(plans).where(plans.c.plan_id.in_(ids), *emptied))
    return found


def plan_of(row: sa.RowMapping) -> Plan:
    return Plan(
        row["plan_id"],
        row["account_id"],
        row["kind"],
        PlanState(row["state"]),
        row["planned"],
        row["reason"],
        row["fence"],
        row["created_at"],
        row["expected_seconds"],
        row["resume_at"],
        row["approved_by"],
        row["approved_at"],
        row["cancelled_by"],
        row["applied_at"],
        row["succeeded"],
        row["failed"],
    )
