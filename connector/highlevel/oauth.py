"""HighLevel's OAuth for single accounts and whole agencies, by Authlib; errors told apart before Authlib hides them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.httpx_client import OAuth2Client, OAuthError

from connector.errors import (
    CrmAuthInvalid,
    CrmError,
    CrmInvalid,
    CrmMisconfigured,
    CrmNotFound,
    CrmRateLimited,
    CrmUnavailable,
    CrmUnexpected,
)
from connector.highlevel import endpoints, refusals
from connector.highlevel.endpoints import Endpoint
from connector.highlevel.settings import HighLevelSettings
from connector.highlevel.values import id_of, records_of
from connector.port.oauth import AgencyGrant, AuthorizeRequest, TokenGrant
from connector.tls import trusted
from connector.token_answers import lifetime, need, read_answer, read_id, read_scopes, tidy

_NAME = "HighLevel"

# In all shorter than the lease on a refresh (oauth/tokens.py).
TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
ACCOUNTS_PER_PAGE = 100

# What is asked for at the token endpoint: without it an agency's token may come instead of an account's.
ACCOUNT = "Location"
AGENCY = "Company"

# The same answers in the dated spelling and in that of version 3.
_NAMES = {
    "accessToken": "access_token",
    "refreshToken": "refresh_token",
    "expiresIn": "expires_in",
    "tokenType": "token_type",
}


class HighLevelOAuth:
    """Authorize, exchange, refresh and mint for one app."""

    # An install that begins at the marketplace carries no state of ours.
    needs_state = False
    signs_in = False  # accounts that have the app are not offered again

    def __init__(self, settings: HighLevelSettings) -> None:
        self._settings = settings

    def authorize(
        self, *, state: str, redirect_uri: str, required: Sequence[str], optional: Sequence[str]
    ) -> AuthorizeRequest:
        """The account chooser's address; HighLevel knows no optional scopes and no PKCE."""
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": redirect_uri,
                "scope": " ".join([*required, *optional]),
                "state": state,
                "loginWindowOpenMode": "self",
            }
        )
        url = f"{self._settings.app_url}{endpoints.AUTHORIZE_PATH}?{query}"
        return AuthorizeRequest(url=url, code_verifier="")

    def exchange(
        self, *, code: str, code_verifier: str | None, redirect_uri: str
    ) -> TokenGrant | AgencyGrant:
        del code_verifier  # no PKCE here
        with self._client(_refuse_exchange) as client:
            answer = client.fetch_token(
                self._settings.api_url + endpoints.TOKEN.path,
                grant_type="authorization_code",
                code=code,
                user_type=ACCOUNT,
                redirect_uri=redirect_uri,
            )
        token = _spelt(answer)
        need(token, "access_token", "refresh_token", crm=_NAME)
        if token.get("locationId"):
            return _account_grant(token)
        need(token, "companyId", crm=_NAME)
        return _agency_grant(token)

    def refresh(self, refresh_token: str) -> TokenGrant:
        return _account_grant(self._refreshed(refresh_token, ACCOUNT))

    def refresh_agency(self, refresh_token: str) -> AgencyGrant:
        return _agency_grant(self._refreshed(refresh_token, AGENCY))

    def list_accounts(self, access_token: str, remote_agency_id: str) -> Sequence[str]:
        """Ids of the agency's locations that have the app, page by page until one is short."""
        found: dict[str, None] = {}
        with self._agency_client(access_token) as client:
            while True:
                params = {
                    "companyId": remote_agency_id,
                    "appId": self._settings.app_id,
                    "isInstalled": "true",
                    "skip": str(len(found)),
                    "limit": str(ACCOUNTS_PER_PAGE),
                }
                answer = _answered(client, endpoints.INSTALLED_LOCATIONS, params=params)
                if not isinstance(answer.get("locations"), list):
                    # Taken for an empty list it would end every account of the agency.
                    raise CrmUnexpected("HighLevel does not list the agency's accounts.")
                listed = (id_of(entry.get("_id")) for entry in records_of(answer, "locations"))
                page = {remote_id: None for remote_id in listed if remote_id}
                # A server that repeats a page would be asked for ever.
                if not page.keys() - found.keys():
                    return list(found)
                found |= page

    def mint(self, access_token: str, remote_agency_id: str, remote_account_id: str) -> TokenGrant:
        data = {"companyId": remote_agency_id, "locationId": remote_account_id}
        try:
            with self._agency_client(access_token) as client:
                answer = _answered(client, endpoints.LOCATION_TOKEN, data=data)
        except CrmInvalid as error:
            # A location without the app is refused in changing words, as a 400 more often than a 404.
            raise CrmNotFound("HighLevel mints no access to this account.") from error
        token = _spelt(answer)
        need(token, "access_token", "refresh_token", crm=_NAME)
        return _account_grant({**token, **data})

    def _refreshed(self, refresh_token: str, user_type: str) -> dict[str, Any]:
        with self._client(_refuse_refresh) as client:
            answer = client.refresh_token(
                self._settings.api_url + endpoints.TOKEN.path,
                refresh_token=refresh_token,
                user_type=user_type,
            )
        token = _spelt(answer)
        need(token, "access_token", crm=_NAME)
        return {**token, "refresh_token": token.get("refresh_token") or refresh_token}

    @contextmanager
    def _client(self, refuse: Any) -> Iterator[OAuth2Client]:
        client = OAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106
            timeout=TIMEOUT,
            verify=trusted(),
        )
        client.register_compliance_hook("access_token_response", refuse)
        client.register_compliance_hook("refresh_token_response", refuse)
        try:
            with client:
                yield client
        except httpx2.RequestError as error:
            raise _unreachable(error) from error
        except OAuthError as error:
            raise CrmInvalid(
                f"HighLevel's OAuth answer could not be used ({error.error})."
            ) from None

    @contextmanager
    def _agency_client(self, access_token: str) -> Iterator[httpx2.Client]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            with httpx2.Client(
                verify=trusted(), base_url=self._settings.api_url, headers=headers, timeout=TIMEOUT
            ) as client:
                yield client
        except httpx2.RequestError as error:
            raise _unreachable(error) from error


def _answered(client: httpx2.Client, endpoint: Endpoint, **request: Any) -> dict[str, Any]:
    response = client.request(
        endpoint.method, endpoint.path, headers={"Version": endpoint.version}, **request
    )
    if response.status_code >= 400:
        lowered = {name.lower(): value for name, value in response.headers.items()}
        raise refusals.classify(response.status_code, response.content, lowered)
    return read_answer(response, _NAME)


def _unreachable(error: httpx2.RequestError) -> CrmUnavailable:
    return CrmUnavailable(f"HighLevel could not be reached ({type(error).__name__}).")


def _spelt(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {_NAMES.get(name, name): value for name, value in answer.items()}


def _account_grant(token: Mapping[str, Any]) -> TokenGrant:
    """The account's own id may be left out where it is known."""
    return TokenGrant(
        access_token=str(token["access_token"]),
        refresh_token=str(token["refresh_token"]),
        expires_in=lifetime(token),
        remote_account_id=read_id(token, "locationId"),
        scopes=read_scopes(token, "scope", "scopes"),
        remote_agency_id=read_id(token, "companyId") or None,
        remote_user_id=read_id(token, "userId"),
    )


def _agency_grant(token: Mapping[str, Any]) -> AgencyGrant:
    return AgencyGrant(
        access_token=str(token["access_token"]),
        refresh_token=str(token["refresh_token"]),
        expires_in=lifetime(token),
        remote_agency_id=read_id(token, "companyId"),
        scopes=read_scopes(token, "scope", "scopes"),
        remote_user_id=read_id(token, "userId"),
    )


def _refuse_exchange(response: httpx2.Response) -> httpx2.Response:
    return _checked(response, revoked=False)


def _refuse_refresh(response: httpx2.Response) -> httpx2.Response:
    return _checked(response, revoked=True)


def _checked(response: httpx2.Response, *, revoked: bool) -> httpx2.Response:
    if response.status_code >= 400:
        raise refused(response, revoked=revoked)
    return tidy(response, _NAME)


def refused(response: httpx2.Response, *, revoked: bool) -> CrmError:
    """The class of a failed token answer; `revoked` where a refusal means that we were disconnected.

    The texts vary from year to year, so the status decides, and only what names the client is our own fault.
    """
    status, body = response.status_code, refusals.json_object(response.content)
    if status == 429:
        return CrmRateLimited("HighLevel's request limit is used up.", retry_after=10.0)
    # A page without words of HighLevel's own is of something that stands between us: it disconnects nobody.
    if status >= 500 or (not body and status not in {400, 422}):
        return CrmUnavailable(f"HighLevel is not available ({status}).")
    said = [body.get("error"), body.get("error_description"), *refusals.messages(body)]
    words = " ".join(text for text in said if isinstance(text, str)).lower()
    if any(ours in words for ours in ("client", "redirect", "app is not")):
        return CrmMisconfigured(
            "HighLevel does not accept this app's credentials: check REKINDLE_HIGHLEVEL_CLIENT_ID, "
            "REKINDLE_HIGHLEVEL_CLIENT_SECRET and the redirect URL."
        )
    if revoked and words and status in {400, 401, 403}:
        return CrmAuthInvalid("The account has disconnected Rekindle at HighLevel.")
    if status == 422:
        return CrmInvalid(f"HighLevel did not accept the sign-in: {refusals.refusal(body)}.")
    return CrmInvalid(f"HighLevel did not accept the sign-in ({status}).")
