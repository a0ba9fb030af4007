"""What HighLevel's install page asks and checks: a sub-account's admin or an agency's user lets the app in."""

from pathlib import Path

from starlette.requests import Request
from starlette.routing import Route

from sandbox.highlevel.location import Location
from sandbox.highlevel.platform import PREFIX, HighLevel
from sandbox.kit.consent import (
    AppWish,
    ConsentError,
    ConsentPage,
    Form,
    consent_routes,
    form_address,
)
from sandbox.kit.pages import render

_TEMPLATES = Path(__file__).parent / "templates"
_PATHS = ("/v2/oauth/chooselocation", "/oauth/chooselocation")  # the second fails for new apps


def routes(highlevel: HighLevel) -> list[Route]:
    """The page, and the old address."""
    page = ConsentPage(
        lambda request: _read(highlevel, request),
        lambda request, wish: _show(highlevel, request, wish),
        lambda _request, wish, form: _grant(highlevel, wish, form),
        error_template="chooselocation_error.html",
        templates=_TEMPLATES,
    )
    return consent_routes(highlevel.gateway, _PATHS, page)


def _read(highlevel: HighLevel, request: Request) -> AppWish:
    app, query = highlevel.app, request.query_params
    path = request.url.path.removeprefix(PREFIX)
    if not path.startswith("/v2/") or query.get("client_id") != app.credentials.client_id:
        raise ConsentError("No integration found with the id")
    if query.get("response_type") != "code":
        raise ConsentError("The response_type must be code.")
    if query.get("version_id", app.version_id) not in {app.version_id, app.credentials.app_id}:
        raise ConsentError("The version_id does not belong to this app.")
    redirect = query.get("redirect_uri", "")
    if not app.allows_redirect(redirect):
        raise ConsentError("The redirect_uri is not registered for this app.")
    scopes = tuple(dict.fromkeys(query.get("scope", "").split()))
    unknown = [scope for scope in scopes if scope not in app.scopes]
    if unknown or not scopes:
        raise ConsentError(f"Scopes that the app does not have: {' '.join(unknown) or 'none'}")
    return AppWish(redirect, scopes, query.get("state"))


def _offered(highlevel: HighLevel) -> list[Location]:
    """Locations where the app is not installed yet: others are not offered."""
    live = highlevel.grants.live
    return [row for row in highlevel.locations.values() if live(row.id) is None]


def _show(highlevel: HighLevel, request: Request, wish: AppWish) -> str:
    offered = _offered(highlevel)
    agencies = [
        (company, [row for row in offered if row.company_id == company.id])
        for company in highlevel.companies.values()
        if any(user.company_id == company.id for user in highlevel.agency_users.values())
    ]
    return render(
        "chooselocation.html",
        _TEMPLATES,
        app=highlevel.app,
        wish=wish,
        offered=offered,
        agencies=agencies,
        action=form_address(request),
    )


def _grant(highlevel: HighLevel, wish: AppWish, form: Form) -> str:
    offered = {row.id: row for row in _offered(highlevel)}
    chosen = form.getlist("location")
    if any(location_id not in offered for location_id in chosen):
        raise ConsentError("Choose locations that do not have the app yet.")
    rows = [offered[location_id] for location_id in dict.fromkeys(chosen)]
    if form.get("installer") == "agency":
        return _grant_agency(highlevel, wish, rows, form)
    if len(rows) != 1:
        raise ConsentError("Choose one location.")
    return _grant_location(highlevel, wish, rows[0])


def _grant_location(highlevel: HighLevel, wish: AppWish, location: Location) -> str:
    admin = location.users[0]
    install = highlevel.install(location.company_id, location.id, wish.scopes, user_id=admin.id)
    return highlevel.grants.issue_code(install, wish.scopes, redirect_uri=wish.redirect_uri)


def _grant_agency(highlevel: HighLevel, wish: AppWish, rows: list[Location], form: Form) -> str:
    """Install in the locations; the app is told of each before it has exchanged the code."""
    user = next(
        (u for u in highlevel.agency_users.values() if u.company_id == form.get("company")),
        None,
    )
    if user is None or any(row.company_id != user.company_id for row in rows):
        raise ConsentError("Choose locations of your own agency.")
    future = "future" in form
    if not rows and not future:
        raise ConsentError("Choose at least one location.")
    install = highlevel.install(
        user.company_id, None, wish.scopes, user_id=user.id, future_locations=future
    )
    for row in rows:
        highlevel.install(user.company_id, row.id, wish.scopes, user_id=user.id)
    return highlevel.grants.issue_code(install, wish.scopes, redirect_uri=wish.redirect_uri)
