"""The buttons by which an admin stops an account and lets it, or one of its programmes, go on."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.session import Account
from app.reports.stopping import let_all_go, stop_all
from core.errors import Invalid
from core.routing import Here

routes = APIRouter(prefix="/admin")

Reason = Annotated[str, Form(max_length=300)]


@routes.post("/stop")
def stop(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    reason: Reason = "",
) -> Response:
    session.check_form(request, form_token)
    by = session.person(request)
    told = " ".join(reason.split()) or "No reason given."
    stop_all(here, installation.account_id, by=by, reason=told)
    return RedirectResponse("/admin/plan", status_code=303)


@routes.post("/go")
def go(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    reason: Reason = "",
    programme: Annotated[str, Form()] = "",
) -> Response:
    session.check_form(request, form_token)
    told = " ".join(reason.split())
    if not told:
        raise Invalid("Say why it may go on: the reason stands in the decision log.")
    by = session.person(request)
    let_all_go(here, installation.account_id, programme or None, by=by, reason=told)
    return RedirectResponse("/admin/plan", status_code=303)
