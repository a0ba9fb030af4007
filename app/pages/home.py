"""Where an admin comes in: by a signed link, on to the account's first page; and how far the reading has come."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.pages import session
from app.pages.layout import FIRST_FOR_TEAM, draw
from app.pages.session import Account, TeamAccount
from app.pages.standing import load_standing
from app.templating import duration
from core.routing import Here

routes = APIRouter(prefix="/admin")


@routes.get("/enter")
def enter(ticket: str, request: Request, here: Here) -> Response:
    session.enter(here, request, ticket)
    return RedirectResponse("/admin/", status_code=303)


@routes.get("/")
def home(request: Request, here: Here, installation: TeamAccount) -> Response:
    if not session.is_admin(request):
        return RedirectResponse(f"/admin/{FIRST_FOR_TEAM}", status_code=303)
    is_scored = load_standing(here, installation.account_id).scored_at is not None
    # Each page at an address of its own: what replaces its live parts asks for the same page again.
    return RedirectResponse(f"/admin/{'audit' if is_scored else 'progress'}", status_code=303)


@routes.get("/progress")
def progress(request: Request, here: Here, installation: Account) -> Response:
    standing = load_standing(here, installation.account_id)
    return draw(
        "progress.html",
        request,
        here,
        installation,
        active="progress",
        standing=standing,
        duration=duration,
    )
