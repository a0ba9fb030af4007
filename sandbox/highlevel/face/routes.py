"""A location's pages: its contacts, a contact's record, the app's custom page in a frame that is told who looks."""

from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sandbox.highlevel.accounts import Accounts
from sandbox.highlevel.control.here import Here, find_location
from sandbox.highlevel.face.reading import home, list_contacts, read_person, record_address
from sandbox.highlevel.location import Location, User
from sandbox.kit.face.showing import ACTS, Link, Window, told
from sandbox.kit.face.viewers import choose_viewer, find_viewer, here
from sandbox.kit.happening import TAKES, read_happening
from sandbox.kit.pages import render

router = APIRouter(default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parents[1] / "templates"
_LOCATION = "/highlevel/v2/location/{location}"
_RECORD = f"{_LOCATION}/contacts/detail/{{contact_id}}"
_CUSTOM_PAGE = "/control/highlevel/menu"


@router.get(f"{_LOCATION}/contacts/smart_list/All")
async def contacts(
    accounts: Here, request: Request, location: str, q: str = "", after: int = 0
) -> HTMLResponse:
    """The location's contacts."""
    found = find_location(accounts, location)
    listed = list_contacts(found, q, after)
    return _page(accounts, request, found, "crm_contacts.html", listed=listed, asked=q)


@router.get(_RECORD)
async def record(accounts: Here, request: Request, location: str, contact_id: str) -> HTMLResponse:
    """One contact's record."""
    found = find_location(accounts, location)
    contact = found.contacts.get(contact_id)
    if contact is None:
        raise HTTPException(404, "no such contact")
    return _page(
        accounts,
        request,
        found,
        "crm_contact.html",
        person=read_person(found, contact),
        acts=ACTS,
        deals_title="Opportunities and payments",
    )


@router.post(f"{_RECORD}/happen")
async def happen(
    accounts: Here,
    location: str,
    contact_id: str,
    kind: Annotated[str, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Let the contact do something, which takes them a minute: an answer comes after what it answers."""
    found = find_location(accounts, location)
    if found.contacts.get(contact_id) is None:
        raise HTTPException(404, "no such contact")
    event = read_happening({"kind": kind, "text": text.strip()}, found.now() + TAKES)
    accounts.environment.time.advance_to(accounts.environment.time.now() + TAKES)
    accounts.populations[found.id].journal.log(contact_id, event)
    return RedirectResponse(record_address(found, contact_id), 303)


@router.post(f"{_RECORD}/tasks/{{task_id}}/done")
async def complete(accounts: Here, location: str, contact_id: str, task_id: str) -> Response:
    """Somebody of the staff has done a task."""
    found = find_location(accounts, location)
    task = next((row for row in found.tasks.get(contact_id, []) if row["id"] == task_id), None)
    if task is None:
        raise HTTPException(404, "no such task")
    found.complete_task(task)
    return RedirectResponse(record_address(found, contact_id), 303)


@router.get(_CUSTOM_PAGE)
@router.get(f"{_CUSTOM_PAGE}/{{location}}")
async def custom_page(
    accounts: Here, request: Request, location: str | None = None, app: str | None = None
) -> HTMLResponse:
    """The app in a frame; `app` is where it is, if not where it sends its installers."""
    found = find_location(accounts, location)
    highlevel = accounts.highlevel
    looking = _viewer(accounts, request, found)
    who = {
        "location": found.id,
        "user": looking.id,
        "role": looking.role,
        "agency": not looking.location_ids,
    }
    return _page(
        accounts,
        request,
        found,
        "custom_page.html",
        app=highlevel.app.name,
        who=who,
        frame=_address(app, highlevel.app.redirect_urls),
    )


@router.get("/control/highlevel/looks/{location}/{user_id}")
async def looks(location: str, user_id: str, to: str) -> Response:
    """Another of the location's people, or of its agency's, looks from now on."""
    return choose_viewer(location, user_id, to)


def _people(accounts: Accounts, location: Location) -> list[User]:
    agency = accounts.highlevel.agency_users.values()
    return [*location.users, *(one for one in agency if one.company_id == location.company_id)]


def _viewer(accounts: Accounts, request: Request, location: Location) -> User:
    known = ((one.id, one) for one in _people(accounts, location))
    return find_viewer(request, location.id, known)[1]


def _address(app: str | None, redirect_urls: tuple[str, ...]) -> str:
    """The address of the custom page: beside the one to which installers come back."""
    local = [url for url in redirect_urls if urlsplit(url).hostname in {"localhost", "127.0.0.1"}]
    known = (*local, *redirect_urls, "http://localhost:8321/oauth/highlevel/callback")[0]
    parts = urlsplit(known)
    word = parts.path.split("/")[-2] if parts.path.count("/") > 1 else "highlevel"
    return f"{app or f'{parts.scheme}://{parts.netloc}'}/enter/{word}"


def _page(
    accounts: Accounts, request: Request, location: Location, name: str, **values: object
) -> HTMLResponse:
    zone, looking = location.profile.zone, _viewer(accounts, request, location)
    is_app, back = name == "custom_page.html", quote(here(request))
    listed = accounts.highlevel.locations.values()
    window = Window(
        crm="HighLevel",
        account=location.profile.name,
        menu=[
            Link("Contacts", home(location), is_here=not is_app),
            Link(accounts.highlevel.app.name, f"{_CUSTOM_PAGE}/{location.id}", is_here=is_app),
        ],
        people=[
            Link(
                f"{one.first_name} {one.last_name} ({one.role})",
                f"/control/highlevel/looks/{location.id}/{one.id}?to={back}",
                is_here=one is looking,
            )
            for one in _people(accounts, location)
        ],
        places=[Link(one.profile.name, home(one), is_here=one is location) for one in listed],
        now=told(location.now(), zone),
        here=here(request),
    )
    return HTMLResponse(
        render(name, _TEMPLATES, window=window, told=partial(told, zone=zone), **values)
    )
