"""The pages of a portal: its contacts, a contact's record with the app's card, and the app's settings."""

from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sandbox.hubspot.accounts import Accounts
from sandbox.hubspot.control.here import Here, find_portal
from sandbox.hubspot.face.reading import home, list_contacts, read_person, record_address
from sandbox.hubspot.portal import Owner, Portal
from sandbox.hubspot.staff import DONE
from sandbox.kit.answers import Json
from sandbox.kit.face.showing import ACTS, Link, Window, told
from sandbox.kit.face.viewers import choose_viewer, find_viewer, here
from sandbox.kit.happening import TAKES, read_happening
from sandbox.kit.pages import render

router = APIRouter(default_response_class=HTMLResponse)
_TEMPLATES = Path(__file__).parents[1] / "templates"
_RECORD = "/contacts/{portal:int}/record/0-1/{contact_id:int}"


@router.get("/contacts/{portal:int}/objects/0-1/views/all/list")
async def contacts(
    accounts: Here, request: Request, portal: int, q: str = "", after: int = 0
) -> HTMLResponse:
    """The portal's contacts."""
    found = find_portal(accounts, portal)
    listed = list_contacts(found, q, after)
    return _page(accounts, request, found, "crm_contacts.html", listed=listed, asked=q)


@router.get(_RECORD)
async def record(accounts: Here, request: Request, portal: int, contact_id: int) -> HTMLResponse:
    """One contact's record; whoever was merged into another one leads there."""
    found = find_portal(accounts, portal)
    survivor = found.records.survivor("contacts", str(contact_id))
    held = found.records.get("contacts", survivor)
    if held is None or held.archived:
        raise HTTPException(404, "no such contact")
    return _page(
        accounts,
        request,
        found,
        "contact.html",
        person=read_person(found, held),
        properties=held.properties,
        acts=ACTS,
        deals_title="Deals",
        extension=_extension(accounts, request, found, "card") | {"contact": int(survivor)},
    )


@router.post(f"{_RECORD}/happen")
async def happen(
    accounts: Here,
    portal: int,
    contact_id: int,
    kind: Annotated[str, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Let the contact do something, which takes them a minute: an answer comes after what it answers."""
    found = find_portal(accounts, portal)
    event = read_happening({"kind": kind, "text": text.strip()}, found.now() + TAKES)
    accounts.environment.time.advance_to(accounts.environment.time.now() + TAKES)
    if accounts.populations[portal].timeline.log(str(contact_id), event, marketing=True) is None:
        raise HTTPException(404, "no such contact")
    return RedirectResponse(record_address(found, str(contact_id)), 303)


@router.post(f"{_RECORD}/tasks/{{task_id}}/done")
async def complete(accounts: Here, portal: int, contact_id: int, task_id: str) -> Response:
    """Somebody of the staff has done a task."""
    found = find_portal(accounts, portal)
    if task_id not in found.records.associated("contacts", str(contact_id), "tasks"):
        raise HTTPException(404, "no such task")
    found.records.update("tasks", task_id, {"hs_task_status": DONE})
    return RedirectResponse(record_address(found, str(contact_id)), 303)


@router.get("/connected-apps/{portal:int}/installed")
async def app_settings(accounts: Here, request: Request, portal: int) -> HTMLResponse:
    """The app's own page among the settings of the account."""
    found = find_portal(accounts, portal)
    extension = _extension(accounts, request, found, "settings")
    return _page(accounts, request, found, "app_settings.html", extension=extension)


@router.get("/control/hubspot/looks/{portal}/{user_id}")
async def looks(portal: int, user_id: str, to: str) -> Response:
    """Another of the account's people looks from now on."""
    return choose_viewer(portal, user_id, to)


def viewer(request: Request, portal: Portal) -> Owner:
    """The one of the account's people who looks."""
    return find_viewer(request, portal.id, ((str(one.user_id), one) for one in portal.owners))[1]


def _extension(accounts: Accounts, request: Request, portal: Portal, location: str) -> Json:
    """What the app's own code is told when it is opened."""
    looking, hubspot = viewer(request, portal), accounts.hubspot
    return {
        "app": hubspot.app.name,
        "is_installed": hubspot.grants.live(portal.id) is not None,
        "location": location,
        "portal": portal.id,
        "timezone": portal.account.time_zone,
        "user": {
            "id": looking.user_id,
            "email": looking.email,
            "firstName": looking.first_name,
            "lastName": looking.last_name,
        },
    }


def _page(
    accounts: Accounts, request: Request, portal: Portal, name: str, **values: object
) -> HTMLResponse:
    zone, looking = portal.account.time_zone, viewer(request, portal)
    portals = accounts.hubspot.portals.values()
    window = Window(
        crm="HubSpot",
        account=portal.account.name,
        menu=[
            Link("Contacts", home(portal), is_here=name != "app_settings.html"),
            Link(
                f"Settings: {accounts.hubspot.app.name}",
                f"/connected-apps/{portal.id}/installed",
                is_here=name == "app_settings.html",
            ),
        ],
        people=[
            Link(
                f"{one.first_name} {one.last_name}",
                f"/control/hubspot/looks/{portal.id}/{one.user_id}?to={quote(here(request))}",
                is_here=one is looking,
            )
            for one in portal.owners
        ],
        places=[Link(one.account.name, home(one), is_here=one is portal) for one in portals],
        now=told(portal.now(), zone),
        here=here(request),
    )
    return HTMLResponse(
        render(name, _TEMPLATES, window=window, told=partial(told, zone=zone), **values)
    )
