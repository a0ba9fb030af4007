"""HubSpot's OAuth on the dated endpoints, by Authlib; its errors told apart before Authlib hides them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client, OAuthError

from connector.errors import (
    CrmAuthInvalid,
    CrmError,
    CrmInvalid,
    CrmMisconfigured,
    CrmRateLimited,
    CrmUnavailable,
    CrmUnexpected,
)
from connector.hubspot import paths
from connector.hubspot.settings import HubSpotSettings
from connector.json_text import NotJson, decode
from connector.port.oauth import AuthorizeRequest, TokenGrant
from connector.tls import trusted
from connector.token_answers import lifetime, need, read_answer, read_id, read_scopes, tidy

# Which status of an OAuth error means whose fault.
_REVOKED = {"BAD_REFRESH_TOKEN", "BAD_HUB"}
_OURS = {"BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_REDIRECT_URI", "BAD_GRANT_TYPE", "BAD_SCOPES"}


_NAME = "HubSpot"

# In all shorter than the lease on a refresh (oauth/tokens.py).
TIMEOUT = 8.0


class HubSpotOAuth:
    """Authorize, exchange and refresh for one app."""

    needs_state = True
    signs_in = True

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings

    def authorize(
        self, *, state: str, redirect_uri: str, required: Sequence[str], optional: Sequence[str]
    ) -> AuthorizeRequest:
        verifier = generate_token(64)
        with self._client() as client:
            url, _ = client.create_authorization_url(
                f"{self._settings.app_url}/oauth/authorize",
                state=state,
                code_verifier=verifier,
                redirect_uri=redirect_uri,
                scope=" ".join(required),
                optional_scope=" ".join(optional),
            )
        return AuthorizeRequest(url=url, code_verifier=verifier)

    def exchange(self, *, code: str, code_verifier: str | None, redirect_uri: str) -> TokenGrant:
        with self._client() as client:
            token = client.fetch_token(
                self._settings.api_url + paths.TOKEN,
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                redirect_uri=redirect_uri,
            )
        need(token, "access_token", "refresh_token", crm=_NAME)
        return self._completed(_grant(token))

    def refresh(self, refresh_token: str) -> TokenGrant:
        with self._client() as client:
            token = client.refresh_token(
                self._settings.api_url + paths.TOKEN, refresh_token=refresh_token
            )
        need(token, "access_token", crm=_NAME)
        # Whose tokens they are is known: nothing is asked that could fail after HubSpot has changed them.
        return _grant({**token, "refresh_token": token.get("refresh_token") or refresh_token})

    def _completed(self, grant: TokenGrant) -> TokenGrant:
        """The grant with what is optional in the answer's schema; only without an account it is of no use."""
        if grant.remote_account_id and grant.scopes and grant.remote_user_id:
            return grant
        try:
            said = self._introspect(grant.access_token)
        except CrmError:
            if grant.remote_account_id:
                return grant
            raise
        account = grant.remote_account_id or read_id(said, "hub_id")
        if not account:
            raise CrmUnexpected("HubSpot does not say which account this sign-in belongs to.")
        return replace(
            grant,
            remote_account_id=account,
            scopes=grant.scopes or read_scopes(said, "scopes"),
            remote_user_id=grant.remote_user_id or read_id(said, "user_id"),
        )

    def fetch_domain(self, access_token: str) -> str:
        """The website of the account whose token it is; empty where HubSpot knows none. Raises CrmError."""
        said = self._introspect(access_token).get("hub_domain")
        return said if isinstance(said, str) else ""

    def _introspect(self, access_token: str) -> dict[str, Any]:
        with self._client() as client:
            response = client.introspect_token(
                self._settings.api_url + paths.INTROSPECT,
                token=access_token,
                token_type_hint="access_token",  # noqa: S106  a kind of token, not one
            )
        if response.status_code >= 400:
            raise classify(response)
        answer = read_answer(response, _NAME)
        if answer.get("active") is False:
            raise CrmInvalid("HubSpot says that this sign-in has ended.")
        return answer

    @contextmanager
    def _client(self) -> Iterator[OAuth2Client]:
        client = OAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106
            revocation_endpoint_auth_method="client_secret_post",
            code_challenge_method="S256",
            timeout=TIMEOUT,
            verify=trusted(),
        )
        client.register_compliance_hook("access_token_response", _checked)
        client.register_compliance_hook("refresh_token_response", _checked)
        try:
            with client:
                yield client
        except httpx2.RequestError as error:
            raise CrmUnavailable(
                f"HubSpot could not be reached ({type(error).__name__})."
            ) from error
        except OAuthError as error:
            raise CrmInvalid(f"HubSpot's OAuth answer could not be used ({error.error}).") from None


def _grant(token: Mapping[str, Any]) -> TokenGrant:
    return TokenGrant(
        access_token=str(token["access_token"]),
        refresh_token=str(token["refresh_token"]),
        expires_in=lifetime(token),
        remote_account_id=read_id(token, "hub_id"),
        scopes=read_scopes(token, "scopes", "scope"),
        remote_user_id=read_id(token, "user_id"),
    )


def _checked(response: httpx2.Response) -> httpx2.Response:
    if response.status_code >= 400:
        raise classify(response)
    return tidy(response, _NAME)


def classify(response: httpx2.Response) -> CrmError:
    """The error class of a failed OAuth answer."""
    if response.status_code == 429:
        return CrmRateLimited("HubSpot's request limit is used up.", retry_after=10.0)
    if response.status_code >= 477:
        return CrmUnavailable(f"HubSpot is not available ({response.status_code}).")
    try:
        body = decode(response.content)
    except NotJson:
        body = None
    if not isinstance(body, dict):
        if response.status_code != 400:  # a page of something that stands between us
            return CrmUnavailable(f"HubSpot is not available ({response.status_code}).")
        body = {}
    status = str(body.get("status") or body.get("error") or response.status_code)
    if status in _REVOKED:
        return CrmAuthInvalid("The account has disconnected Rekindle at HubSpot.")
    if status in _OURS or status == "invalid_client":
        return CrmMisconfigured(
            f"HubSpot does not accept this app's credentials ({status}): "
            "check REKINDLE_HUBSPOT_CLIENT_ID, REKINDLE_HUBSPOT_CLIENT_SECRET and the redirect URL."
        )
    return CrmInvalid(f"HubSpot did not accept the sign-in ({status}).")
