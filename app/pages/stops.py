"""The buttons by which an admin stops an account and lets it, or one of its programmes, go on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.session import Account
from app.reports.stopping import let_all_go, stop_all
from core.errors import Invalid
from core.routing import Here

routes = APIRouter(prefix="/admin")

Reason = Annotated[str, Form(max_length=300)]
# The page that the button stands on.
Back = Annotated[Literal["plan", "live"], Form()]


@routes.post("/stop")
def stop(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    reason: Reason = "",
    programme: Annotated[str, Form(max_length=80)] = "",
    back: Back = "plan",
) -> Response:
    session.check_form(request, form_token)
    by = session.person(request)
    told = " ".join(reason.split()) or "No reason given."
    stop_all(here, installation.account_id, programme or None, by=by, reason=told)
    return RedirectResponse(f"/admin/{back}", status_code=303)


@routes.post("/go")
def go(
    request: Request,
    here: Here,
    installation: Account,
    form_token: Annotated[str, Form()],
    reason: Reason = "",
    programme: Annotated[str, Form()] = "",
    back: Back = "plan",
) -> Response:
    session.check_form(request, form_token)
    told = " ".join(reason.split())
    if not told:
        raise Invalid("Say why it may go on: the reason stands in the decision log.")
    by = session.person(request)
    let_all_go(here, installation.account_id, programme or None, by=by, reason=told)
    return RedirectResponse(f"/admin/{back}", status_code=303)
