"""Making touches happen: what was written into the outbox is applied, and the CRM's workflow told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Engine

from connector.errors import CrmError, CrmForbidden, CrmInvalid, CrmNotFound, CrmRateLimited
from connector.patience import decide_pause, patiently
from connector.port.automation import AddsToWorkflow
from connector.port.writing import WritesProperties
from core import log
from core.clock import Clock
from scoring.learn.outcomes import open_cohorts
from scoring.store import find_score
from sync.outbox.applying import Applying, Halted
from sync.outbox.plan_rows import load_ends
from sync.outbox.plans import Plan
from sync.outbox.states import WriteState
from workflows.enrollment import running
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.states import EnrollmentState
from workflows.enrollment.touch_states import TouchState
from workflows.properties import RECEIPT, RULES
from workflows.results.outcome import started_rows
from workflows.stops.store import watch
from workflows.touches import store
from workflows.touches.next_touch import first_look, over_at, touch_key

# How long the CRM may take to show somebody in a workflow: looks, and the seconds between them.
LOOKS, LOOK_EVERY = 6, 5.0

Row = Mapping[str, Any]


def apply_asking(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    *,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Apply the plan of some touches, then settle them by what became of each write.

    Before each call it is asked whether somebody has stopped the account: what has not been sent by then is due again
    once it goes on, and the gate is asked anew.
    """
    must_stop = watch(engine, plan.account_id)
    applying = Applying(engine, crm, plan, RULES, clock=clock, pause=pause, must_stop=must_stop)
    try:
        applying.apply()
    except Halted:
        log.get(__name__).warning("workflows.touches.halted", account_id=plan.account_id)
    settle(engine, crm, plan.account_id, plan.plan_id, at=at, pause=pause)


def finish(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    *,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Settle what a dead or halted process left: what it sent is looked up, what it did not is due again."""
    Applying(engine, crm, plan, RULES, clock=clock, pause=pause).close()
    with engine.begin() as tx:
        sent = load_ends(tx, plan.plan_id)
        for row in store.load_asking(tx, plan.account_id):
            if row["plan_id"] == plan.plan_id and row["contact_id"] not in sent:
                _take_back(tx, row, at=at)
    settle(engine, crm, plan.account_id, plan.plan_id, at=at, pause=pause)


def _take_back(connection: Connection, row: Row, *, at: datetime) -> None:
    """Who was not asked for is due again, as if nobody had begun; the gate decides once more."""
    if row["touch_no"] == 1:
        waits = EnrollmentState.APPROVED
        ledger.record_state(connection, row, waits, due_at=at, plan_id=None)
    store.take_back(connection, row, at=at)


def settle(
    engine: Engine,
    crm: WritesProperties,
    account_id: str,
    plan_id: str,
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Touches of an applied plan have been asked for or failed.

    Where a property is the trigger, its write was the asking; elsewhere the contacts are added to the bound
    workflow now.
    """
    with engine.begin() as tx:
        ended = load_ends(tx, plan_id)
        written = []
        for row in store.load_asking(tx, account_id):
            if row["plan_id"] != plan_id or row["contact_id"] not in ended:
                continue
            state, reason = ended[row["contact_id"]]
            if state is WriteState.FAILED:
                _record_failed(tx, row, reason, at=at)
            elif state is WriteState.SUCCEEDED and isinstance(crm, AddsToWorkflow):
                written.append(row)
            elif state is WriteState.SUCCEEDED:
                _record_asked(tx, row, at=at)
    if written and isinstance(crm, AddsToWorkflow):
        _enter(engine, crm, account_id, written, at=at, pause=pause)


def _enter(
    engine: Engine,
    crm: AddsToWorkflow,
    account_id: str,
    rows: Sequence[Row],
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Add each to its workflow once: who was asked for before an interruption is looked up first."""
    with engine.begin() as tx:
        bound = load_bindings(tx, account_id)
    is_stopped = watch(engine, account_id)
    for row in rows:
        binding = bound.get(row["playbook"])
        if row["asked_at"] is None and is_stopped():
            with engine.begin() as tx:
                _take_back(tx, row, at=at)
            continue
        if binding is None or not binding.workflow_id:
            refusal: str | None = "No workflow is bound to the playbook"
        elif row["asked_at"] is not None and _has_begun(crm, row, binding.workflow_id, pause):
            refusal = None
        else:
            refusal = _ask(engine, crm, row, binding.workflow_id, at=at, pause=pause)
        with engine.begin() as tx:
            if refusal is None:
                _record_asked(tx, row, at=at)
            else:
                _record_failed(tx, row, refusal, at=at)


def _record_asked(connection: Connection, row: Row, *, at: datetime) -> None:
    """The touch, its round and the outcome to watch for, together; nothing where another worker has done so."""
    asked = TouchState.ASKED
    if not store.record_state(connection, row, asked, asked_at=at, look_at=first_look(at)):
        return
    if row["touch_no"] == 1:
        _record_started(connection, row, at=at)
    if not store.shift(connection, row, at=at):
        running.wait_until(connection, row, over_at(row, at))


def _record_started(connection: Connection, row: Row, *, at: datetime) -> None:
    started = EnrollmentState.STARTED
    ledger.record_state(
        connection, row, started, started_at=at, due_at=None, rule=None, reason=None
    )
    score = find_score(connection, row["account_id"], row["contact_id"])
    if score is not None:
        open_cohorts(connection, row["account_id"], started_rows([score]), at=at)


def _record_failed(connection: Connection, row: Row, reason: str | None, *, at: datetime) -> None:
    """The CRM refused it: the round does not begin, or goes on with its next touch when that is due."""
    store.record_state(connection, row, TouchState.FAILED, reason=reason)
    if row["touch_no"] > 1:
        if not store.shift(connection, row, at=at):
            running.wait_until(connection, row, over_at(row, at))
        return
    ledger.record_state(connection, row, EnrollmentState.FAILED, reason=reason)
    store.cancel_planned(connection, row["account_id"], [row["contact_id"]])


def _ask(
    engine: Engine,
    crm: AddsToWorkflow,
    row: Row,
    workflow_id: str,
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> str | None:
    """Why it could not be done, or None; raises CrmError where nobody can tell what became of it.

    Where no answer comes, the CRM is asked whether the contact is in before it is asked for again.
    """
    with engine.begin() as tx:
        store.record_state(tx, row, TouchState.ASKING, asked_at=at)
    tries = 0
    while True:
        try:
            crm.add_to_workflow(row["contact_id"], workflow_id)
        except (CrmInvalid, CrmNotFound, CrmForbidden) as error:
            return error.message
        except CrmError as error:
            tries += 1
            wait = decide_pause(error, tries)
            if wait is None:
                raise
            pause(wait)
            # A rate limit refuses before anything is taken; after everything else nobody knows.
            if not isinstance(error, CrmRateLimited) and _has_begun(crm, row, workflow_id, pause):
                return None
        else:
            return None


def _has_begun(
    crm: AddsToWorkflow, row: Row, workflow_id: str, pause: Callable[[float], None]
) -> bool:
    """Whether one asked for before is in: the CRM works later and its search later still.

    Who has been through the workflow for an earlier touch proves nothing by that: only who is in it now does, or
    the receipt of this very touch.
    """
    contact_id = row["contact_id"]
    again = row["touch_no"] > 1 or row["round_no"] > 1
    for _ in range(LOOKS):
        found = patiently(
            lambda: crm.fetch_members([contact_id], workflow_id, now_only=again), pause=pause
        )
        if contact_id in found or (again and _has_receipt(crm, row, pause)):
            return True
        pause(LOOK_EVERY)
    return False


def _has_receipt(crm: AddsToWorkflow, row: Row, pause: Callable[[float], None]) -> bool:
    if not isinstance(crm, WritesProperties):
        return False
    contact_id = row["contact_id"]
    values = patiently(lambda: crm.fetch_values([contact_id], [RECEIPT]), pause=pause)
    return values.get(contact_id, {}).get(RECEIPT) == touch_key(row)
