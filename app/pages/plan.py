"""The dry run: what would be written and who would be started, and the buttons by which an admin approves it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.session import Account
from app.pages.workflow_choices import Automation, fetch_automation, find_automation
from app.pages.worklist import load_worklist
from app.templating import duration
from core.context import Context
from core.db import reading
from core.errors import Conflict, Invalid
from core.facts import PlanApproved, WaveApproved
from core.routing import Here
from sync.outbox import plans as outbox
from workflows import waves
from workflows.decisions import store as decision_store
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import bind
from workflows.enrollment.states import Way
from workflows.enrollment.touch_states import SPENT
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.properties import BANDS, SEGMENTS, STATUSES
from workflows.stops import store as stops
from workflows.touches import store as touches

SHOWN = 25
# The values of a plan that a person can judge at a glance.
GLANCE = (
    ("rekindle_segment", "Segment"),
    ("rekindle_recency_band", "Recency"),
    ("rekindle_dormancy_score", "Dormancy"),
    ("rekindle_priority", "Priority"),
    ("rekindle_status", "Status"),
)
WORDS = {**STATUSES, **BANDS, **SEGMENTS}


routes = APIRouter(prefix="/admin")


@routes.get("/plan")
def plan(request: Request, here: Here, installation: Account) -> Response:
    return draw(
        "plan.html",
        request,
        here,
        installation,
        active="plan",
        worklist=load_worklist(here, installation),
        **_plan(here, installation.account_id),
    )


@routes.post("/plans/{plan_id}/approve")
def approve(
    plan_id: str,
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
) -> Response:
    session.check_form(request, form_token)
    account_id = installation.account_id
    with here.begin() as tx:
        by = session.person(request)
        outbox.approve(tx, account_id, plan_id, by=by, now=here.wall.now())
        told = Entry(What.APPROVED, Who.PERSON, by=by, reason="Writing values", subject=plan_id)
        decision_log.record(tx, account_id, [told], at=here.clock.now(), now=here.wall.now())
        here.publish(tx, PlanApproved(account_id, plan_id))
    return RedirectResponse("/admin/plan", status_code=303)


@routes.post("/waves/{wave_id}/approve")
def approve_wave(
    wave_id: str,
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    workflow_id: Annotated[str, Form()] = "",
    way: Annotated[Way, Form()] = Way.TOUCHES,
) -> Response:
    session.check_form(request, form_token)
    account_id = installation.account_id
    automation = fetch_automation(here, account_id, [workflow_id])
    if automation.against:
        raise Invalid(f"Nothing can be started yet. {automation.against}")
    choices = automation.workflows
    if choices is not None and workflow_id not in {c.workflow_id for c in choices}:
        raise Invalid("Choose one of your published workflows for this wave.")
    with here.begin() as tx:
        if workflow_id or way is not Way.TOUCHES:
            playbooks = ledger.load_wave_playbooks(tx, account_id, wave_id)
            bind(tx, account_id, playbooks, workflow_id, way=way, now=here.wall.now())
        if not waves.approve_wave(
            tx,
            account_id,
            wave_id,
            by=session.person(request),
            at=here.clock.now(),
            now=here.wall.now(),
        ):
            raise Conflict("This wave was approved already or is gone.")
        here.publish(tx, WaveApproved(account_id))
    return RedirectResponse("/admin/plan", status_code=303)


def _plan(here: Context, account_id: str) -> dict[str, Any]:
    with reading(here.engine) as connection:
        found = outbox.find_latest(connection, account_id, "values")
        wave = ledger.find_wave(connection, account_id)
        stored = {
            "plan": found,
            "plan_approval": decision_log.find_plan_approval(connection, account_id),
            "rows": outbox.load_rows(connection, found.plan_id, limit=SHOWN) if found else [],
            "tally": outbox.tally(connection, account_id, kind="values"),
            "decisions": decision_store.count_decisions(connection, account_id),
            "wave": wave,
            "enrollments": ledger.count_enrollments(connection, account_id),
            "touches": (counts := touches.count_touches(connection, account_id)),
            "asked": sum(counts.get(state, 0) for state in SPENT),
            "next_due": ledger.find_next_due(connection, account_id),
            "wave_approval": ledger.find_approval(connection, account_id),
            "stopped": stops.load_stopped(connection, account_id),
        }
    # Only now, when the database's connection has gone back: a CRM may take its time.
    automation = find_automation(here, account_id) if wave else Automation()
    return stored | {
        "workflows": automation.workflows,
        "against": automation.against,
        "crm_is_silent": automation.is_silent,
        "duration": duration(found.expected_seconds) if found else None,
        "statuses": STATUSES,
        "shown": GLANCE,
        "words": WORDS,
    }
