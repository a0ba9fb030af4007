"""Starting what is due: the gate asked once more, the ledger written first, then the CRM told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Engine

from connector.errors import (
    CrmError,
    CrmForbidden,
    CrmInvalid,
    CrmNotFound,
    CrmRateLimited,
)
from connector.patience import decide_pause, patiently
from connector.port.automation import AddsToWorkflow, StartsByProperty
from connector.port.writing import WritesProperties
from contact_rules.person import Person, Policy
from contact_rules.rules import GONE, HELD_OUT
from contact_rules.verdict import Allow, Defer, Deny, Verdict, choose_channel
from core.clock import Clock
from scoring.learn.outcomes import open_cohorts
from scoring.store import find_score, load_scores
from sync.mirror.store import load_known
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import Change
from sync.outbox.plan_rows import load_ends
from sync.outbox.plans import Plan
from sync.outbox.states import WriteState
from sync.outbox.unmade import load_unmade
from workflows.decisions import draws
from workflows.decisions import store as decisions
from workflows.enrollment import store
from workflows.enrollment.states import EnrollmentState
from workflows.gate.people import load_people
from workflows.properties import CHANNEL, RULES, moment
from workflows.results.outcome import started_rows
from workflows.status import Status

# How long a start waits for somebody to be scored anew, and why.
UNSCORED_WAITS, UNSCORED = timedelta(hours=1), "Waits to be scored anew after a merge"
# How long the CRM may take to show somebody in a workflow: looks, and the seconds between them.
LOOKS, LOOK_EVERY = 6, 5.0


def decide_due(
    connection: Connection, account_id: str, *, at: datetime, policy: Policy
) -> list[dict[str, Any]]:
    """Ask the gate about everything due; answers what may start now, by which channel, having recorded the rest.

    Who was drawn for the control group since the start was proposed is refused as well: until the transaction
    ends nobody is drawn, so that no control is ever started. Who has no score waits: a merge has made another
    person of them, and what they did lately is not known yet.
    """
    decisions.lock(connection, account_id)
    due = store.load_due(connection, account_id, at=at)
    last: dict[str, datetime | None] = {row["contact_id"]: None for row in due}
    scored = load_scores(connection, account_id, list(last))
    last |= {score["contact_id"]: score["last_human_at"] for score in scored}
    known = {score["contact_id"] for score in scored}
    people = load_people(connection, account_id, last, at=at)
    held_out = decisions.load_held_out(connection, account_id, list(last))
    drawn = draws.load_draws(connection, account_id, list(last))
    allowed = []
    for row in due:
        contact_id = row["contact_id"]
        left_alone = contact_id in held_out or drawn.get((contact_id, row["playbook"]), False)
        verdict = _ask_gate(people.get(contact_id), left_alone, at=at, policy=policy)
        match verdict:
            case Allow(channel) if contact_id in known:
                allowed.append({**row, "channel": str(channel)})
            case Allow():
                later = at + UNSCORED_WAITS
                waits = EnrollmentState.APPROVED
                store.record_state(connection, row, waits, due_at=later, rule=None, reason=UNSCORED)
            case Defer(until, rule, reason, _):
                again = EnrollmentState.APPROVED
                store.record_state(connection, row, again, due_at=until, rule=rule, reason=reason)
            case Deny(rule, reason):
                refused = EnrollmentState.REFUSED
                store.record_state(connection, row, refused, rule=rule, reason=reason)
    return allowed


def _ask_gate(person: Person | None, held_out: bool, *, at: datetime, policy: Policy) -> Verdict:
    if person is None:
        return Deny(*GONE)
    return Deny(*HELD_OUT) if held_out else choose_channel(person, at, policy)


def record_start(
    connection: Connection,
    account_id: str,
    rows: Sequence[Mapping[str, Any]],
    crm: WritesProperties,
    *,
    at: datetime,
    now: datetime,
) -> Plan | None:
    """Put the starts into the outbox and mark them in the ledger, in one transaction, before any call."""
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
        values = {**trigger, "rekindle_status": Status.STARTED.value}
        # The customer's workflow branches by what the gate allowed just now, not by what was planned.
        if CHANNEL not in missing:
            values[CHANNEL] = row["channel"]
        have = known.get(row["contact_id"], {})
        changes.append(Change(row["contact_id"], values, {n: have.get(n, "") for n in values}))
    plan = outbox.record_plan(
        connection, account_id, changes, kind="start", wait_reason=lambda _n: None, now=now
    )
    for row in rows:
        store.record_state(
            connection,
            row,
            EnrollmentState.STARTING,
            plan_id=plan.plan_id if plan else None,
            channel=row["channel"],
        )
    return plan


def apply_start(
    engine: Engine,
    crm: WritesProperties,
    plan: Plan,
    *,
    clock: Clock,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Apply a start plan, then settle its ledger rows by what became of each write."""
    Applying(engine, crm, plan, RULES, clock=clock, pause=pause).apply()
    settle(engine, crm, plan.account_id, plan.plan_id, at=at, pause=pause)


def settle(
    engine: Engine,
    crm: WritesProperties,
    account_id: str,
    plan_id: str,
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Ledger rows of an applied start plan become started or failed.

    Where a property is the trigger, its write was the start; elsewhere the contacts are added to the bound
    workflow now.
    """
    with engine.begin() as tx:
        ended = load_ends(tx, plan_id)
        written = []
        for row in store.load_starting(tx, account_id):
            if row["plan_id"] != plan_id or row["contact_id"] not in ended:
                continue
            state, reason = ended[row["contact_id"]]
            if state is WriteState.FAILED:
                store.record_state(tx, row, EnrollmentState.FAILED, reason=reason)
            elif state is WriteState.SUCCEEDED and isinstance(crm, AddsToWorkflow):
                written.append(row)
            elif state is WriteState.SUCCEEDED:
                _record_started(tx, row, at=at)
    if written and isinstance(crm, AddsToWorkflow):
        _enter(engine, crm, account_id, written, at=at, pause=pause)


def _enter(
    engine: Engine,
    crm: AddsToWorkflow,
    account_id: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> None:
    """Add each to its workflow once: who was asked for before an interruption is looked up first."""
    with engine.begin() as tx:
        bound = store.load_bindings(tx, account_id)
    for row in rows:
        workflow_id = bound.get(row["playbook"])
        if workflow_id is None:
            refusal: str | None = "No workflow is bound to the playbook"
        elif row["asked_at"] is not None and _is_in(crm, row["contact_id"], workflow_id, pause):
            refusal = None
        else:
            refusal = _ask(engine, crm, row, workflow_id, at=at, pause=pause)
        with engine.begin() as tx:
            if refusal is None:
                _record_started(tx, row, at=at)
            else:
                store.record_state(tx, row, EnrollmentState.FAILED, reason=refusal)


def _record_started(connection: Connection, row: Mapping[str, Any], *, at: datetime) -> None:
    """The ledger's row and the outcome to watch for, together; nothing where another worker has done so."""
    if not store.record_state(
        connection, row, EnrollmentState.STARTED, started_at=at, rule=None, reason=None
    ):
        return
    score = find_score(connection, row["account_id"], row["contact_id"])
    if score is not None:
        open_cohorts(connection, row["account_id"], started_rows([score]), at=at)


def _ask(
    engine: Engine,
    crm: AddsToWorkflow,
    row: Mapping[str, Any],
    workflow_id: str,
    *,
    at: datetime,
    pause: Callable[[float], None],
) -> str | None:
    """Why it could not be done, or None; raises CrmError where nobody can tell what became of it.

    Where no answer comes, the CRM is asked whether the contact is in before it is asked for again.
    """
    with engine.begin() as tx:
        store.record_state(tx, row, EnrollmentState.STARTING, asked_at=at)
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
            if not isinstance(error, CrmRateLimited) and _is_in(
                crm, row["contact_id"], workflow_id, pause
            ):
                return None
        else:
            return None


def _is_in(
    crm: AddsToWorkflow, contact_id: str, workflow_id: str, pause: Callable[[float], None]
) -> bool:
    """Whether one asked for before is in: the CRM works later and its search later still."""
    for _ in range(LOOKS):
        found = patiently(lambda: crm.fetch_members([contact_id], workflow_id), pause=pause)
        if contact_id in found:
            return True
        pause(LOOK_EVERY)
    return False
