"""Installations, codes and tokens of HighLevel: who may do what where, and for how long."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.config import HighLevelLimits
from sandbox.highlevel.answers import Json, unauthorized


@dataclass(slots=True)
class Install:
    """The app in one location, or in a whole agency when `location_id` is None."""

    company_id: str
    location_id: str | None
    user_id: str
    scopes: tuple[str, ...]
    at: datetime
    future_locations: bool = False
    active: bool = True

    @property
    def user_type(self) -> str:
        """What the token answer says of the token's level."""
        return "Company" if self.location_id is None else "Location"

    @property
    def resource(self) -> str:
        """Whose requests are counted together."""
        return self.location_id or self.company_id


@dataclass(frozen=True, slots=True)
class AuthCode:
    """A code that may be exchanged once."""

    install: Install
    redirect_uri: str
    bulk: bool
    expires_at: float


@dataclass(frozen=True, slots=True)
class AccessToken:
    install: Install
    scopes: tuple[str, ...]
    expires_at: float


@dataclass(slots=True)
class RefreshToken:
    """Good for one use; `answer` is what that use brought, given again within the grace."""

    install: Install
    scopes: tuple[str, ...]
    expires_at: float
    used_at: float | None = None
    answer: Json | None = None


@dataclass(slots=True)
class Grants:
    """Everything issued, in real time; tokens are opaque and never logged."""

    limits: HighLevelLimits
    wall: Callable[[], float]
    installs: dict[str, Install] = field(default_factory=dict)
    _codes: dict[str, AuthCode] = field(default_factory=dict)
    _refresh: dict[str, RefreshToken] = field(default_factory=dict)
    _access: dict[str, AccessToken] = field(default_factory=dict)

    def live(self, resource: str) -> Install | None:
        """The live installation in a location or an agency."""
        install = self.installs.get(resource)
        return install if install is not None and install.active else None

    def keep(self, install: Install) -> Install:
        """Put an installation in force; one that is live stays, with the scopes agreed to now."""
        known = self.live(install.resource)
        if known is None:
            self.installs[install.resource] = install
            return install
        known.scopes, known.user_id = install.scopes, install.user_id
        known.future_locations = known.future_locations or install.future_locations
        return known

    def uninstall(self, resource: str) -> bool:
        """End an installation with all its tokens; False when there is none."""
        install = self.live(resource)
        if install is None:
            return False
        install.active = False
        return True

    def issue_code(self, install: Install, redirect_uri: str, *, bulk: bool) -> str:
        """A code for the redirect back to the app."""
        code = secrets.token_hex(20)
        expires = self.wall() + self.limits.code_seconds
        self._codes[code] = AuthCode(install, redirect_uri, bulk, expires)
        return code

    def take_code(self, code: str) -> AuthCode | None:
        """The code's grant, once, while it is fresh."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.expires_at <= self.wall() or not grant.install.active:
            return None
        return grant

    def issue(self, install: Install, scopes: tuple[str, ...]) -> tuple[str, str]:
        """A new pair of access and refresh token."""
        now, access, refresh = self.wall(), _token(), _token()
        self._access[access] = AccessToken(install, scopes, now + self.limits.access_token_seconds)
        expires = now + self.limits.refresh_token_seconds
        self._refresh[refresh] = RefreshToken(install, scopes, expires)
        return access, refresh

    def find_refresh(self, token: str) -> RefreshToken | None:
        """A refresh token that is unused, or was used so recently that it answers again."""
        grant, now = self._refresh.get(token), self.wall()
        if grant is None or grant.expires_at <= now:
            return None
        if grant.used_at is not None and now - grant.used_at > self.limits.refresh_grace_seconds:
            return None
        return grant

    def check(self, authorization: str) -> AccessToken:
        """The access token of an Authorization header; raises 401."""
        scheme, _, token = authorization.partition(" ")
        grant = self._access.get(token) if scheme.lower() == "bearer" else None
        if grant is None or not grant.install.active or grant.expires_at <= self.wall():
            raise unauthorized("Invalid JWT")
        return grant

    def expire(self, resource: str | None = None) -> int:
        """Let access tokens expire now, one resource's or all; returns how many those were."""
        hit = [
            key for key, grant in self._access.items() if resource in {None, grant.install.resource}
        ]
        for key in hit:
            grant = self._access[key]
            self._access[key] = AccessToken(grant.install, grant.scopes, self.wall() - 1)
        return len(hit)


def _token() -> str:
    """An opaque token in the outer shape of a JWT."""
    return f"eyJ{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(48)}.{secrets.token_urlsafe(32)}"
