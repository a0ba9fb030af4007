"""Codes, refresh tokens and access tokens: who may do what in which portal, and for how long."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.config import Limits
from sandbox.hubspot.answers import unauthorized


@dataclass(slots=True)
class Install:
    """The app being installed in one portal; it dies with the uninstall."""

    portal_id: int
    user_id: int
    user_email: str
    scopes: frozenset[str] = frozenset()
    active: bool = True


@dataclass(frozen=True, slots=True)
class AuthCode:
    """A code that may be exchanged once."""

    install: Install
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    expires_at: float

    def proves(self, verifier: str | None) -> bool:
        """Whether the PKCE verifier fits the challenge that was sent with the request."""
        if self.challenge is None:
            return True
        digest = hashlib.sha256((verifier or "").encode()).digest()
        expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(expected, self.challenge)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Lives until it is revoked or the app is uninstalled."""

    install: Install
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Lives for half an hour."""

    install: Install
    scopes: tuple[str, ...]
    expires_at: float


@dataclass(slots=True)
class Grants:
    """Everything issued, in real time; tokens are opaque and never logged."""

    limits: Limits
    wall: Callable[[], float]
    installs: dict[int, Install] = field(default_factory=dict)
    _codes: dict[str, AuthCode] = field(default_factory=dict)
    _refresh: dict[str, RefreshToken] = field(default_factory=dict)
    _access: dict[str, AccessToken] = field(default_factory=dict)

    def install(
        self, portal_id: int, scopes: tuple[str, ...], *, user_id: int, user_email: str
    ) -> Install:
        """The live installation in a portal, made when there is none, with the scopes agreed to."""
        known = self.installs.get(portal_id)
        if known is None or not known.active:
            known = self.installs[portal_id] = Install(portal_id, user_id, user_email)
        known.scopes = frozenset(scopes)
        return known

    def issue_code(
        self,
        install: Install,
        scopes: tuple[str, ...],
        *,
        redirect_uri: str,
        challenge: str | None,
    ) -> str:
        """A code for the redirect back to the app."""
        code = secrets.token_urlsafe(24)
        expires = self.wall() + self.limits.code_seconds
        self._codes[code] = AuthCode(install, scopes, redirect_uri, challenge, expires)
        return code

    def take_code(self, code: str) -> AuthCode | None:
        """The code's grant, once, while it is fresh."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires_at <= self.wall() or not grant.install.active:
            return None
        return grant

    def issue_refresh(self, install: Install, scopes: tuple[str, ...]) -> str:
        """A refresh token for an installation."""
        token = f"na1-{secrets.token_hex(4)}-{secrets.token_urlsafe(32)}"
        self._refresh[token] = RefreshToken(install, scopes)
        return token

    def find_refresh(self, token: str) -> RefreshToken | None:
        """The live refresh token, or None."""
        grant = self._refresh.get(token)
        return grant if grant and grant.install.active else None

    def revoke(self, token: str) -> None:
        """End a refresh or access token; access tokens already issued from it stay."""
        self._refresh.pop(token, None)
        self._access.pop(token, None)

    def issue_access(self, install: Install, scopes: tuple[str, ...]) -> str:
        """An access token for an installation."""
        token = f"CJ{secrets.token_urlsafe(60)}"
        expires = self.wall() + self.limits.access_token_seconds
        self._access[token] = AccessToken(install, scopes, expires)
        return token

    def find_access(self, token: str) -> AccessToken | None:
        """The access token while it is alive, or None."""
        grant = self._access.get(token)
        alive = grant and grant.install.active and grant.expires_at > self.wall()
        return grant if alive else None

    def check(self, authorization: str) -> AccessToken:
        """The access token of an Authorization header; raises 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized(
                "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at "
                "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            )
        grant = self._access.get(token)
        if grant is None or not grant.install.active:
            raise unauthorized(
                "INVALID_AUTHENTICATION",
                "The OAuth token used to make this call is invalid or was revoked.",
            )
        if grant.expires_at <= self.wall():
            raise unauthorized(
                "EXPIRED_AUTHENTICATION",
                "The OAuth token used to make this call expired.",
            )
        return grant

    def expire(self, portal_id: int) -> int:
        """Let a portal's access tokens expire now and return how many those were."""
        hit = [key for key, grant in self._access.items() if grant.install.portal_id == portal_id]
        for key in hit:
            grant = self._access[key]
            self._access[key] = AccessToken(grant.install, grant.scopes, self.wall() - 1)
        return len(hit)

    def uninstall(self, portal_id: int) -> bool:
        """End the installation with all its tokens; False when there is none."""
        install = self.installs.get(portal_id)
        if install is None or not install.active:
            return False
        install.active = False
        return True
