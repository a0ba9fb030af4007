"""Installations, codes and tokens: who may do what in which account, and for how long."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from sandbox.kit.limits import Limits

AccountKey = int | str


class Installation(Protocol):
    """The app being installed in one account; it dies with the uninstall."""

    active: bool

    @property
    def account(self) -> AccountKey:
        """What tells this installation from those in other accounts."""
        ...


InstallT = TypeVar("InstallT", bound=Installation)


@dataclass(frozen=True, slots=True)
class AuthCode(Generic[InstallT]):
    """A code that may be exchanged once."""

    install: InstallT
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    expires_at: float

    def proves(self, verifier: str | None) -> bool:
        """Whether the PKCE verifier (RFC 7636) fits the challenge that was sent with the request."""
        if self.challenge is None:
            return True
        digest = hashlib.sha256((verifier or "").encode()).digest()
        expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(expected, self.challenge)


@dataclass(frozen=True, slots=True)
class AccessToken(Generic[InstallT]):
    """Good until its time is over or the app is uninstalled."""

    install: InstallT
    scopes: tuple[str, ...]
    expires_at: float


class Grants(Generic[InstallT]):
    """Everything issued, in real time; tokens are opaque and never logged."""

    def __init__(self, limits: Limits, wall: Callable[[], float]) -> None:
        self.limits, self.wall = limits, wall
        self.installs: dict[AccountKey, InstallT] = {}
        self._codes: dict[str, AuthCode[InstallT]] = {}
        self._access: dict[str, AccessToken[InstallT]] = {}

    def live(self, account: AccountKey) -> InstallT | None:
        """The live installation in an account."""
        install = self.installs.get(account)
        return install if install is not None and install.active else None

    def uninstall(self, account: AccountKey) -> bool:
        """End an installation with all its tokens; False when there is none."""
        install = self.live(account)
        if install is None:
            return False
        install.active = False
        return True

    def issue_code(
        self,
        install: InstallT,
        scopes: tuple[str, ...],
        *,
        redirect_uri: str,
        challenge: str | None = None,
    ) -> str:
        """A code for the redirect back to the app."""
        code = secrets.token_urlsafe(24)
        expires = self.wall() + self.limits.code_seconds
        self._codes[code] = AuthCode(install, scopes, redirect_uri, challenge, expires)
        return code

    def take_code(self, code: str) -> AuthCode[InstallT] | None:
        """The code's grant, once, while it is fresh."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires_at <= self.wall() or not grant.install.active:
            return None
        return grant

    def issue_access(self, install: InstallT, scopes: tuple[str, ...], *, token: str) -> str:
        """Put an access token of the vendor's form in force and return it."""
        expires = self.wall() + self.limits.access_token_seconds
        self._access[token] = AccessToken(install, scopes, expires)
        return token

    def known_access(self, token: str) -> AccessToken[InstallT] | None:
        """The access token while its installation is there, also when its time is over."""
        grant = self._access.get(token)
        return grant if grant is not None and grant.install.active else None

    def find_access(self, token: str) -> AccessToken[InstallT] | None:
        """The access token while it is good, or None."""
        grant = self.known_access(token)
        return None if grant is None or self.is_over(grant) else grant

    def is_over(self, grant: AccessToken[InstallT]) -> bool:
        """Whether the token's time is over."""
        return grant.expires_at <= self.wall()

    def revoke_access(self, token: str) -> None:
        """End an access token."""
        self._access.pop(token, None)

    def expire(self, account: AccountKey | None = None) -> int:
        """Let access tokens expire now, one account's or all; returns how many those were."""
        hit = [
            token
            for token, grant in self._access.items()
            if account is None or grant.install.account == account
        ]
        for token in hit:
            self._access[token] = replace(self._access[token], expires_at=self.wall() - 1)
        return len(hit)


def read_bearer(authorization: str) -> str | None:
    """The token of an Authorization header, or None where it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme.lower() == "bearer" and token else None
