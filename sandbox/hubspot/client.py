"""Speaks to the pretend HubSpot of a served sandbox: for tests that need one over real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2 as httpx
from starlette.types import ASGIApp

from sandbox.config import SandboxConfig
from sandbox.hubspot.accounts import HARBOR
from sandbox.hubspot.config import HubSpotLimits, HubSpotOptions
from sandbox.serving import Answer, SandboxClient, serving


def easy_limits() -> HubSpotLimits:
    """Limits that a test does not meet by accident, an index without lag, orderly webhooks."""
    return HubSpotLimits(
        requests=10_000,
        searches_per_second=10_000,
        search_lag_min_seconds=0,
        search_lag_max_seconds=0,
        webhook_duplicate_rate=0,
        webhook_reorder_rate=0,
        webhook_pause_seconds=0.05,
        webhook_linger_seconds=0.02,
    )


def easy_hubspot() -> HubSpotOptions:
    """HubSpot's options with easy limits."""
    return HubSpotOptions(limits=easy_limits())


@dataclass(slots=True)
class HubSpotClient(SandboxClient):
    """A running sandbox; without another word its API requests concern `portal`."""

    portal: int = HARBOR

    def token(self, scopes: list[str] | None = None, portal: int | None = None) -> str:
        """An access token, as if the app had been installed."""
        wanted: dict[str, object] = {"portal": portal or self.portal}
        if scopes is not None:
            wanted["scopes"] = scopes
        return str(self.control("token", wanted)["access_token"])

    def api(
        self, method: str, path: str, payload: object = None, *, token: str | None = None
    ) -> httpx.Response:
        """An API request, with a fresh token unless one is given."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self.http.request(method, path, json=payload, headers=headers)

    def describe(self, portal: int | None = None) -> Answer:
        """What the state says of one account."""
        portals: list[Answer] = self.control("state")["portals"]
        return next(p for p in portals if p["portal"] == (portal or self.portal))

    def contact(self, **values: str | None) -> str:
        """A contact that staff make by hand; returns its id."""
        return str(self.control(f"records/{self.portal}/contacts", values)["id"])

    def stored(self, record_id: str, kind: str = "contacts") -> dict[str, str]:
        """The values a record really has."""
        found = self.control(f"records/{self.portal}/{kind}/{record_id}")
        return dict(found["properties"])


@contextmanager
def serving_hubspot(
    config: SandboxConfig, around: Callable[[ASGIApp], ASGIApp] | None = None
) -> Iterator[HubSpotClient]:
    """Serve a sandbox until the block ends, and speak to its HubSpot."""
    with serving(config, around) as served:
        yield HubSpotClient(served.url, served.http)
