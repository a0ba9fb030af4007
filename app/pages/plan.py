"""The dry run: what would be written and who would be started, and the buttons by which an admin approves it."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import draw
from app.pages.plan_diff import LABELS, WORDS, Filters, load_diff
from app.pages.session import Account
from app.pages.workflow_choices import Automation, Choice, check_choice, find_automation
from app.pages.worklist import load_worklist
from app.templating import duration
from core.context import Context
from core.db import reading
from core.errors import Conflict, NotFound
from core.facts import PlanApproved, WaveApproved
from core.routing import Here
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.changing import load_settings
from oauth.notices import SEQUENCES, clear_notices
from sync.outbox import plans as outbox
from workflows import waves
from workflows.decisions import store as decision_store
from workflows.enrollment import store as ledger
from workflows.enrollment.bindings import Binding, bind, load_bindings
from workflows.enrollment.states import Way
from workflows.enrollment.touch_states import SPENT
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who
from workflows.properties import STATUSES
from workflows.stops import store as stops
from workflows.touches import store as touches

routes = APIRouter(prefix="/admin")


@routes.get("/plan")
def plan(
    request: Request,
    here: Here,
    installation: Account,
    segment: str = "",
    name: str = "",
    find: str = "",
    after: str = "",
    change: str = "",
) -> Response:
    """`change` is a playbook for which something else is to be chosen."""
    return draw(
        "plan.html",
        request,
        here,
        installation,
        active="plan",
        worklist=load_worklist(here, installation),
        most_changed=load_settings(here, installation).most_changed,
        **_plan(here, installation.account_id, change, Filters(segment, name, find, after)),
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
    choice: Choice,
) -> Response:
    session.check_form(request, form_token)
    account_id = installation.account_id
    check_choice(here, account_id, choice)
    with here.begin() as tx:
        # Where a property starts the workflow, and always has, there is nothing to keep.
        if choice != Binding("", Way.TOUCHES) or load_bindings(tx, account_id):
            playbooks = ledger.load_wave_playbooks(tx, account_id, wave_id)
            bind(tx, account_id, playbooks, choice, now=here.wall.now())
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


@routes.post("/bindings/{playbook}")
def rebind(
    playbook: str,
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    choice: Choice,
    segment: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """From the next start on a playbook runs this; who has begun goes on as they are."""
    session.check_form(request, form_token)
    account_id = installation.account_id
    vertical = load_settings(here, installation).vertical
    if load_playbooks(here, account_id, vertical).playbook(playbook) is None:
        raise NotFound("There is no such playbook in this account.")
    check_choice(here, account_id, choice)
    with here.begin() as tx:
        if choice != Binding("", Way.TOUCHES) or load_bindings(tx, account_id):
            bind(tx, account_id, [playbook], choice, now=here.wall.now())
        clear_notices(tx, account_id, kind=SEQUENCES)
    back = f"/admin/playbooks?segment={quote(segment)}#runs" if segment else "/admin/plan"
    return RedirectResponse(back, status_code=303)


def _plan(here: Context, account_id: str, change: str, filters: Filters) -> dict[str, Any]:
    with reading(here.engine) as connection:
        waiting = outbox.find_waiting(connection, account_id, "values")
        found = waiting or outbox.find_latest(connection, account_id, "values")
        wave = ledger.find_wave(connection, account_id)
        stored = {
            "plan": found,
            "plan_approval": decision_log.find_plan_approval(connection, account_id),
            "diff": load_diff(connection, account_id, found, filters) if found else None,
            "tally": outbox.tally(connection, account_id, kind="values"),
            "decisions": decision_store.count_decisions(connection, account_id),
            "wave": wave,
            "enrollments": ledger.count_enrollments(connection, account_id),
            "touches": (counts := touches.count_touches(connection, account_id)),
            "asked": sum(counts.get(state, 0) for state in SPENT),
            "next_due": ledger.find_next_due(connection, account_id),
            "wave_approval": ledger.find_approval(connection, account_id),
            "bound": (bound := load_bindings(connection, account_id)),
            "stopped": stops.load_stopped(connection, account_id),
        }
    # Only now, when the database's connection has gone back: a CRM may take its time.
    is_asked = wave or change in bound
    automation = find_automation(here, account_id) if is_asked else Automation()
    return stored | {
        "automation": automation,
        "change": change if change in bound else "",
        "duration": duration(found.expected_seconds) if found else None,
        "statuses": STATUSES,
        "labels": LABELS,
        "words": WORDS,
    }
