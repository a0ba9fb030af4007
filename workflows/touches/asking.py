"""Asking for touches: the ledger and the outbox written in one transaction, before the CRM is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from connector.port.automation import StartsByProperty
from connector.port.writing import WritesProperties
from sync.mirror.store import load_known
from sync.outbox import plans as outbox
from sync.outbox.changes import Change
from sync.outbox.plans import Plan
from sync.outbox.unmade import load_unmade
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.log import store as log
from workflows.log.entries import Entry, What, Who
from workflows.properties import ANGLE, CHANNEL, TOUCH, VARIANT, moment
from workflows.status import Status
from workflows.touches import store
from workflows.touches.next_touch import (
    touch_key,
)

# How long a start waits for somebody to be scored anew, and why.
UNSCORED_WAITS, UNSCORED = timedelta(hours=1), "Waits to be scored anew after a merge"

Row = dict[str, Any]
# What goes along with a touch that may be asked for, and is no column of it.
_BESIDE = ("enrollment", "following", "consent")


def record_asking(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row],
    crm: WritesProperties,
    *,
    at: datetime,
    now: datetime,
) -> Plan | None:
    """Put the touches into the outbox and mark them in the ledger, in one transaction, before any call."""
    known = load_known(connection, account_id, [row["contact_id"] for row in rows])
    missing = load_unmade(connection, account_id)
    changes = []
    for row in rows:
        trigger = (
            crm.trigger_values(playbook=row["playbook"], at=at)
            if isinstance(crm, StartsByProperty)
            # No trigger here, but the CRM itself shows the start should our ledger be lost.
            else {"rekindle_playbook": row["playbook"], "rekindle_trigger_at": moment(at)}
        )
        values = {
            **trigger,
            "rekindle_status": Status.STARTED.value,
            # The customer's workflow branches by what the gate allowed just now, not by what was planned.
            CHANNEL: row["channel"],
            TOUCH: touch_key(row),
            ANGLE: str(row["angle"]),
            VARIANT: row["variant"],
        }
        values = {name: value for name, value in values.items() if name not in missing}
        have = known.get(row["contact_id"], {})
        changes.append(Change(row["contact_id"], values, {n: have.get(n, "") for n in values}))
    plan = outbox.record_plan(
        connection, account_id, changes, kind="start", wait_reason=lambda _n: None, now=now
    )
    for row in rows:
        _record_asking(connection, row, plan)
    told = [
        Entry(
            What.ASKED,
            Who.SCHEDULE,
            row["contact_id"],
            programme=row["playbook"],
            channel=row["channel"],
            consent=row["consent"],
            subject=touch_key(row),
            version=row["variant"],
        )
        for row in rows
    ]
    log.record(connection, account_id, told, at=at, now=now)
    return plan


def _record_asking(connection: Connection, row: Row, plan: Plan | None) -> None:
    plan_id = plan.plan_id if plan else None
    begun = row.get("enrollment")
    if begun is not None:
        ledger.record_state(
            connection,
            begun,
            EnrollmentState.STARTING,
            plan_id=plan_id,
            channel=row["channel"],
        )
        own = {name: value for name, value in row.items() if name not in _BESIDE}
        store.plan(connection, [own, *row["following"]])
    else:
        # What is shown of them is the channel of this touch until the next.
        running.set_channel(connection, row, row["channel"])
    store.record_state(
        connection,
        row,
        TouchState.ASKING,
        plan_id=plan_id,
        channel=row["channel"],
        angle=str(row["angle"]),
        variant=row["variant"],
    )
