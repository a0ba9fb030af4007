"""RQ's edge of the hands: ids in, nothing out, safe to run twice."""

from datetime import datetime

from connector.budget import Urgency
from connector.patience import patiently
from connector.port import (
    Pace,
    ProvisionsProperties,
    ReadsContacts,
    WritesProperties,
)
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
from sync import applying, outbox, plan
from sync import store as mirror
from sync.frames import load_frames
from sync.inbox import refresh
from sync.live import capability, load_active, opened
from sync.store import count_contacts, load_known
from workflows import start, store
from workflows.decide import Decision, decide_all
from workflows.gate import Policy
from workflows.outcome import control_rows, responses
from workflows.properties import DEFINITIONS, RULES, values_of

_AT_ONCE = 1_000


def policy_of(installation: Installation) -> Policy:
    return Policy(tenant_zone=installation.timezone)


def provision(account_id: str) -> None:
    """Make our property group and what is missing in it."""
    here = current()
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        provisions = capability(crm, ProvisionsProperties)
        made = patiently(lambda: provisions.provision(DEFINITIONS), pause=here.pause)
    log.get(__name__).info("workflows.properties.provisioned", account_id=account_id, made=made)
    with here.begin() as tx:
        here.publish(tx, PropertiesProvisioned(account_id))


def plan_account(account_id: str) -> None:
    """Decide about everybody, then plan what to write; a first plan waits for a person."""
    here = current()
    policy = policy_of(load_active(here, account_id))
    at = here.clock.now()
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        writer = capability(crm, WritesProperties)
        applying.read_again(here.engine, writer, account_id, RULES, pause=here.pause)
        pace = writer.pace
    with here.begin() as tx:
        if scores.find_scoring(tx, account_id) is None:
            return
        rows = scores.load_scores(tx, account_id)
        people = store.load_people(
            tx, account_id, {r["contact_id"]: r["last_human_at"] for r in rows}, at=at
        )
        decided = decide_all(
            account_id,
            rows,
            people,
            held=store.load_draws(tx, account_id),
            started=store.load_running(tx, account_id, since=at - start.RUNNING_FOR),
            at=at,
            policy=policy,
        )
        store.save_decisions(tx, account_id, decided, now=here.wall.now())
        watched = outcomes.load_watched(tx, account_id)
        left_alone = control_rows(decided, {r["contact_id"]: r for r in rows}, watched)
        outcomes.open_cohorts(tx, account_id, left_alone, at=at)
        planned = _plan_values(here, tx, account_id, rows, decided, pace)
        if planned is not None and planned.state == "approved":
            here.publish(tx, PlanApproved(account_id, planned.plan_id))
    log.get(__name__).info(
        "workflows.account.planned",
        account_id=account_id,
        writes=planned.planned if planned else 0,
        waits=bool(planned and planned.state == "waiting"),
    )
    if planned is None:
        _propose(here, account_id)


def _plan_values(
    here: Context,
    tx: object,
    account_id: str,
    rows: object,
    decided: list[Decision],
    pace: Pace,
) -> outbox.Plan | None:
    standing = {d.contact_id: d for d in decided}
    wanted = {
        row["contact_id"]: values_of(
            row,
            status=standing[row["contact_id"]].status,
            held_out=standing[row["contact_id"]].held_out,
        )
        for row in rows  # type: ignore[attr-defined]
    }
    known = load_known(tx, account_id, list(wanted))  # type: ignore[arg-type]
    is_first = not outbox.has_applied(tx, account_id, "values")  # type: ignore[arg-type]
    contacts = count_contacts(tx, account_id)  # type: ignore[arg-type]
    return outbox.record_plan(
        tx,  # type: ignore[arg-type]
        account_id,
        plan.plan_changes(wanted, known, RULES),
        kind="values",
        wait_reason=lambda touched: plan.reason_to_wait(
            plan.Limits(), is_first=is_first, touched=touched, contacts=contacts
        ),
        now=here.wall.now(),
        pace=pace,
    )


def apply_plan(account_id: str, plan_id: str) -> datetime | None:
    """Write an approved plan and read it back; answers when to go on, where not all could be written now."""
    here = current()
    with here.engine.begin() as tx:
        found = outbox.find_plan(tx, account_id, plan_id)
    if found is None or found.state != "approved":
        return None
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
                must_pause=here.must_pause,
            ).apply()
        except Conflict as taken:
            log.get(__name__).info("workflows.plan.taken_over", plan_id=plan_id, why=taken.message)
            return None
    if not finished:
        return _resume_at(here, account_id, plan_id)
    with here.begin() as tx:
        here.publish(tx, PlanApplied(account_id, plan_id))
    return None


def _resume_at(here: Context, account_id: str, plan_id: str) -> datetime:
    """When an unfinished plan goes on: at once, or when the CRM's share of the next day begins."""
    with reading(here.engine) as connection:
        found = outbox.find_plan(connection, account_id, plan_id)
    now = here.wall.now()
    return max(now, found.resume_at) if found and found.resume_at else now


def erase_people(account_id: str, *erased: str) -> None:
    """Delete everything we hold of people whom the CRM has erased, in one transaction."""
    here = current()
    with here.engine.begin() as tx:
        mirror.erase_contacts(tx, account_id, erased)
        scores.forget(tx, account_id, erased)
        outbox.forget(tx, account_id, erased)
        store.forget(tx, account_id, erased)
    log.get(__name__).info("workflows.people.erased", account_id=account_id, people=len(erased))


def propose_wave(account_id: str, _plan_id: str = "") -> None:
    """After the values are written: propose whom to start first."""
    _propose(current(), account_id)


def _propose(here: Context, account_id: str) -> None:
    with here.engine.begin() as tx:
        order = [row["contact_id"] for row in scores.load_best(tx, account_id, limit=10_000)]
        start.propose_wave(tx, account_id, order, now=here.clock.now())


def start_due(account_id: str) -> None:
    """Start what is approved and due, each once; what the gate now refuses is not started."""
    here = current()
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
    log.get(__name__).info(
        "workflows.wave.started", account_id=account_id, contacts=planned.planned if planned else 0
    )


def record_outcomes(account_id: str) -> None:
    """Say of everybody whose 90 days are over whether they responded; what is known already stays."""
    here = current()
    at = here.clock.now()
    with reading(here.engine) as connection:
        ripe = outcomes.load_ripe(connection, account_id, decided_by=at - WATCHED_FOR)
    for first in range(0, len(ripe), _AT_ONCE):
        some = ripe[first : first + _AT_ONCE]
        ids = sorted({contact_id for contact_id, _ in some})
        _, events = load_frames(here.engine, account_id, as_of=at, contact_ids=ids)
        with here.engine.begin() as tx:
            outcomes.record_outcomes(tx, account_id, responses(some, events), at=at)
    log.get(__name__).info("workflows.outcomes.recorded", account_id=account_id, people=len(ripe))
    if ripe:
        with here.begin() as tx:
            here.publish(tx, OutcomesMatured(account_id))


def _look_again(here: Context, account_id: str, crm: ReadsContacts, *, at: datetime) -> None:
    """Read those who are due once more: the gate is to see today's opt-outs and complaints, not yesterday's."""
    with here.engine.begin() as tx:
        due = [row["contact_id"] for row in store.load_due(tx, account_id, at=at)]
    if due:
        refresh(here, crm, account_id, due, closely=True)


def _finish_half_done(here: Context, account_id: str, crm: WritesProperties) -> None:
    """Start plans whose worker died: applied to their end, never planned a second time.

    Whoever runs this job has the account's starts to itself, so every unfinished one was left behind.
    """
    with here.engine.begin() as tx:
        mine = {r["plan_id"] for r in store.load_starting(tx, account_id)}
        unapplied = {
            plan.plan_id: plan for plan, _ in outbox.load_unapplied(tx, now=here.wall.now())
        }
    for plan_id in sorted(filter(None, mine)):
        at = here.clock.now()
        if plan_id not in unapplied:
            start.settle(here.engine, crm, account_id, plan_id, at=at, pause=here.pause)
            continue
        start.apply_start(
            here.engine,
            crm,
            unapplied[plan_id],
            clock=here.wall,
            at=at,
            pause=here.pause,
            worker=here.worker,
        )
