"""The page on which a sub-account's admin or an agency's user lets the app in."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.highlevel.gateway import PREFIX, guarded
from sandbox.highlevel.location import Location
from sandbox.highlevel.platform import HighLevel
from sandbox.templates import TEMPLATES

_PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


class ChoiceError(Exception):
    """The page cannot be shown, or the choice not be accepted; the text says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the app asks for; an installation begun in the marketplace carries no state."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None


class ChooseLocation:
    """Shows the page and redirects with a code or a denial."""

    def __init__(self, highlevel: HighLevel) -> None:
        self._highlevel = highlevel

    def routes(self) -> list[Route]:
        """The page, and the old address, which fails for new apps."""
        return [
            Route(PREFIX + path, self._endpoint(path, method), methods=[method])
            for path in ("/v2/oauth/chooselocation", "/oauth/chooselocation")
            for method in ("GET", "POST")
        ]

    def _endpoint(self, path: str, method: str) -> Callable[..., object]:
        async def serve(request: Request) -> Response:
            body = await request.body()

            def answered() -> Response:
                try:
                    wish = self._read(path, request.query_params)
                    if method == "GET":
                        return self._page(request, wish)
                    return self._decide(wish, parse_qsl(body.decode("utf-8", "replace")))
                except ChoiceError as error:
                    page = _PAGES.get_template("chooselocation_error.html")
                    return HTMLResponse(page.render(reason=str(error)), 400)

            return await guarded(self._highlevel, path, request, answered)

        return serve

    def _read(self, path: str, query: QueryParams) -> Wish:
        app = self._highlevel.app
        if not path.startswith("/v2/") or query.get("client_id") != app.credentials.client_id:
            raise ChoiceError("No integration found with the id")
        if query.get("response_type") != "code":
            raise ChoiceError("The response_type must be code.")
        if query.get("version_id", app.version_id) not in {app.version_id, app.credentials.app_id}:
            raise ChoiceError("The version_id does not belong to this app.")
        redirect = query.get("redirect_uri", "")
        if not app.allows_redirect(redirect):
            raise ChoiceError("The redirect_uri is not registered for this app.")
        scopes = tuple(dict.fromkeys(query.get("scope", "").split()))
        unknown = [scope for scope in scopes if scope not in app.scopes]
        if unknown or not scopes:
            raise ChoiceError(f"Scopes that the app does not have: {' '.join(unknown) or 'none'}")
        return Wish(redirect, scopes, query.get("state"))

    def _offered(self) -> list[Location]:
        """Locations where the app is not installed yet: others are not offered."""
        live = self._highlevel.grants.live
        return [row for row in self._highlevel.locations.values() if live(row.id) is None]

    def _page(self, request: Request, wish: Wish) -> Response:
        page = _PAGES.get_template("chooselocation.html")
        offered = self._offered()
        agencies = [
            (company, [row for row in offered if row.company_id == company.id])
            for company in self._highlevel.companies.values()
            if any(user.company_id == company.id for user in self._highlevel.agency_users.values())
        ]
        return HTMLResponse(
            page.render(
                app=self._highlevel.app,
                wish=wish,
                offered=offered,
                agencies=agencies,
                action=f"{request.url.path}?{request.url.query}",
            )
        )

    def _decide(self, wish: Wish, form: list[tuple[str, str]]) -> Response:
        given = dict(form)
        if given.get("decision") != "grant":
            return _back(wish, error="access_denied")
        offered = {row.id: row for row in self._offered()}
        chosen = [value for name, value in form if name == "location"]
        if any(location_id not in offered for location_id in chosen):
            raise ChoiceError("Choose locations that do not have the app yet.")
        rows = [offered[location_id] for location_id in dict.fromkeys(chosen)]
        if given.get("installer") == "agency":
            return _back(wish, code=self._agency(wish, rows, given))
        if len(rows) != 1:
            raise ChoiceError("Choose one location.")
        return _back(wish, code=self._sub_account(wish, rows[0]))

    def _sub_account(self, wish: Wish, location: Location) -> str:
        highlevel, admin = self._highlevel, location.users[0]
        install = highlevel.install(location.company_id, location.id, wish.scopes, user_id=admin.id)
        return highlevel.grants.issue_code(install, wish.redirect_uri, bulk=False)

    def _agency(self, wish: Wish, rows: list[Location], given: dict[str, str]) -> str:
        """Install in the locations; the app is told of each before it has exchanged the code."""
        highlevel = self._highlevel
        user = next(
            (u for u in highlevel.agency_users.values() if u.company_id == given.get("company")),
            None,
        )
        if user is None or any(row.company_id != user.company_id for row in rows):
            raise ChoiceError("Choose locations of your own agency.")
        future = "future" in given
        if not rows and not future:
            raise ChoiceError("Choose at least one location.")
        install = highlevel.install(
            user.company_id, None, wish.scopes, user_id=user.id, future_locations=future
        )
        for row in rows:
            highlevel.install(user.company_id, row.id, wish.scopes, user_id=user.id)
        return highlevel.grants.issue_code(install, wish.redirect_uri, bulk=True)


def _back(wish: Wish, **answer: str) -> Response:
    given = answer | ({"state": wish.state} if wish.state is not None else {})
    joint = "&" if urlsplit(wish.redirect_uri).query else "?"
    return RedirectResponse(f"{wish.redirect_uri}{joint}{urlencode(given)}", 302)
