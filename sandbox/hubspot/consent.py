"""What HubSpot's install page asks and checks, with the account in the path or chosen on the page."""

from starlette.requests import Request
from starlette.routing import Route

from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.portal import Portal
from sandbox.kit.consent import (
    AppWish,
    Choice,
    ConsentError,
    ConsentPage,
    Form,
    choice_page,
    consent_routes,
)

_PATHS = ("/oauth/authorize", "/oauth/{portal:int}/authorize")
_DENIAL = (
    ("error", "access_denied"),
    ("error_description", "The user denied access to the application"),
)


def routes(hubspot: HubSpot) -> list[Route]:
    """The install page of this HubSpot's accounts."""

    def show(request: Request, wish: AppWish) -> str:
        choices = [
            Choice(str(portal.id), f"{portal.account.name} ({portal.id})")
            for portal in _portals(hubspot, request)
        ]
        return choice_page(
            request, wish, vendor="HubSpot", app=hubspot.app.name, field="portal", choices=choices
        )

    def grant(request: Request, wish: AppWish, form: Form) -> str:
        portals = _portals(hubspot, request)
        chosen = [p for p in portals if str(p.id) == form.get("portal", str(portals[0].id))]
        if not chosen:
            raise ConsentError("Choose one of your accounts.")
        return _grant(hubspot, wish, chosen[0])

    page = ConsentPage(lambda request: _read(hubspot, request), show, grant, _DENIAL)
    return consent_routes(hubspot.gateway, _PATHS, page)


def _portals(hubspot: HubSpot, request: Request) -> list[Portal]:
    wanted = request.path_params.get("portal")
    if wanted is None:
        return list(hubspot.portals.values())
    if wanted not in hubspot.portals:
        raise ConsentError(f"You do not have access to the account {wanted}.")
    return [hubspot.portals[wanted]]


def _read(hubspot: HubSpot, request: Request) -> AppWish:
    app, query = hubspot.app, request.query_params
    redirect = query.get("redirect_uri", "")
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
    return AppWish(redirect, scopes, query.get("state"), optional, challenge)


def _grant(hubspot: HubSpot, wish: AppWish, portal: Portal) -> str:
    lacking = [scope for scope in wish.scopes if scope in portal.tier_lacks]
    if lacking:
        raise ConsentError(f"Your account does not have access to: {' '.join(lacking)}.")
    # Optional scopes that the account's tier lacks are dropped without a word.
    scopes = tuple(dict.fromkeys((*wish.scopes, *portal.grants(wish.optional))))
    grants, admin = hubspot.grants, portal.owners[0]
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
