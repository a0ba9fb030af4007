"""Letting a part of a waiting plan go ahead, or none of it, in the name of a person."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, Invalid, NotFound
from core.moving import move
from sync.outbox import plan_rows
from sync.outbox import plans as outbox
from sync.outbox.plans import Plan
from sync.outbox.states import PLANS, PlanState
from sync.outbox.tables import plan_writes, plans


def approve_part(
    connection: Connection,
    account_id: str,
    plan_id: str,
    among: Any,
    *,
    by: str,
    now: datetime,
) -> Plan:
    """Let the writes to the contacts that `among` names go ahead as a plan of their own; the others go on waiting.

    Raises NotFound, Conflict when the plan no longer waits, and Invalid when nobody of them is in it. Where they are
    all of it the plan goes ahead itself.
    """
    plan = _waiting(connection, account_id, plan_id)
    w = plan_writes.c
    mine = (w.plan_id == plan_id, w.contact_id.in_(among))
    count = connection.execute(sa.select(sa.func.count()).where(*mine)).scalar_one()
    if not count:
        raise Invalid("Nobody of these is in this plan.")
    if count == plan.planned:
        outbox.approve(connection, account_id, plan_id, by=by, now=now)
        return replace(plan, state=PlanState.APPROVED)
    part = outbox.begin(connection, account_id, kind=plan.kind, now=now)
    connection.execute(sa.update(plan_writes).where(*mine).values(plan_id=part.plan_id))
    plan_rows.record_moved(connection, plan_id, part.plan_id, count)
    # What was counted is no longer so.
    connection.execute(sa.update(plans).where(plans.c.plan_id == plan_id).values(counted=None))
    share = count / plan.planned
    seconds = plan.expected_seconds * share if plan.expected_seconds else None
    move(
        connection,
        PLANS,
        plans.c.state,
        PlanState.APPROVED,
        plans.c.plan_id == part.plan_id,
        expected=1,
        expected_seconds=seconds,
        approved_by=by,
        approved_at=now,
        is_part=True,
    )
    return replace(part, state=PlanState.APPROVED, planned=count)


def reject(connection: Connection, account_id: str, plan_id: str, *, by: str) -> None:
    """Write nothing of a waiting plan; raises NotFound, or Conflict when it no longer waits."""
    _waiting(connection, account_id, plan_id)
    superseded = PlanState.SUPERSEDED
    mine = plans.c.plan_id == plan_id
    move(connection, PLANS, plans.c.state, superseded, mine, expected=1, cancelled_by=by)


def _waiting(connection: Connection, account_id: str, plan_id: str) -> Plan:
    plan = outbox.find_plan(connection, account_id, plan_id, lock=True)
    if plan is None:
        raise NotFound("There is no such plan.")
    if plan.state is not PlanState.WAITING:
        raise Conflict("This plan was approved already or a newer one has replaced it.")
    return plan
