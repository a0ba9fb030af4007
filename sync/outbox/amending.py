"""Puts what some contacts need now where it will be written next, so that no older plan writes over it later."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.writing import Pace
from core.db import chunks, one_of
from core.errors import Conflict
from sync.mirror import store
from sync.outbox import plan_rows
from sync.outbox import plans as outbox
from sync.outbox.changes import (
    STANDING,
    Change,
    Limits,
    ValueRule,
    plan_changes,
    reason_to_wait,
)
from sync.outbox.plans import Plan
from sync.outbox.states import UNANSWERED, PlanState, WriteState
from sync.outbox.tables import plan_writes, plans

Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that is planned for, how many contacts it has, and what its plans may do without a person."""

    account_id: str
    kind: str
    contacts: int
    limits: Limits = field(default_factory=Limits)


def amend(
    connection: Connection,
    account: Account,
    looked_at: Collection[str],
    wanted: Values,
    rules: Mapping[str, ValueRule],
    *,
    into: Plan,
) -> None:
    """A whole pass has looked at these: what differs goes into `into`, unless a plan is about to write them.

    Who of `looked_at` wants nothing, or nothing new, is taken out of what has not been written yet. Raises
    Conflict when another recording has taken the place of `into`.
    """
    open_plans = outbox.load_open(connection, account.account_id, account.kind)
    if all(plan.plan_id != into.plan_id for plan in open_plans):
        raise Conflict("Another pass over the account has begun.")
    left = _amend_approved(connection, account, open_plans, looked_at, wanted, rules)
    _replace(connection, into, looked_at, left)


def amend_some(
    connection: Connection,
    account: Account,
    looked_at: Collection[str],
    wanted: Values,
    rules: Mapping[str, ValueRule],
    *,
    now: datetime,
) -> Plan | None:
    """These contacts have changed by themselves; answers a plan that is to be applied and was not there before.

    What differs goes into the row that is about to be written, else into the plan that waits or is being
    recorded, else into one that nobody has begun, else into one of its own.
    """
    open_plans = outbox.load_open(connection, account.account_id, account.kind)
    left = _amend_approved(connection, account, open_plans, looked_at, wanted, rules)
    unsettled = [plan for plan in open_plans if plan.state is not PlanState.APPROVED]
    for plan in unsettled:
        _replace(connection, plan, looked_at, left)
    _drop_empty(connection, unsettled)
    if unsettled or not left:
        return None
    return _add(connection, account, open_plans, left, now=now)


def wait_reason(connection: Connection, account: Account, touched: int) -> str | None:
    """Why a plan that changes the standing of so many must wait for a person, or None."""
    if outbox.was_cut_short(connection, account.account_id, account.kind):
        return "Not all of the last plan was let go ahead, so this one waits for you."
    is_first = not outbox.has_applied(connection, account.account_id, account.kind)
    return reason_to_wait(
        account.limits, is_first=is_first, touched=touched, contacts=account.contacts
    )


def complete(
    connection: Connection, account: Account, plan: Plan, *, pace: Pace | None
) -> Plan | None:
    """End the recording of a plan; None when it has no rows."""
    return outbox.complete(
        connection, plan, wait_reason=lambda n: wait_reason(connection, account, n), pace=pace
    )


def _add(
    connection: Connection,
    account: Account,
    open_plans: Sequence[Plan],
    changes: Sequence[Change],
    *,
    now: datetime,
) -> Plan | None:
    """Into an approved plan that nobody has begun; into a new one, which waits, where both change too much."""
    unbegun = next((p for p in open_plans if p.fence == 0), None)
    touched = sum(change.rank == STANDING for change in changes)
    if unbegun is not None:
        touched += plan_rows.count_standing(connection, unbegun.plan_id)
    reason = wait_reason(connection, account, touched)
    if unbegun is not None and reason is None:
        plan_rows.put(connection, unbegun.plan_id, changes)
        return None
    made = outbox.begin(connection, account.account_id, kind=account.kind, now=now)
    plan_rows.put(connection, made.plan_id, changes)
    return outbox.complete(connection, made, wait_reason=lambda _n: reason, pace=None)


def _amend_approved(
    connection: Connection,
    account: Account,
    open_plans: Sequence[Plan],
    looked_at: Collection[str],
    wanted: Values,
    rules: Mapping[str, ValueRule],
) -> list[Change]:
    """Bring what approved plans are about to write up to date; answers the changes that they do not have."""
    approved = [plan.plan_id for plan in open_plans if plan.state is PlanState.APPROVED]
    known = _known(connection, account, approved, list(wanted))
    changes = {change.contact_id: change for change in plan_changes(wanted, known, rules)}
    for plan_id, ids in _about_to_write(connection, approved, looked_at).items():
        plan_rows.drop(connection, plan_id, [i for i in ids if i not in changes])
        plan_rows.put(connection, plan_id, [changes.pop(i) for i in ids if i in changes])
    return list(changes.values())


def _about_to_write(
    connection: Connection, plan_ids: Sequence[str], contact_ids: Iterable[str]
) -> dict[str, list[str]]:
    """Plan → those of the contacts whom it has not sent yet."""
    found: dict[str, list[str]] = {}
    w = plan_writes.c
    for ids in chunks(contact_ids if plan_ids else ()):
        query = sa.select(w.plan_id, w.contact_id).where(
            w.plan_id.in_(plan_ids), one_of(w.contact_id, ids), w.state == WriteState.PLANNED
        )
        for plan_id, contact_id in connection.execute(query).all():
            found.setdefault(plan_id, []).append(contact_id)
    return found


def _known(
    connection: Connection, account: Account, plan_ids: Sequence[str], contact_ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Our properties as the CRM last showed them, or is being told at this moment.

    What a start is about to write is not written a second time by a plan of values.
    """
    known = store.load_known(connection, account.account_id, contact_ids)
    others = outbox.load_approved_beside(connection, account.account_id, account.kind)
    w = plan_writes.c
    on_its_way = sa.or_(
        sa.and_(w.plan_id.in_(plan_ids), w.state == WriteState.SENT),
        sa.and_(w.plan_id.in_(others), w.state.in_(UNANSWERED)),
    )
    for ids in chunks(contact_ids if plan_ids or others else ()):
        query = sa.select(w.contact_id, w.new_values).where(on_its_way, one_of(w.contact_id, ids))
        for contact_id, values in connection.execute(query).all():
            if contact_id in known:
                known[contact_id] |= orjson.loads(values)
    return known


def _replace(
    connection: Connection, plan: Plan, looked_at: Collection[str], changes: Sequence[Change]
) -> None:
    """What a plan that nobody applies yet has of these contacts."""
    changing = {change.contact_id for change in changes}
    plan_rows.drop(connection, plan.plan_id, [i for i in looked_at if i not in changing])
    plan_rows.put(connection, plan.plan_id, changes)
    if plan.expected_seconds is None or not plan.planned:
        return
    # The pace is the CRM's to say and nobody asks it for a few contacts.
    each = plan.expected_seconds / plan.planned
    connection.execute(
        sa.update(plans)
        .where(plans.c.plan_id == plan.plan_id)
        .values(expected_seconds=plans.c.planned * each)
    )


def _drop_empty(connection: Connection, unsettled: Sequence[Plan]) -> None:
    """A plan that waits and has nothing left to write is none."""
    ids = [plan.plan_id for plan in unsettled if plan.state is PlanState.WAITING]
    if ids:
        connection.execute(sa.delete(plans).where(plans.c.plan_id.in_(ids), plans.c.planned == 0))
