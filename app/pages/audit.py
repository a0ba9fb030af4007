"""The audit of an account as of the last scoring of everybody."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.pages.layout import draw
from app.pages.session import Account
from app.reports.audit.render import audit_context, render_report
from core.context import Context
from core.db import reading
from core.errors import NotYet
from core.routing import Here
from scoring import store as scores
from scoring.summary.audit_summary import AuditSummary, SegmentRow
from workflows.decisions import store as decisions
from workflows.status import Status

routes = APIRouter(prefix="/admin")


@routes.get("/audit")
def audit(request: Request, here: Here, installation: Account) -> Response:
    summary = _decided(here, installation.account_id, _summary(here, installation.account_id))
    return draw(
        "audit.html",
        request,
        here,
        installation,
        active="audit",
        people_href="/admin/audit/people",
        report_href="/admin/audit/report",
        next_href="/admin/playbooks",
        **audit_context(summary),
    )


@routes.get("/audit/report")
def report(here: Here, installation: Account) -> Response:
    """The same as one A4 page, to be printed or kept; it names nobody."""
    summary = _decided(here, installation.account_id, _summary(here, installation.account_id))
    return HTMLResponse(
        render_report(summary, title="Database audit", prepared_for=installation.name)
    )


def _decided(here: Context, account_id: str, summary: AuditSummary) -> AuditSummary:
    """The sum with who is eligible as it is decided now: audit, dry run and starts tell the same number.

    Whoever was drawn to be left alone was eligible. Before anything was decided the sum's own estimate stands.
    """
    with reading(here.engine) as connection:
        counts = decisions.count_segments(connection, account_id)
    if not counts:
        return summary

    def eligible(segment: str) -> int:
        of = counts.get(segment, {})
        return of.get(Status.READY, 0) + of.get(Status.HELD_OUT, 0)

    def told(row: SegmentRow) -> SegmentRow:
        return replace(row, eligible=eligible(row.key))

    start = summary.start
    now = sum(eligible(row.key) for row in start.segments)
    share = start.left_alone / start.eligible if start.eligible else 0.0
    return replace(
        summary,
        segments=tuple(map(told, summary.segments)),
        start=replace(
            start,
            segments=tuple(map(told, start.segments)),
            eligible=now,
            left_alone=round(now * share),
        ),
    )


def _summary(here: Context, account_id: str) -> AuditSummary:
    """The audit as of the last scoring of everybody; raises NotYet that says when there will be one."""
    with reading(here.engine) as connection:
        summary = scores.find_audit(connection, account_id)
        scored = scores.find_scoring(connection, account_id)
    if summary is not None:
        return summary
    if scored is not None:
        raise NotYet(
            "Rekindle was updated: the audit comes with the next scoring of all contacts, "
            "which has begun by itself. Look again in a few minutes."
        )
    raise NotYet("The audit appears when the contacts have been read and scored.")
