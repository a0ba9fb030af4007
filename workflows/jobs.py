"""RQ's edge of the hands: ids in, nothing out, safe to run twice."""

from datetime import datetime

from connector.budget import Urgency
from connector.port import ProvisionsProperties, ReadsContacts, WritesProperties
from core import log
from core.context import Context, current
from core.db import reading
from core.errors import Conflict
from core.facts import (
    OutcomesMatured,
    PlanApplied,
    PlanApproved,
    PropertiesProvisioned,
)
from oauth.store import Installation
from scoring import outcomes
from scoring import store as scores
from scoring.control import WATCHED_FOR
from sync import applying, old_plans, outbox
from sync.frames import load_frames
from sync.inbox import refresh
from sync.live import capability, is_active, load_active, opened
from sync.outbox import Plan
from sync.reading_back import read_again
from sync.store import load_erased
from workflows import decisions, draws, start, store
from workflows.gate import Policy
from workflows.outcome import responses
from workflows.planning import AT_ONCE, KIND, Planning
from workflows.properties import DEFINITIONS, RULES


def policy_of(installation: Installation) -> Policy:
    return Policy(tenant_zone=installation.timezone)


def provision(account_id: str) -> None:
    """Make our property group and what is missing in it."""
    here = current()
    if not is_active(here, account_id):
        return
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        made = capability(crm, ProvisionsProperties).provision(DEFINITIONS)
    log.get(__name__).info("workflows.properties.provisioned", account_id=account_id, made=made)
    here.publish(PropertiesProvisioned(account_id))


def plan_account(account_id: str) -> None:
    """Decide about everybody, then plan what to write; a first plan waits for a person."""
    here = current()
    if not is_active(here, account_id):
        return
    planning = _planning(here, account_id)
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        writer = capability(crm, WritesProperties)
        read_again(here.engine, writer, account_id, RULES, pause=here.pause)
        pace = writer.pace
    try:
        planned = planning.plan_all(pace)
    except Conflict as taken:
        log.get(__name__).info(
            "workflows.account.taken_over", account_id=account_id, why=taken.message
        )
        return
    _tell(here, account_id, planned)


def plan_contacts(account_id: str, *contact_ids: str) -> None:
    """Decide about these contacts alone, up to 1,000, then plan what to write to them."""
    here = current()
    if not is_active(here, account_id):
        return
    _tell(here, account_id, _planning(here, account_id).plan_some(contact_ids))


def _let_apply(here: Context, planned: Plan | None) -> None:
    if planned is not None and planned.state == "approved":
        here.publish(PlanApproved(planned.account_id, planned.plan_id))


def _planning(here: Context, account_id: str) -> Planning:
    policy = policy_of(load_active(here, account_id))
    return Planning(here.engine, account_id, policy, at=here.clock.now(), wall=here.wall)


def _tell(here: Context, account_id: str, planned: Plan | None) -> None:
    """Say of a new plan that it may be applied; where nothing at all is to be written, the starts come next."""
    log.get(__name__).info(
        "workflows.account.planned",
        account_id=account_id,
        writes=planned.planned if planned else 0,
        waits=bool(planned and planned.state == "waiting"),
    )
    _let_apply(here, planned)
    with reading(here.engine) as connection:
        to_write = outbox.has_open(connection, account_id, KIND)
    if not to_write:
        _propose(here, account_id)


def apply_plan(account_id: str, plan_id: str) -> None:
    """Write an approved plan and read it back."""
    here = current()
    if not is_active(here, account_id):
        return
    with here.engine.begin() as tx:
        found = outbox.find_plan(tx, account_id, plan_id)
    if found is None or found.state != "approved":
        return
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        try:
            finished = applying.Applying(
                here.engine,
                capability(crm, WritesProperties),
                found,
                RULES,
                clock=here.wall,
                pause=here.pause,
                worker=here.worker,
            ).apply()
        except Conflict as taken:
            log.get(__name__).info("workflows.plan.taken_over", plan_id=plan_id, why=taken.message)
            return
    if not finished:
        log.get(__name__).info("workflows.plan.waits", plan_id=plan_id)
        return
    here.publish(PlanApplied(account_id, plan_id))
    _fold_old(here, account_id)


def _fold_old(here: Context, account_id: str) -> None:
    """Of plans that were applied before the latest, keep what is still needed; a start that is not settled is."""
    with here.engine.begin() as tx:
        old = old_plans.load_old(tx, account_id)
        # Read afterwards: who is not starting any more by now is settled.
        starting = {row["plan_id"] for row in store.load_starting(tx, account_id)}
    old_plans.fold(here.engine, account_id, [i for i in old if i not in starting])


def forget_erased(account_id: str) -> None:
    """Delete what scoring, plans and the ledger still hold of people whom the CRM has erased."""
    here = current()
    with here.engine.begin() as tx:
        decisions.lock(tx, account_id)
        erased = load_erased(tx, account_id)
        scores.forget(tx, account_id, erased)
        outbox.forget(tx, account_id, erased)
        decisions.delete_decisions(tx, account_id, erased)
        draws.forget(tx, account_id, erased)
        store.forget(tx, account_id, erased)
    log.get(__name__).info("workflows.people.forgotten", account_id=account_id, people=len(erased))


def propose_wave(account_id: str, _plan_id: str = "") -> None:
    """After the values are written: propose whom to start first."""
    _propose(current(), account_id)


def _propose(here: Context, account_id: str) -> None:
    with here.engine.begin() as tx:
        start.propose_wave(tx, account_id, now=here.clock.now())


def start_due(account_id: str) -> None:
    """Start what is approved and due, each once; what the gate now refuses is not started."""
    here = current()
    if not is_active(here, account_id):
        return
    policy = policy_of(load_active(here, account_id))
    at = here.clock.now()
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        _finish_half_done(here, account_id, capability(crm, WritesProperties))
        _look_again(here, account_id, capability(crm, ReadsContacts), at=at)
        with here.engine.begin() as tx:
            allowed = start.decide_due(tx, account_id, at=at, policy=policy)
            planned = (
                start.record_start(
                    tx,
                    account_id,
                    allowed,
                    capability(crm, WritesProperties),
                    at=at,
                    now=here.wall.now(),
                )
                if allowed
                else None
            )
        if planned is not None:
            start.apply_start(
                here.engine,
                capability(crm, WritesProperties),
                planned,
                clock=here.wall,
                at=at,
                pause=here.pause,
                worker=here.worker,
            )
    if planned is not None:
        # They have a workflow now: no plan that is under way may say otherwise of them later.
        ids = [row["contact_id"] for row in allowed]
        _let_apply(here, _planning(here, account_id).plan_some(ids))
    log.get(__name__).info(
        "workflows.wave.started", account_id=account_id, contacts=planned.planned if planned else 0
    )


def record_outcomes(account_id: str) -> None:
    """Say of everybody whose 90 days are over whether they responded; what is known already stays."""
    here = current()
    if not is_active(here, account_id):
        return
    at = here.clock.now()
    with reading(here.engine) as connection:
        ripe = outcomes.load_ripe(connection, account_id, decided_by=at - WATCHED_FOR)
    for first in range(0, len(ripe), AT_ONCE):
        some = ripe[first : first + AT_ONCE]
        ids = sorted({contact_id for contact_id, _ in some})
        _, events = load_frames(here.engine, account_id, as_of=at, contact_ids=ids)
        with here.engine.begin() as tx:
            outcomes.record_outcomes(tx, account_id, responses(some, events), at=at)
    log.get(__name__).info("workflows.outcomes.recorded", account_id=account_id, people=len(ripe))
    if ripe:
        here.publish(OutcomesMatured(account_id))


def _look_again(here: Context, account_id: str, crm: ReadsContacts, *, at: datetime) -> None:
    """Read those who are due once more: the gate is to see today's opt-outs and complaints, not yesterday's."""
    with here.engine.begin() as tx:
        due = [row["contact_id"] for row in store.load_due(tx, account_id, at=at)]
    if due:
        refresh(here.engine, crm, account_id, due, pause=here.pause, closely=True)


def _finish_half_done(here: Context, account_id: str, crm: WritesProperties) -> None:
    """Start plans whose worker died: applied to their end, never planned a second time."""
    alive = here.queue.live_workers() - {here.worker}
    with here.engine.begin() as tx:
        mine = {r["plan_id"] for r in store.load_starting(tx, account_id)}
        unapplied = {
            plan.plan_id: (plan, worker)
            for plan, worker in outbox.load_unapplied(tx, now=here.wall.now())
        }
    for plan_id in sorted(filter(None, mine)):
        at = here.clock.now()
        if plan_id not in unapplied:
            start.settle(here.engine, crm, account_id, plan_id, at=at, pause=here.pause)
            continue
        half_done, worker = unapplied[plan_id]
        if worker not in alive:
            start.apply_start(
                here.engine,
                crm,
                half_done,
                clock=here.wall,
                at=at,
                pause=here.pause,
                worker=here.worker,
            )
