"""The audit of an account as of the last scoring of everybody."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.pages.layout import draw
from app.pages.session import Account
from app.reports.audit.render import audit_context
from core.context import Context
from core.db import reading
from core.errors import NotFound
from core.routing import Here
from scoring import store as scores
from scoring.summary.audit_summary import AuditSummary

routes = APIRouter(prefix="/admin")


@routes.get("/audit")
def audit(request: Request, here: Here, installation: Account) -> Response:
    summary = _summary(here, installation.account_id)
    return draw("audit.html", request, here, installation, active="audit", **audit_context(summary))


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
