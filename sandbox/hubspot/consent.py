"""The page on which a person lets the app into their account, and the way back from it."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.hubspot.gateway import guarded
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.portal import Portal
from sandbox.templates import TEMPLATES

_PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


class ConsentError(Exception):
    """The install page cannot be shown; the text says why, as HubSpot's page does."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the app asks for."""

    redirect_uri: str
    scopes: tuple[str, ...]
    optional: tuple[str, ...]
    state: str | None
    challenge: str | None


class Consent:
    """Shows the install page and redirects with a code or a denial."""

    def __init__(self, hubspot: HubSpot) -> None:
        """Ask for this HubSpot's accounts."""
        self._hubspot = hubspot

    def routes(self) -> list[Route]:
        """The install page, with the account in the path or chosen on the page."""
        return [
            Route(path, self._endpoint(path, method), methods=[method])
            for path in ("/oauth/authorize", "/oauth/{portal:int}/authorize")
            for method in ("GET", "POST")
        ]

    def _endpoint(self, path: str, method: str) -> Callable[..., object]:
        async def serve(request: Request) -> Response:
            body = await request.body()

            def answered() -> Response:
                try:
                    wish = self._read(request.query_params)
                    portals = self._portals(request)
                    if method == "GET":
                        return self._page(request, wish, portals)
                    form = dict(parse_qsl(body.decode("utf-8", "replace")))
                    return self._decide(wish, form, portals)
                except ConsentError as error:
                    page = _PAGES.get_template("consent_error.html")
                    return HTMLResponse(page.render(reason=str(error)), 400)

            return await guarded(self._hubspot, path, request, answered)

        return serve

    def _portals(self, request: Request) -> list[Portal]:
        portals = self._hubspot.portals
        wanted = request.path_params.get("portal")
        if wanted is None:
            return list(portals.values())
        if wanted not in portals:
            raise ConsentError(f"You do not have access to the account {wanted}.")
        return [portals[wanted]]

    def _read(self, query: QueryParams) -> Wish:
        app, redirect = self._hubspot.app, query.get("redirect_uri", "")
        if query.get("client_id") != app.credentials.client_id:
            raise ConsentError("The client_id is missing or belongs to no app.")
        if not app.allows_redirect(redirect):
            raise ConsentError(
                "The redirect_uri does not match any redirect URL of the app. It must be https, "
                "except on localhost."
            )
        scopes = tuple(query.get("scope", "").split())
        optional = tuple(query.get("optional_scope", "").split())
        _check_scopes(app.required, app.declared, scopes, optional)
        challenge = query.get("code_challenge")
        if challenge and query.get("code_challenge_method", "plain") != "S256":
            raise ConsentError("The code_challenge_method must be S256.")
        return Wish(redirect, scopes, optional, query.get("state"), challenge)

    def _page(self, request: Request, wish: Wish, portals: list[Portal]) -> Response:
        page = _PAGES.get_template("consent.html")
        action = f"{request.url.path}?{request.url.query}"
        return HTMLResponse(
            page.render(app=self._hubspot.app, wish=wish, portals=portals, action=action)
        )

    def _decide(self, wish: Wish, form: dict[str, str], portals: list[Portal]) -> Response:
        if form.get("decision") != "grant":
            return _back(
                wish,
                error="access_denied",
                error_description="The user denied access to the application",
            )
        chosen = [p for p in portals if str(p.id) == form.get("portal", str(portals[0].id))]
        if not chosen:
            raise ConsentError("Choose one of your accounts.")
        return _back(wish, code=self._grant(wish, chosen[0]))

    def _grant(self, wish: Wish, portal: Portal) -> str:
        lacking = [scope for scope in wish.scopes if scope in portal.tier_lacks]
        if lacking:
            raise ConsentError(f"Your account does not have access to: {' '.join(lacking)}.")
        # Optional scopes that the account's tier lacks are dropped without a word.
        scopes = tuple(dict.fromkeys((*wish.scopes, *portal.grants(wish.optional))))
        grants, admin = self._hubspot.grants, portal.owners[0]
        install = grants.install(portal.id, scopes, user_id=admin.user_id, user_email=admin.email)
        return grants.issue_code(
            install, scopes, redirect_uri=wish.redirect_uri, challenge=wish.challenge
        )


def _check_scopes(
    required: tuple[str, ...],
    declared: frozenset[str],
    scopes: tuple[str, ...],
    optional: tuple[str, ...],
) -> None:
    lacking = [scope for scope in required if scope not in scopes]
    if lacking:
        raise ConsentError(
            f"The scope parameter lacks scopes the app requires: {' '.join(lacking)}"
        )
    unknown = [scope for scope in (*scopes, *optional) if scope not in declared]
    if unknown:
        raise ConsentError(f"Scopes that the app does not declare: {' '.join(unknown)}")


def _back(wish: Wish, **answer: str) -> Response:
    given = answer | ({"state": wish.state} if wish.state is not None else {})
    joint = "&" if urlsplit(wish.redirect_uri).query else "?"
    return RedirectResponse(f"{wish.redirect_uri}{joint}{urlencode(given)}", 302)
