"""Write plans as rows: recorded, approved, counted; every row ends in exactly one state."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port import Pace
from core.db import upsert
from core.errors import Conflict, NotFound
from sync import store
from sync.plan import Change, expected_seconds
from sync.tables import plan_writes, plans

_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A write plan as it stands."""

    plan_id: str
    account_id: str
    kind: str
    state: str
    planned: int
    reason: str | None
    fence: int
    created_at: datetime
    expected_seconds: float | None = None
    resume_at: datetime | None = None


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
    connection.execute(
        sa.update(plans)
        .where(plans.c.account_id == account_id, plans.c.kind == kind, plans.c.state == "waiting")
        .values(state="superseded")
    )
    plan_id = uuid.uuid4().hex
    connection.execute(
        sa.insert(plans).values(
            plan_id=plan_id,
            account_id=account_id,
            kind=kind,
            state="waiting",
            planned=0,
            fence=0,
            created_at=now,
        )
    )
    planned = _store_changes(connection, plan_id, changes)
    if planned == 0:
        connection.execute(sa.delete(plans).where(plans.c.plan_id == plan_id))
        return None
    reason = wait_reason(planned)
    state = "waiting" if reason else "approved"
    connection.execute(
        sa.update(plans)
        .where(plans.c.plan_id == plan_id)
        .values(
            planned=planned,
            reason=reason,
            state=state,
            expected_seconds=expected_seconds(pace, planned) if pace else None,
        )
    )
    return Plan(plan_id, account_id, kind, state, planned, reason, 0, now)


def _store_changes(connection: Connection, plan_id: str, changes: Iterable[Change]) -> int:
    planned = 0
    rows: list[dict[str, object]] = []
    for change in changes:
        rows.append(
            {
                "plan_id": plan_id,
                "contact_id": change.contact_id,
                "new_values": orjson.dumps(dict(change.new)).decode(),
                "old_values": orjson.dumps(dict(change.old)).decode(),
                "state": "planned",
                "rank": change.rank,
            }
        )
        planned += 1
        if len(rows) == _ROWS:
            upsert(connection, plan_writes, rows)
            rows = []
    upsert(connection, plan_writes, rows)
    return planned


def approve(
    connection: Connection, account_id: str, plan_id: str, *, by: str, now: datetime
) -> None:
    """Let a waiting plan go ahead; raises NotFound, or Conflict when it no longer waits."""
    plan = find_plan(connection, account_id, plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    if plan.state != "waiting":
        raise Conflict("This plan was approved already or a newer one has replaced it.")
    connection.execute(
        sa.update(plans)
        .where(plans.c.plan_id == plan_id)
        .values(state="approved", approved_by=by, approved_at=now)
    )


def find_plan(connection: Connection, account_id: str, plan_id: str) -> Plan | None:
    query = sa.select(plans).where(plans.c.account_id == account_id, plans.c.plan_id == plan_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else plan_of(row)


def find_latest(connection: Connection, account_id: str, kind: str) -> Plan | None:
    query = (
        sa.select(plans)
        .where(
            plans.c.account_id == account_id, plans.c.kind == kind, plans.c.state != "superseded"
        )
        .order_by(plans.c.created_at.desc(), plans.c.plan_id)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else plan_of(row)


def load_unapplied(connection: Connection, *, now: datetime) -> list[tuple[Plan, str | None]]:
    """Every plan that was approved and not applied to its end, and the worker that has begun it.

    Plans that wait for another day's share are left out until then.
    """
    query = (
        sa.select(plans)
        .where(
            plans.c.state == "approved",
            sa.or_(plans.c.resume_at.is_(None), plans.c.resume_at <= now),
        )
        .order_by(plans.c.created_at)
    )
    return [(plan_of(row), row["worker"]) for row in connection.execute(query).mappings()]


def has_applied(connection: Connection, account_id: str, kind: str) -> bool:
    """Whether a plan of this kind has ever been approved."""
    query = sa.select(plans.c.plan_id).where(
        plans.c.account_id == account_id,
        plans.c.kind == kind,
        plans.c.state.in_(["approved", "applied"]),
    )
    return connection.execute(query.limit(1)).first() is not None


def tally(connection: Connection, account_id: str, *, kind: str | None = None) -> Tally:
    """Rows of the account's plans by how they ended; superseded plans do not count."""
    w = plan_writes.c
    query = (
        sa.select(
            sa.func.count(),
            sa.func.count().filter(w.state == "succeeded"),
            sa.func.count().filter(w.state == "failed"),
            sa.func.count().filter(w.verified.is_(True)),
            sa.func.count().filter(w.verified.is_(False), is_latest()),
            sa.func.count().filter(w.verified.is_(None), w.state == "succeeded", is_latest()),
        )
        .select_from(plan_writes.join(plans, plans.c.plan_id == w.plan_id))
        .where(plans.c.account_id == account_id, plans.c.state != "superseded")
    )
    if kind is not None:
        query = query.where(plans.c.kind == kind)
    return Tally(*connection.execute(query).one())


def load_rows(connection: Connection, plan_id: str, *, limit: int) -> list[dict[str, object]]:
    """The first rows of a plan with their values decoded, for a person to look at."""
    query = (
        sa.select(plan_writes)
        .where(plan_writes.c.plan_id == plan_id)
        .order_by(plan_writes.c.contact_id)
        .limit(limit)
    )
    return [
        {
            **row,
            "new_values": orjson.loads(row["new_values"]),
            "old_values": orjson.loads(row["old_values"]),
        }
        for row in connection.execute(query).mappings()
    ]


def forget(connection: Connection, account_id: str, contact_ids: Sequence[str]) -> None:
    """Delete what plans hold of these people; counts of applied plans shrink with them."""
    of_account = sa.select(plans.c.plan_id).where(plans.c.account_id == account_id)
    for ids in store.chunks(contact_ids):
        connection.execute(
            sa.delete(plan_writes).where(
                plan_writes.c.plan_id.in_(of_account), plan_writes.c.contact_id.in_(ids)
            )
        )


def plan_of(row: sa.RowMapping) -> Plan:
    return Plan(
        row["plan_id"],
        row["account_id"],
        row["kind"],
        row["state"],
        row["planned"],
        row["reason"],
        row["fence"],
        row["created_at"],
        row["expected_seconds"],
        row["resume_at"],
    )


def mark(
    connection: Connection, plan_id: str, contact_ids: Sequence[str], **values: object
) -> None:
    """Set columns on some rows of a plan."""
    for ids in store.chunks(contact_ids):
        connection.execute(
            sa.update(plan_writes)
            .where(plan_writes.c.plan_id == plan_id, plan_writes.c.contact_id.in_(ids))
            .values(**values)
        )


def is_latest() -> "sa.ColumnElement[bool]":
    """No later plan of the same kind has written the same contact."""
    later, later_plan = plan_writes.alias("later"), plans.alias("later_plan")
    newer = (
        sa.select(later.c.contact_id)
        .select_from(later.join(later_plan, later_plan.c.plan_id == later.c.plan_id))
        .where(
            later.c.contact_id == plan_writes.c.contact_id,
            later.c.state == "succeeded",
            later_plan.c.account_id == plans.c.account_id,
            later_plan.c.kind == plans.c.kind,
            later_plan.c.created_at > plans.c.created_at,
        )
    )
    return ~newer.exists()
