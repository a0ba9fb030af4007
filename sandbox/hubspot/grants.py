"""HubSpot's installations and tokens: who may do what in which portal, and for how long."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.hubspot.answers import unauthorized
from sandbox.kit.grants import AccessToken, Grants, read_bearer
from sandbox.kit.limits import Limits


@dataclass(slots=True)
class Install:
    """The app being installed in one portal; it dies with the uninstall."""

    portal_id: int
    user_id: int
    user_email: str
    scopes: frozenset[str] = frozenset()
    active: bool = True

    @property
    def account(self) -> int:
        return self.portal_id


HubSpotToken = AccessToken[Install]


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Lives until it is revoked or the app is uninstalled."""

    install: Install
    scopes: tuple[str, ...]


class HubSpotGrants(Grants[Install]):
    """Everything issued; a refresh token stays the same through all its uses."""

    def __init__(self, limits: Limits, wall: Callable[[], float]) -> None:
        super().__init__(limits, wall)
        self._refresh: dict[str, RefreshToken] = {}

    def install(
        self, portal_id: int, scopes: tuple[str, ...], *, user_id: int, user_email: str
    ) -> Install:
        """The live installation in a portal, made when there is none, with the scopes agreed to."""
        known = self.live(portal_id)
        if known is None:
            known = self.installs[portal_id] = Install(portal_id, user_id, user_email)
        known.scopes = frozenset(scopes)
        return known

    def issue(self, install: Install, scopes: tuple[str, ...]) -> str:
        """An access token for an installation."""
        return self.issue_access(install, scopes, token=f"CJ{secrets.token_urlsafe(60)}")

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
        self.revoke_access(token)


def check_bearer(grants: HubSpotGrants, authorization: str) -> HubSpotToken:
    """The access token of an Authorization header; raises 401."""
    token = read_bearer(authorization)
    if token is None:
        raise unauthorized(
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication "
            "and you can find more details at "
            "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        )
    grant = grants.known_access(token)
    if grant is None:
        raise unauthorized(
            "INVALID_AUTHENTICATION",
            "The OAuth token used to make this call is invalid or was revoked.",
        )
    if grants.is_over(grant):
        raise unauthorized(
            "EXPIRED_AUTHENTICATION",
            "The OAuth token used to make this call expired.",
        )
    return grant
