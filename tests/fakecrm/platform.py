"""The pretend CRM as a platform: agencies and accounts, consent, signed notices. It knows nothing of us."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakecrm.account import Account, Missing
from tests.fakecrm.tokens import Pair, TokenRefused, Tokens

TODAY = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
CLIENT_ID = "fake-app"
CLIENT_SECRET = "fake-secret-not-for-production"
AGENCY = "elm"

# The platforms of this process by address.
TOWNS: dict[str, "Platform"] = {}


class BadClient(Exception):
    """The app's own credentials are wrong."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One signed request of the platform to the app."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Code:
    holder: str
    redirect_uri: str
    scopes: tuple[str, ...]


class Platform:
    """Four accounts, three of them an agency's, and one app that may be installed in them."""

    def __init__(self, *, people: int = 70) -> None:
        self.address = f"memory://{secrets.token_hex(6)}"
        self.people = people
        self.tokens = Tokens()
        self.accounts: dict[str, Account] = {}
        self.agency_of: dict[str, str] = {}
        self.installed: set[str] = set()
        self.scopes: dict[str, tuple[str, ...]] = {}
        self.notices: list[Notice] = []
        self.troubles: list[int] = []  # statuses of the next answers
        self.forbidden: set[str] = set()  # streams that nobody may read
        self._codes: dict[str, _Code] = {}
        self.add_account("alone", agency=None)
        for name in ("north", "east", "south"):
            self.add_account(name, agency=AGENCY)
        TOWNS[self.address] = self

    def add_account(self, remote_id: str, *, agency: str | None) -> None:
        """A new account; it has the app at once when its agency asked for that."""
        title = f"Business {remote_id}"
        self.accounts[remote_id] = Account(remote_id, title, people=self.people, today=TODAY)
        if agency is not None:
            self.agency_of[remote_id] = agency
        if agency is not None and agency in self.installed:
            self._install(remote_id, self.scopes[agency])

    def decide(self, address: str, decision: str, *, holder: str) -> str:
        """The consent page's button: where the browser is sent next."""
        wish = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if wish["client_id"] != CLIENT_ID:
            raise BadClient
        state = {"state": wish["state"]} if "state" in wish else {}
        if decision != "grant":
            answer = {"error": "access_denied", **state}
        else:
            scopes = tuple(wish["scope"].split())
            code = secrets.token_hex(8)
            self._codes[code] = _Code(holder, wish["redirect_uri"], scopes)
            # Accounts of an agency have the app before the app has exchanged the code.
            for account in self._accounts_of(holder):
                self._install(account, scopes)
            self.installed.add(holder)
            self.scopes[holder] = scopes
            answer = {"code": code, **state}
        return f"{wish['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, code: str, redirect_uri: str, secret: str) -> Pair:
        """Raises BadClient, TokenRefused for a code that is not good."""
        self._must_be_the_app(secret)
        found = self._codes.pop(code, None)
        if found is None or found.redirect_uri != redirect_uri:
            raise TokenRefused("code")
        return self.tokens.issue(found.holder)

    def refresh(self, refresh: str, secret: str) -> Pair:
        self._must_be_the_app(secret)
        return self.tokens.rotate(refresh)

    def list_installed(self, access: str) -> list[str]:
        """The agency's accounts that have the app."""
        agency = self.tokens.check(access)
        return sorted(self.installed.intersection(self._accounts_of(agency)))

    def mint(self, access: str, remote_id: str) -> Pair:
        """Tokens of one of the agency's accounts; raises Missing where it has not the app."""
        agency = self.tokens.check(access)
        if self.agency_of.get(remote_id) != agency or remote_id not in self.installed:
            raise Missing
        return self.tokens.issue(remote_id)

    def enter(self, access: str) -> Account:
        """The account that a token opens; raises TokenRefused."""
        holder = self.tokens.check(access)
        if holder not in self.accounts:
            raise TokenRefused("not an account's")
        return self.accounts[holder]

    def trouble(self) -> int | None:
        """The status with which this request is refused, or None."""
        try:
            return self.troubles.pop()
        except IndexError:
            return None

    def uninstall(self, holder: str) -> None:
        """An admin removes the app from an account, or an agency from all of its own."""
        for gone in (*self._accounts_of(holder), holder):
            self.installed.discard(gone)
            self.tokens.revoke(gone)
        agency = holder if holder == AGENCY else self.agency_of.get(holder)
        account = None if holder == AGENCY else holder
        self._tell("removed", account=account, agency=agency)

    def tell_of_person(self, remote_id: str, event: str, number: int) -> None:
        """Tell the app that a person was added, edited or removed."""
        if remote_id in self.installed:
            self._tell(event, account=remote_id, person=str(number))

    def _install(self, remote_id: str, scopes: tuple[str, ...]) -> None:
        self.installed.add(remote_id)
        self.scopes[remote_id] = scopes
        if remote_id in self.agency_of:
            self._tell("added", account=remote_id, agency=self.agency_of[remote_id])

    def _accounts_of(self, holder: str) -> Sequence[str]:
        return [account for account, agency in self.agency_of.items() if agency == holder]

    def _tell(
        self, event: str, *, account: str | None, agency: str | None = None, person: str = ""
    ) -> None:
        now = datetime.now(UTC)
        said = {
            "id": secrets.token_hex(8),
            "event": event,
            "account": account or "",
            "agency": agency,
            "person": person,
            "at": int(now.timestamp() * 1000),
        }
        self.tell(said)

    def tell(self, *events: object) -> None:
        """One signed notice of what may be no events at all."""
        body = json.dumps(events).encode()
        at = int(datetime.now(UTC).timestamp() * 1000)
        self.notices.append(Notice({"x-fake-signature": sign(body, at)}, body))

    def _must_be_the_app(self, secret: str) -> None:
        if secret != CLIENT_SECRET:
            raise BadClient


def sign(body: bytes, at: object) -> str:
    """`<milliseconds>.<hex>`: HMAC-SHA256 over the milliseconds, a dot and the body."""
    mac = hmac.new(CLIENT_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"{at}.{mac.hexdigest()}"
