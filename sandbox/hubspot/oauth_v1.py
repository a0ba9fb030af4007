"""The first version of the token endpoints, which the official client calls; they end on 2027-02-16."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.answers import ApiError, Json, answer, not_found
from sandbox.hubspot.gateway import guarded
from sandbox.hubspot.grants import Install
from sandbox.hubspot.oauth import Form, Tokens
from sandbox.hubspot.platform import HubSpot

END = datetime(2027, 2, 16, tzinfo=UTC)
_TOKEN = ("access_token", "refresh_token", "token_type", "expires_in")


class TokensV1:
    """Answers requests about tokens as the first version does; refresh tokens are good in both."""

    def __init__(self, hubspot: HubSpot) -> None:
        """Answer for this HubSpot."""
        self._hubspot = hubspot
        self._tokens = Tokens(hubspot)

    def routes(self) -> list[Route]:
        """Exchange and refresh, and what is known of a token, which stands in the path."""
        refresh = "/oauth/v1/refresh-tokens/{token}"
        return [
            Route(
                "/oauth/v1/token",
                self._tokens.endpoint("/oauth/v1/token", self._token),
                methods=["POST"],
            ),
            self._route("GET", "/oauth/v1/access-tokens/{token}", self._access),
            self._route("GET", refresh, self._refresh),
            self._route("DELETE", refresh, self._revoke),
        ]

    def _route(self, method: str, path: str, work: Callable[[str], Response]) -> Route:
        async def serve(request: Request) -> Response:
            def answered() -> Response:
                try:
                    self._refuse_after_end()
                    return work(request.path_params["token"])
                except ApiError as error:
                    return answer(error.body, error.status)

            return await guarded(self._hubspot, path, request, answered)

        return Route(path, serve, methods=[method])

    def _refuse_after_end(self) -> None:
        if self._hubspot.now() >= END:
            raise not_found("Unable to find a matching route")

    def _token(self, form: Form) -> Response:
        self._refuse_after_end()
        issued = self._tokens.issue(form)
        return answer({name: issued[name] for name in _TOKEN})

    def _access(self, token: str) -> Response:
        grant = self._hubspot.grants.find_access(token)
        if grant is None:
            raise not_found("Access token not found")
        shown = self._described(grant.install, grant.scopes, token, "access")
        left = int(grant.expires_at - self._hubspot.wall())
        app = self._hubspot.app.credentials
        return answer(shown | {"app_id": app.app_id, "expires_in": left})

    def _refresh(self, token: str) -> Response:
        grant = self._hubspot.grants.find_refresh(token)
        if grant is None:
            raise not_found("Refresh token not found")
        shown = self._described(grant.install, grant.scopes, token, "refresh")
        return answer(shown | {"client_id": self._hubspot.app.credentials.client_id})

    def _revoke(self, token: str) -> Response:
        self._hubspot.grants.revoke(token)
        return answer(None, 204)

    def _described(self, install: Install, scopes: tuple[str, ...], token: str, kind: str) -> Json:
        return {
            "token": token,
            "user": install.user_email,
            "hub_domain": self._hubspot.portals[install.portal_id].account.domain,
            "scopes": list(scopes),
            "hub_id": install.portal_id,
            "user_id": install.user_id,
            "token_type": kind,
        }
