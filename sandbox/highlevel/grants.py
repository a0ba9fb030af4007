"""HighLevel's installations and tokens: who may do what in which location or agency, and for how long."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.highlevel.answers import unauthorized
from sandbox.highlevel.config import HighLevelLimits
from sandbox.kit.answers import Json
from sandbox.kit.grants import AccessToken, Grants, read_bearer


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
    def account(self) -> str:
        """The location or agency, whose requests are counted together."""
        return self.location_id or self.company_id


HighLevelToken = AccessToken[Install]


@dataclass(slots=True)
class RefreshToken:
    """Good for one use; `answer` is what that use brought, given again within the grace."""

    install: Install
    scopes: tuple[str, ...]
    expires_at: float
    used_at: float | None = None
    answer: Json | None = None


class HighLevelGrants(Grants[Install]):
    """Everything issued; each refresh brings a new refresh token."""

    def __init__(self, limits: HighLevelLimits, wall: Callable[[], float]) -> None:
        super().__init__(limits, wall)
        self._own_limits = limits
        self._refresh: dict[str, RefreshToken] = {}

    def keep(self, install: Install) -> Install:
        """Put an installation in force; one that is live stays, with the scopes agreed to now."""
        known = self.live(install.account)
        if known is None:
            self.installs[install.account] = install
            return install
        known.scopes, known.user_id = install.scopes, install.user_id
        known.future_locations = known.future_locations or install.future_locations
        return known

    def issue(self, install: Install, scopes: tuple[str, ...]) -> tuple[str, str]:
        """A new pair of access and refresh token."""
        access, refresh = self.issue_access(install, scopes, token=_token()), _token()
        expires = self.wall() + self._own_limits.refresh_token_seconds
        self._refresh[refresh] = RefreshToken(install, scopes, expires)
        return access, refresh

    def find_refresh(self, token: str) -> RefreshToken | None:
        """A refresh token that is unused, or was used so recently that it answers again."""
        grant, now = self._refresh.get(token), self.wall()
        if grant is None or grant.expires_at <= now:
            return None
        grace = self._own_limits.refresh_grace_seconds
        if grant.used_at is not None and now - grant.used_at > grace:
            return None
        return grant


def check_bearer(grants: HighLevelGrants, authorization: str) -> HighLevelToken:
    """The access token of an Authorization header; raises 401."""
    token = read_bearer(authorization)
    grant = None if token is None else grants.find_access(token)
    if grant is None:
        raise unauthorized("Invalid JWT")
    return grant


def _token() -> str:
    """An opaque token in the outer shape of a JWT."""
    return f"eyJ{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(48)}.{secrets.token_urlsafe(32)}"
