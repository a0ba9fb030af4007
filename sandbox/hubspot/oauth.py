"""The token endpoints: exchange, refresh, introspect, revoke; they take forms only."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.answers import answer, error_body
from sandbox.hubspot.gateway import VERSIONS
from sandbox.hubspot.grants import Install
from sandbox.hubspot.platform import HubSpot
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.gateway import Headers, Work

Form = Mapping[str, str]
Endpoint = Callable[[HubSpot, Form], Response]
FORM = "application/x-www-form-urlencoded"


def routes(hubspot: HubSpot) -> list[Route]:
    """The dated endpoints and their v3 twins, which have identical schemas."""
    endpoints: dict[str, Endpoint] = {
        "/token": _token,
        "/token/introspect": _introspect,
        "/token/revoke": _revoke,
    }
    return [
        hubspot.gateway.route("POST", f"/oauth/{version}{rest}", work_of(hubspot, endpoint))
        for version in (*VERSIONS, "v3")
        for rest, endpoint in endpoints.items()
    ]


def work_of(hubspot: HubSpot, endpoint: Endpoint) -> Work:
    """Reads the app's form, refuses a stranger's and lets the endpoint answer."""

    def work(request: Request, body: bytes, _headers: Headers) -> Response:
        return endpoint(hubspot, _client_form(hubspot, request, body))

    return work


def _client_form(hubspot: HubSpot, request: Request, body: bytes) -> Form:
    if not request.headers.get("content-type", "").startswith(FORM):
        raise ApiError(415, error_body("Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE"))
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    known = hubspot.app.credentials
    if form.get("client_id") != known.client_id:
        raise refused("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
    if form.get("client_secret") != known.client_secret:
        raise refused("BAD_CLIENT_SECRET", "invalid_client", "missing or invalid client secret")
    return form


def _token(hubspot: HubSpot, form: Form) -> Response:
    return answer(issue(hubspot, form))


def issue(hubspot: HubSpot, form: Form) -> Json:
    """New tokens for a code or a refresh token; raises ApiError."""
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange(hubspot, form)
        case "refresh_token":
            return _refresh(hubspot, form)
    raise refused("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type")


def _exchange(hubspot: HubSpot, form: Form) -> Json:
    if not form.get("redirect_uri"):
        raise refused("BAD_REDIRECT_URI", "invalid_request", "missing or unknown redirect uri")
    grant = hubspot.grants.take_code(form.get("code", ""))
    if grant is None:
        raise refused(
            "BAD_AUTH_CODE", "invalid_grant", "missing, expired or already used auth code"
        )
    if form["redirect_uri"] != grant.redirect_uri:
        raise refused(
            "BAD_REDIRECT_URI", "invalid_grant", "redirect uri does not match initial one"
        )
    if not grant.proves(form.get("code_verifier")):
        raise refused("BAD_CODE_VERIFIER", "invalid_grant", "missing or invalid code verifier")
    refresh = hubspot.grants.issue_refresh(grant.install, grant.scopes)
    return _issued(hubspot, grant.install, grant.scopes, refresh)


def _refresh(hubspot: HubSpot, form: Form) -> Json:
    token = form.get("refresh_token", "")
    grant = hubspot.grants.find_refresh(token)
    if grant is None:
        raise refused(
            "BAD_REFRESH_TOKEN",
            "invalid_grant",
            "refresh token is invalid, expired or revoked",
        )
    wanted = tuple(form.get("scope", "").split())
    if not set(wanted) <= set(grant.scopes):
        raise refused("BAD_SCOPES", "invalid_scope", "missing or invalid scopes")
    return _issued(hubspot, grant.install, wanted or grant.scopes, token)


def _issued(hubspot: HubSpot, install: Install, scopes: tuple[str, ...], refresh: str) -> Json:
    access = hubspot.grants.issue(install, scopes)
    return {
        "token_type": "bearer",
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": int(hubspot.limits.access_token_seconds),
        "hub_id": install.portal_id,
        "user_id": install.user_id,
        "scopes": list(scopes),
        "token_use": "access_token",
    }


def _introspect(hubspot: HubSpot, form: Form) -> Response:
    token, grants = form.get("token", ""), hubspot.grants
    if form.get("token_type_hint") == "refresh_token":
        refresh = grants.find_refresh(token)
        if refresh is None:
            return answer({"active": False})
        return answer(_described(hubspot, refresh.install, refresh.scopes, "refresh_token"))
    access = grants.find_access(token)
    if access is None:
        return answer({"active": False})
    left = int(access.expires_at - hubspot.wall())
    shown = _described(hubspot, access.install, access.scopes, "access_token")
    return answer(shown | {"expires_in": left})


def _described(hubspot: HubSpot, install: Install, scopes: tuple[str, ...], use: str) -> Json:
    known = hubspot.app.credentials
    return {
        "active": True,
        "app_id": known.app_id,
        "client_id": known.client_id,
        "hub_id": install.portal_id,
        "hub_domain": hubspot.portals[install.portal_id].account.domain,
        "user": install.user_email,
        "user_id": install.user_id,
        "scopes": list(scopes),
        "is_private_distribution": False,
        "token_use": use,
    }


def _revoke(hubspot: HubSpot, form: Form) -> Response:
    hubspot.grants.revoke(form.get("token", ""))
    return answer({})


def refused(status: str, error: str, description: str) -> ApiError:
    """The 400 of the token endpoints."""
    body: Json = {
        "error": error,
        "error_description": description,
        "status": status,
        "message": description,
    }
    return ApiError(400, body)
