"""The pretend CRM's consent and tokens behind the port, agencies included."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlencode

from connector.errors import CrmAuthInvalid, CrmInvalid, CrmMisconfigured, CrmNotFound
from connector.port.oauth import AgencyGrant, AuthorizeRequest, TokenGrant
from tests.fakecrm.account import Missing
from tests.fakecrm.platform import BadClient, Platform
from tests.fakecrm.settings import FakeSettings
from tests.fakecrm.tokens import LIFETIME, Pair, TokenRefused

T = TypeVar("T")
# The user who agrees on the consent page.
PRESSED = "u-1"
_SECONDS = int(LIFETIME.total_seconds())


class FakeOAuth:
    """Authorize, exchange, refresh and mint for one app."""

    needs_state = False
    signs_in = True

    def __init__(self, settings: FakeSettings, platform: Platform) -> None:
        self._settings = settings
        self._platform = platform

    def authorize(
        self, *, state: str, redirect_uri: str, required: Sequence[str], optional: Sequence[str]
    ) -> AuthorizeRequest:
        query = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join([*required, *optional]),
            "state": state,
        }
        return AuthorizeRequest(f"{self._settings.api_url}/consent?{urlencode(query)}", "")

    def exchange(
        self, *, code: str, code_verifier: str | None, redirect_uri: str
    ) -> TokenGrant | AgencyGrant:
        try:
            with _ours():
                pair = self._platform.exchange(code, redirect_uri, self._settings.client_secret)
        except TokenRefused:
            raise CrmInvalid("The pretend CRM did not accept the sign-in.") from None
        return self._account(pair) if pair.holder in self._platform.accounts else self._agency(pair)

    def refresh(self, refresh_token: str) -> TokenGrant:
        return self._account(self._rotate(refresh_token))

    def refresh_agency(self, refresh_token: str) -> AgencyGrant:
        return self._agency(self._rotate(refresh_token))

    def list_accounts(self, access_token: str, remote_agency_id: str) -> Sequence[str]:
        return _accepted(lambda: self._platform.list_installed(access_token))

    def mint(self, access_token: str, remote_agency_id: str, remote_account_id: str) -> TokenGrant:
        try:
            return self._account(
                _accepted(lambda: self._platform.mint(access_token, remote_account_id))
            )
        except Missing:
            raise CrmNotFound("The app is not installed in this account.") from None

    def _rotate(self, refresh_token: str) -> Pair:
        with _ours():
            return _accepted(
                lambda: self._platform.refresh(refresh_token, self._settings.client_secret)
            )

    def _account(self, pair: Pair) -> TokenGrant:
        return TokenGrant(
            access_token=pair.access,
            refresh_token=pair.refresh,
            expires_in=_SECONDS,
            remote_account_id=pair.holder,
            scopes=self._platform.scopes[pair.holder],
            remote_agency_id=self._platform.agency_of.get(pair.holder),
            remote_user_id=PRESSED,
        )

    def _agency(self, pair: Pair) -> AgencyGrant:
        return AgencyGrant(
            access_token=pair.access,
            refresh_token=pair.refresh,
            expires_in=_SECONDS,
            remote_agency_id=pair.holder,
            scopes=self._platform.scopes[pair.holder],
            remote_user_id=PRESSED,
        )


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except BadClient:
        raise CrmMisconfigured("Check REKINDLE_FAKE_CLIENT_SECRET.") from None


def _accepted(call: Callable[[], T]) -> T:
    try:
        return call()
    except TokenRefused:
        raise CrmAuthInvalid("The account has disconnected Rekindle.") from None
