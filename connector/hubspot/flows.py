"""Whether the account has the workflows that our properties are for: read from the beta listing of workflows."""

from collections.abc import Sequence
from typing import Any

from connector.errors import CrmForbidden, CrmNotFound
from connector.hubspot import paths
from connector.hubspot.answers import listed, within
from connector.hubspot.http import HubSpotHttp
from connector.port.automation import Hindrance, Obstacle

SCOPE = "automation"
TRIGGER = "rekindle_trigger_at"
STATUS = "rekindle_status"
_PAGE, _MOST_PAGES = "100", 10


def hindrances(http: HubSpotHttp, scopes: frozenset[str]) -> list[Hindrance]:
    """What stands in the way of a workflow that waits for our trigger.

    HubSpot gives the permission to whoever installs on a plan with workflows. Workflows that are switched off or let
    nobody in again are named, unless another one does both.
    """
    if SCOPE not in scopes:
        return [Hindrance(Obstacle.NOT_SHOWN)]
    try:
        flows = _flows(http)
    except (CrmForbidden, CrmNotFound):
        # The permission was given, and still there is nothing to look at: the plan has no workflows.
        return [Hindrance(Obstacle.NO_WORKFLOWS)]
    if not flows:
        return [Hindrance(Obstacle.NO_WORKFLOWS)]
    waiting = _waiting_for(http, flows, TRIGGER)
    if not waiting:
        return [Hindrance(Obstacle.NO_TRIGGER)]
    found = [_hindrance(flow) for flow in waiting]
    return [] if None in found else [h for h in found if h is not None]


def exits(http: HubSpotHttp, scopes: frozenset[str]) -> list[Hindrance]:
    """Whether no workflow takes people out of a sequence by our status: the API itself has no way to do so."""
    if SCOPE not in scopes:
        return [Hindrance(Obstacle.NOT_SHOWN)]
    try:
        waiting = _waiting_for(http, _flows(http), STATUS)
    except (CrmForbidden, CrmNotFound):
        return [Hindrance(Obstacle.NO_EXIT)]
    is_on = any(flow.get("isEnabled") is True for flow in waiting)
    return [] if is_on else [Hindrance(Obstacle.NO_EXIT)]


def _waiting_for(
    http: HubSpotHttp, flows: Sequence[dict[str, Any]], name: str
) -> list[dict[str, Any]]:
    """Those of the workflows that a property of ours enrolls into."""
    return [f for f in _whole(http, flows) if _mentions(f.get("enrollmentCriteria"), name)]


def _flows(http: HubSpotHttp) -> list[dict[str, Any]]:
    flows: list[dict[str, Any]] = []
    after: str | None = None
    for _ in range(_MOST_PAGES):
        params = {"limit": _PAGE} | ({"after": after} if after else {})
        answer = http.get(paths.FLOWS, params)
        flows += [flow for flow in listed(answer) if flow.get("id")]
        after = within(answer, "paging", "next", "after")
        if not after:
            break
    return flows


def _whole(http: HubSpotHttp, flows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for first in range(0, len(flows), int(_PAGE)):
        some = flows[first : first + int(_PAGE)]
        inputs = [{"flowId": str(flow["id"]), "type": "FLOW_ID"} for flow in some]
        found += listed(http.post(f"{paths.FLOWS}/batch/read", {"inputs": inputs}))
    return found


def _hindrance(flow: dict[str, Any]) -> Hindrance | None:
    name = str(flow.get("name") or flow["id"])
    if flow.get("isEnabled") is not True:
        return Hindrance(Obstacle.OFF, name)
    if within(flow, "enrollmentCriteria", "shouldReEnroll") is not True:
        return Hindrance(Obstacle.NO_RETURN, name)
    return None


def _mentions(criteria: object, name: str) -> bool:
    """Whether a property stands anywhere in what enrolls: the shape differs by kind of trigger."""
    if isinstance(criteria, dict):
        is_it = criteria.get("property") == name
        return is_it or any(_mentions(inner, name) for inner in criteria.values())
    return isinstance(criteria, list) and any(_mentions(inner, name) for inner in criteria)
