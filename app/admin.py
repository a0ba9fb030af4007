"""The admin's pages: where it stands, the audit, the dry run, the first wave, one contact's card."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from app import access
from app.audit.render import audit_context
from app.fields_page import field_routes
from app.notices_page import load_lines, notice_routes
from app.pages import duration
from app.standing import load_standing
from app.workflow_choices import fetch_choices, find_choices
from cards.card import Card, load_card
from core.context import Context
from core.db import reading
from core.errors import Conflict, Invalid, NotFound
from core.facts import PlanApproved, WaveApproved
from oauth.store import Installation
from scoring import store as scores
from scoring.audit_summary import AuditSummary
from sync import outbox
from sync import store as mirror
from workflows import store as ledger
from workflows.properties import BANDS, SEGMENTS, STATUSES

SHOWN = 25

NAV = (
    ("progress", "Progress"),
    ("fields", "Fields"),
    ("audit", "Audit"),
    ("plan", "Dry run"),
    ("contacts", "Contacts"),
    ("notices", "Notices"),
)
# The values of a plan that a person can judge at a glance.
GLANCE = (
    ("rekindle_segment", "Segment"),
    ("rekindle_recency_band", "Recency"),
    ("rekindle_dormancy_score", "Dormancy"),
    ("rekindle_priority", "Priority"),
    ("rekindle_status", "Status"),
)
WORDS = {**STATUSES, **BANDS, **SEGMENTS}


def router(context: Callable[[], Context], pages: Environment) -> APIRouter:
    routes = APIRouter(prefix="/admin")
    _approvals(routes, context)
    Here = Annotated[Context, Depends(context)]  # noqa: N806  a type

    def account(request: Request, here: Here) -> Installation:
        return access.installation_of(here, request)

    Account = Annotated[Installation, Depends(account)]  # noqa: N806  a type

    def page(
        name: str, request: Request, installation: Installation, *, active: str, **values: Any
    ) -> Response:
        shown = pages.get_template(name).render(
            account={
                "name": installation.name,
                "note": installation.timezone,
            },
            nav=[
                {"href": f"/admin/{key}", "label": label, "current": key == active, "done": False}
                for key, label in NAV
            ],
            active=active,
            notices=load_lines(context(), installation.account_id),
            form_token=access.form_token(request),
            **values,
        )
        return HTMLResponse(shown)

    field_routes(routes, context, page)
    notice_routes(routes, context, page)

    @routes.get("/enter")
    def enter(ticket: str, request: Request, here: Here) -> Response:
        access.enter(here, request, ticket)
        return RedirectResponse("/admin/", status_code=303)

    @routes.get("/")
    def home(request: Request, here: Here, installation: Account) -> Response:
        standing = load_standing(here, installation.account_id)
        if standing.scored_at is not None:
            return RedirectResponse("/admin/audit", status_code=303)
        return page("progress.html", request, installation, standing=standing, active="progress")

    @routes.get("/accounts/{account_id}")
    def switch(account_id: str, request: Request) -> Response:
        access.switch(request, account_id)
        return RedirectResponse("/admin/", status_code=303)

    @routes.get("/progress")
    def progress(request: Request, here: Here, installation: Account) -> Response:
        standing = load_standing(here, installation.account_id)
        return page("progress.html", request, installation, standing=standing, active="progress")

    @routes.get("/audit")
    def audit(request: Request, here: Here, installation: Account) -> Response:
        summary = _summary(here, installation.account_id)
        return page("audit.html", request, installation, active="audit", **audit_context(summary))

    @routes.get("/plan")
    def plan(request: Request, here: Here, installation: Account) -> Response:
        return page(
            "plan.html",
            request,
            installation,
            active="plan",
            **_plan(here, installation.account_id),
        )

    @routes.get("/contacts")
    def contacts(
        request: Request, here: Here, installation: Account, segment: str | None = None
    ) -> Response:
        people = _people(here, installation.account_id, segment)
        return page(
            "contacts.html",
            request,
            installation,
            active="contacts",
            people=people,
            segments=SEGMENTS,
        )

    @routes.get("/contacts/{contact_id}")
    def contact(contact_id: str, request: Request, here: Here, installation: Account) -> Response:
        with reading(here.engine) as connection:
            card = load_card(connection, installation.account_id, contact_id, at=here.clock.now())
        record = installation.record_url.replace("{contact_id}", contact_id)
        return page(
            "card.html",
            request,
            installation,
            active="contacts",
            card=_card(card),
            record_url=record,
        )

    return routes


def _approvals(routes: APIRouter, context: Callable[[], Context]) -> None:
    """What an admin decides: to write the values, to start the wave."""
    Here = Annotated[Context, Depends(context)]  # noqa: N806  a type

    @routes.post("/plans/{plan_id}/approve")
    def approve(
        plan_id: str,
        request: Request,
        here: Here,
        form_token: Annotated[str, Form()],
    ) -> Response:
        access.check_form(request, form_token)
        account_id = access.installation_of(here, request).account_id
        with here.begin() as tx:
            outbox.approve(tx, account_id, plan_id, by="admin", now=here.wall.now())
            here.publish(tx, PlanApproved(account_id, plan_id))
        return RedirectResponse("/admin/plan", status_code=303)

    @routes.post("/waves/{wave_id}/approve")
    def approve_wave(
        wave_id: str,
        request: Request,
        here: Here,
        form_token: Annotated[str, Form()],
        workflow_id: Annotated[str, Form()] = "",
    ) -> Response:
        access.check_form(request, form_token)
        account_id = access.installation_of(here, request).account_id
        choices = fetch_choices(here, account_id)
        if choices is not None and workflow_id not in {c.workflow_id for c in choices}:
            raise Invalid("Choose one of your published workflows for this wave.")
        with here.begin() as tx:
            if workflow_id:
                ledger.bind(tx, account_id, wave_id, workflow_id, now=here.wall.now())
            if not ledger.approve_wave(tx, account_id, wave_id, at=here.clock.now()):
                raise Conflict("This wave was approved already or is gone.")
            here.publish(tx, WaveApproved(account_id))
        return RedirectResponse("/admin/plan", status_code=303)


def _summary(here: Context, account_id: str) -> AuditSummary:
    """The audit as of the last scoring of everybody; raises NotFound that says when there will be one."""
    with reading(here.engine) as connection:
        summary = scores.find_audit(connection, account_id)
        scored = scores.find_scoring(connection, account_id)
    if summary is not None:
        return summary
    if scored is not None:
        raise NotFound(
            "Rekindle was updated: the audit comes with the next scoring of all contacts, "
            "which has begun by itself. Look again in a few minutes."
        )
    raise NotFound("The audit appears when the contacts have been read and scored.")


def _plan(here: Context, account_id: str) -> dict[str, Any]:
    with reading(here.engine) as connection:
        found = outbox.find_latest(connection, account_id, "values")
        wave = ledger.find_wave(connection, account_id)
        stored = {
            "plan": found,
            "rows": outbox.load_rows(connection, found.plan_id, limit=SHOWN) if found else [],
            "tally": outbox.tally(connection, account_id, kind="values"),
            "decisions": ledger.count_decisions(connection, account_id),
            "wave": wave,
            "enrollments": ledger.count_enrollments(connection, account_id),
            "next_due": ledger.find_next_due(connection, account_id),
        }
    # Only now, when the database's connection has gone back: a CRM may take its time.
    workflows, silent = find_choices(here, account_id) if wave else (None, False)
    return stored | {
        "workflows": workflows,
        "crm_is_silent": silent,
        "duration": duration(found.expected_seconds) if found else None,
        "statuses": STATUSES,
        "shown": GLANCE,
        "words": WORDS,
    }


def _card(card: Card) -> dict[str, Any]:
    """The card in the words of its page."""
    seen = card.last_seen_label
    if seen and card.last_seen_days is not None:
        seen = f"{seen}, {card.last_seen_days:,} days ago"
    return {
        "name": card.name,
        "score": card.dormancy_score,
        "band_label": card.band_label,
        "priority": card.priority,
        "likelihood": card.likelihood,
        "p_return": card.p_return,
        "numbers_label": card.numbers_label,
        "signal_label": card.signal_label,
        "reason_label": card.reason_label,
        "moved": card.moved,
        "segment_label": card.segment_label,
        "track_label": card.track_label,
        "explanation": card.explanation,
        "status": card.state,
        "not_contacted_reason": card.rule_text
        if card.state in {"suppressed", "human_first"}
        else None,
        "rule": card.rule_id,
        "evidence": [(e.label, e.value) for e in card.evidence],
        "last_seen_label": seen,
        "scored_at": f"{card.scored_at:%b} {card.scored_at.day}, {card.scored_at:%Y %H:%M} UTC"
        if card.scored_at
        else None,
    }


def _people(here: Context, account_id: str, segment: str | None) -> list[dict[str, Any]]:
    with reading(here.engine) as connection:
        best = scores.load_best(connection, account_id, limit=SHOWN, segment=segment)
        ids = [score["contact_id"] for score in best]
        names = mirror.load_full_names(connection, account_id, ids)
    return [
        {**score, "name": names.get(i, f"Contact {i}")} for i, score in zip(ids, best, strict=True)
    ]
