"""The pretend HighLevel's own window: a menu, and the app's custom page in a frame that is told who looks."""

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from sandbox.highlevel.control.here import Here, find_location
from sandbox.kit.pages import render

router = APIRouter(prefix="/control/highlevel", default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parents[1] / "templates"


@router.get("/menu")
@router.get("/menu/{location_id}")
async def menu(
    accounts: Here, location_id: str | None = None, user: str | None = None, app: str | None = None
) -> HTMLResponse:
    """The location's window for one of its users; `app` is where the app is, if not where it sends its installers."""
    location = find_location(accounts, location_id)
    highlevel = accounts.highlevel
    agency = [u for u in highlevel.agency_users.values() if u.company_id == location.company_id]
    people = [*location.users, *agency]
    looking = next((one for one in people if user in {None, one.id}), None)
    if looking is None:
        raise HTTPException(404, "no such user")
    page = render(
        "menu.html",
        _TEMPLATES,
        location=location,
        places=list(highlevel.of_company(location.company_id)),
        people=people,
        looking=looking,
        is_agency=looking in agency,
        app=app,
        title=highlevel.app.name,
        frame=_custom_page(app, highlevel.app.redirect_urls),
    )
    return HTMLResponse(page)


def _custom_page(app: str | None, redirect_urls: tuple[str, ...]) -> str:
    """The address of the custom page: beside the one to which installers come back."""
    local = [url for url in redirect_urls if urlsplit(url).hostname in {"localhost", "127.0.0.1"}]
    known = (*local, *redirect_urls, "http://localhost:8321/oauth/highlevel/callback")[0]
    parts = urlsplit(known)
    word = parts.path.split("/")[-2] if parts.path.count("/") > 1 else "highlevel"
    return f"{app or f'{parts.scheme}://{parts.netloc}'}/enter/{word}"
