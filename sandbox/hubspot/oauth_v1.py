"""The first version of the token endpoints, which the official client calls; they end on 2027-02-16."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.answers import answer, not_found
from sandbox.hubspot.grants import Install
from sandbox.hubspot.oauth import Form, issue, work_of
from sandbox.hubspot.platform import HubSpot
from sandbox.kit.answers import Json
from sandbox.kit.gateway import Headers, Work

END = datetime(2027, 2, 16, tzinfo=UTC)
_TOKEN = ("access_token", "refresh_token", "token_type", "expires_in")


def routes(hubspot: HubSpot) -> list[Route]:
    """Exchange and refresh, and what is known of a token, which stands in the path."""
    refresh = "/oauth/v1/refresh-tokens/{token}"
    route = hubspot.gateway.route
    return [
        route("POST", "/oauth/v1/token", work_of(hubspot, _token)),
        route("GET", "/oauth/v1/access-tokens/{token}", _work(hubspot, _access)),
        route("GET", refresh, _work(hubspot, _refresh)),
        route("DELETE", refresh, _work(hubspot, _revoke)),
    ]


def _work(hubspot: HubSpot, endpoint: Callable[[HubSpot, str], Response]) -> Work:
    def work(request: Request, _body: bytes, _headers: Headers) -> Response:
        _refuse_after_end(hubspot)
        return endpoint(hubspot, str(request.path_params["token"]))

    return work


def _refuse_after_end(hubspot: HubSpot) -> None:
    if hubspot.now() >= END:
        raise not_found("Unable to find a matching route")


def _token(hubspot: HubSpot, form: Form) -> Response:
    _refuse_after_end(hubspot)
    issued = issue(hubspot, form)
    return answer({name: issued[name] for name in _TOKEN})


def _access(hubspot: HubSpot, token: str) -> Response:
    grant = hubspot.grants.find_access(token)
    if grant is None:
        raise not_found("Access token not found")
    shown = _described(hubspot, grant.install, grant.scopes, token) | {"token_type": "access"}
    left = int(grant.expires_at - hubspot.wall())
    return answer(shown | {"app_id": hubspot.app.credentials.app_id, "expires_in": left})


def _refresh(hubspot: HubSpot, token: str) -> Response:
    grant = hubspot.grants.find_refresh(token)
    if grant is None:
        raise not_found("Refresh token not found")
    shown = _described(hubspot, grant.install, grant.scopes, token) | {"token_type": "refresh"}
    return answer(shown | {"client_id": hubspot.app.credentials.client_id})


def _revoke(hubspot: HubSpot, token: str) -> Response:
    hubspot.grants.revoke(token)
    return answer(None, 204)


def _described(hubspot: HubSpot, install: Install, scopes: tuple[str, ...], token: str) -> Json:
    return {
        "token": token,
        "user": install.user_email,
        "hub_domain": hubspot.portals[install.portal_id].account.domain,
        "scopes": list(scopes),
        "hub_id": install.portal_id,
        "user_id": install.user_id,
    }
