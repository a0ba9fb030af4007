"""Ways in: the first page, the page that a CRM frames, tickets from a CRM's own pages, and signing out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment

from app.guard import FRAMED_BY
from app.pages import session, visits
from connector.port.provider import Provider
from connector.port.visits import SealsVisits, SignsVisits
from connector.registry import PROVIDERS, find_provider, load_configured
from core.context import Context
from core.errors import NotFound, NotSignedIn
from core.routing import Here
from oauth.signed_in import find_signed_in
from sync.inbox.routes import signed_request

routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Way:
    """A CRM on the first page: what it is called, its part of addresses, and where one signs in by it, if anywhere.

    `by_menu` where that is the CRM's own window, whose menu leads to us.
    """

    label: str
    address: str
    sign_in: str
    by_menu: bool


@routes.get("/")
def first_page(request: Request, here: Here) -> Response:
    found = [_way(provider) for provider in load_configured(here.environment)]
    # Where an agency shows its CRM under its own name, that CRM has a first page of its own.
    shown = [way for way in found if way.address in PROVIDERS] or found
    return _first_page(request, here, shown)


@routes.get("/start/{provider}")
def first_page_of(provider: str, request: Request, here: Here) -> Response:
    """For the customers of one CRM: no other is named."""
    return _first_page(request, here, [_way(find_provider(provider, here.environment))])


@routes.get("/installed")
def installed(request: Request) -> Response:
    """After an install that began in a CRM's marketplace, which signs nobody in."""
    return _draw(request, "installed.html")


@routes.post("/sign-out")
def sign_out(request: Request, form_token: Annotated[str, Form()]) -> Response:
    session.check_form(request, form_token)
    request.session.clear()
    return RedirectResponse("/", status_code=303)


@routes.get("/enter")
def enter(ticket: str, request: Request, here: Here, to: str = "/admin/") -> Response:
    if request.headers.get("sec-fetch-dest") == "iframe":
        request.session["framed"] = True
    visits.enter_by_ticket(here, request, ticket)
    return RedirectResponse(_inside(to), status_code=303)


@routes.get("/enter/{provider}")
def framed_page(provider: str, request: Request, here: Here, to: str = "/admin/") -> Response:
    """What a CRM frames: asks it who looks, and sends the answer to the route below."""
    found = find_provider(provider, here.environment)
    seal = found.visits()
    if not isinstance(seal, SealsVisits):
        raise NotFound("This CRM does not open Rekindle in a frame.")
    # Shows nobody's data, and any of an agency's own domains may frame it.
    setattr(request.state, FRAMED_BY, ("https:", *session.framed_by(found)))
    return _draw(request, "enter.html", provider=found, seal=seal, to=_inside(to))


@routes.post("/enter/{provider}")
def enter_framed(
    provider: str,
    request: Request,
    here: Here,
    message: Annotated[str, Form()],
    to: Annotated[str, Form()] = "/admin/",
    framed: Annotated[bool, Form()] = True,
) -> Response:
    found = find_provider(provider, here.environment)
    opener = found.visits()
    if not isinstance(opener, SealsVisits):
        raise NotFound("This CRM does not open Rekindle in a frame.")
    visit = opener.open_visit(message)
    if framed:
        request.session["framed"] = True
    visits.enter_by_message(here, request, found, visit, message)
    return RedirectResponse(f"/kept?{urlencode({'to': _inside(to)})}", status_code=303)


@routes.get("/kept")
def kept(request: Request, to: str = "/admin/") -> Response:
    """Whether the browser has kept the session in the frame; where it keeps nothing, what to do."""
    if find_signed_in(request.session) is None:
        raise NotSignedIn(
            "Your browser keeps nothing for pages inside your CRM. Allow cookies for Rekindle there, or open "
            "Rekindle in a tab of its own."
        )
    return RedirectResponse(_inside(to), status_code=303)


@routes.get("/actions/{provider}/ticket")
def ticket(provider: str, request: Request, here: Here) -> Mapping[str, Any]:
    """Where a CRM's own page asks for a way in for whoever looks at it, by a request that the CRM signs."""
    found = find_provider(provider, here.environment)
    verifier = found.visits()
    if not isinstance(verifier, SignsVisits):
        raise NotFound("This CRM signs no requests for a way in.")
    signed = signed_request(request, b"", here.settings.public_url)
    visit = verifier.read_visit(signed, now=here.wall.now())
    return {"url": visits.make_ticket(here, found, visit)}


def _first_page(request: Request, here: Context, ways: list[Way]) -> Response:
    accounts = session.load_openable(here, request)
    return _draw(request, "front.html", ways=ways, accounts=accounts)


def _way(provider: Provider) -> Way:
    signs_in = provider.authorizer().signs_in
    by_oauth = f"/oauth/{provider.address}/sign-in"
    sign_in = by_oauth if signs_in else provider.home_url
    return Way(provider.label, provider.address, sign_in, by_menu=not signs_in)


def _inside(to: str) -> str:
    """The address if it is one of our own pages, else the first page of the account."""
    parts = urlsplit(to)
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith("/admin/")
    return to if is_own and "\\" not in to else "/admin/"


def _draw(request: Request, template: str, **values: Any) -> Response:
    pages: Environment = request.app.state.templates
    return HTMLResponse(pages.get_template(template).render(**values))
