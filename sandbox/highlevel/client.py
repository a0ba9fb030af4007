"""Speaks to the pretend HighLevel of a served sandbox: for tests that need one over real HTTP."""

from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.config import HIGHLEVEL_SCOPES, HighLevelLimits, HighLevelOptions
from sandbox.highlevel.gateway import GENERAL
from sandbox.highlevel.platform import PREFIX
from sandbox.serving import Answer, SandboxClient

#: Every scope that an operation here needs: more than the app asks for.
EVERY_SCOPE = (
    *HIGHLEVEL_SCOPES,
    "calendars/events.write",
    "calendars/groups.readonly",
    "campaigns.readonly",
    "conversations.readonly",
    "conversations.write",
    "conversations/message.write",
    "invoices.readonly",
    "locations/customValues.readonly",
    "locations/customValues.write",
    "locations/tags.readonly",
    "locations/tags.write",
    "locations/tasks.readonly",
    "opportunities.write",
    "payments/orders.readonly",
    "payments/subscriptions.readonly",
)


def easy_highlevel_limits() -> HighLevelLimits:
    """Limits that a test does not meet by accident, an index without lag, orderly webhooks."""
    return HighLevelLimits(
        requests=10_000,
        search_lag_min_seconds=0,
        search_lag_max_seconds=0,
        webhook_duplicate_rate=0,
        webhook_reorder_rate=0,
        webhook_wrong_type_rate=0,
        webhook_pause_seconds=0.05,
    )


def easy_highlevel(contacts: int) -> HighLevelOptions:
    """HighLevel's options with easy limits, and so many people in the first location."""
    return HighLevelOptions(contacts=contacts, limits=easy_highlevel_limits())


@dataclass(slots=True)
class HighLevelClient:
    """The HighLevel of a running sandbox; without another word everything concerns `location`."""

    lab: SandboxClient
    location: str = NORTHGATE

    def control(self, path: str, payload: object = None, method: str | None = None) -> Answer:
        """A control request below /control/highlevel; raises SandboxError when it is refused."""
        return self.lab.control(f"highlevel/{path}", payload, method)

    def token(
        self,
        scopes: list[str] | None = None,
        *,
        location: str | None = None,
        company: str | None = None,
    ) -> str:
        """An access token of a location, or of a company, as if the app had been installed."""
        target = {"company": company} if company else {"location": location or self.location}
        wanted: dict[str, object] = dict(target)
        if scopes is not None:
            wanted["scopes"] = scopes
        return str(self.control("token", wanted)["access_token"])

    def api(
        self,
        method: str,
        path: str,
        payload: object = None,
        *,
        token: str | None = None,
        version: str | None = GENERAL,
        **params: str,
    ) -> httpx.Response:
        """An API request, with a fresh token unless one is given; `params` go into the query."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        if version is not None:
            headers["Version"] = version
        return self.lab.http.request(
            method, PREFIX + path, json=payload, headers=headers, params=params
        )

    def describe(self, location: str | None = None) -> Answer:
        """What the state says of one location."""
        rows: list[Answer] = self.lab.control("state")["locations"]
        return next(row for row in rows if row["id"] == (location or self.location))

    def contact(self, **values: object) -> str:
        """A contact that staff make by hand; returns its id."""
        return str(self.control(f"records/{self.location}/contacts", values)["id"])

    def stored(self, record_id: str, kind: str = "contacts") -> dict[str, Any]:
        """What a record really holds; a contact's custom values stand in `custom` by field key."""
        return dict(self.control(f"records/{self.location}/{kind}/{record_id}"))

    def workflow(self, name: str) -> str:
        """The id of the workflow with that name."""
        rows: list[Answer] = self.control(f"workflows?location={self.location}")["workflows"]
        return str(next(row["id"] for row in rows if row["name"] == name))
