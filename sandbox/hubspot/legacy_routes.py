"""Undated endpoints that clients still call: pipelines, e-mail subscriptions, users and their teams."""

from datetime import UTC, datetime

from starlette.responses import Response

from sandbox.hubspot.answers import answer, not_found
from sandbox.hubspot.gateway import Call, Operation
from sandbox.hubspot.object_types import TYPE_IDS
from sandbox.hubspot.scopes import schema_scopes
from sandbox.hubspot.standard import Pipeline
from sandbox.hubspot.subscriptions import SUBSCRIPTIONS
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms

PIPELINES_END = datetime(2026, 12, 4, tzinfo=UTC)  # the changelog's day for /crm-pipelines/v1
_OPENED_MS = epoch_ms(datetime(2024, 1, 1, tzinfo=UTC))
_USERS = ("settings.users.read",)


def operations() -> list[Operation]:
    """Everything here is read only."""
    users = "/settings/v3/users"
    return [
        Operation("GET", ("/crm-pipelines/v1/pipelines/{kind}",), pipelines),
        Operation("GET", ("/email/public/v1/subscriptions",), subscriptions),
        Operation("GET", (f"{users}/teams",), teams, _USERS),
        Operation("GET", (f"{users}/roles",), teams, _USERS),
        # The official client asks with a slash at the end.
        Operation("GET", (users, f"{users}/"), list_users, _USERS),
    ]


def pipelines(call: Call) -> Response:
    """Pipelines of deals or tickets in their old shape, until they end."""
    kind = call.kind
    call.need(schema_scopes(kind, write=False))
    if call.portal.now() >= PIPELINES_END:
        raise not_found("Unable to find a matching route")
    return answer({"results": [_old(kind, p) for p in call.portal.pipelines.get(kind, [])]})


def _old(kind: str, pipeline: Pipeline) -> Json:
    return {
        "pipelineId": pipeline.id,
        "objectType": kind.removesuffix("s").upper(),
        "objectTypeId": TYPE_IDS[kind],
        "label": pipeline.label,
        "displayOrder": 0,
        "active": True,
        "default": True,
        "createdAt": _OPENED_MS,
        "updatedAt": _OPENED_MS,
        "stages": [
            {
                "stageId": stage.id,
                "label": stage.label,
                "displayOrder": stage.order,
                "metadata": stage.metadata,
                "active": True,
                "createdAt": _OPENED_MS,
                "updatedAt": _OPENED_MS,
            }
            for stage in pipeline.stages
        ],
    }


def subscriptions(call: Call) -> Response:
    """What people may subscribe to, in its old shape."""
    found = [
        {
            "id": kind.id,
            "portalId": call.portal.id,
            "name": kind.name,
            "description": kind.description,
            "active": kind.active,
            "internal": kind.internal,
            "category": kind.purpose,
            "channel": kind.method,
            "businessUnitId": 0,
        }
        for kind in SUBSCRIPTIONS
    ]
    return answer({"subscriptionDefinitions": found})


def list_users(call: Call) -> Response:
    """Everybody who may sign in to the account."""
    limit, after = call.count("limit", 100, 500), call.query.get("after") or "0"
    start = int(after) if after.isdigit() else 0
    found = call.portal.owners[start : start + limit]
    results: list[Json] = [
        {
            "id": str(owner.user_id),
            "email": owner.email,
            "firstName": owner.first_name,
            "lastName": owner.last_name,
            "roleIds": [],
            "superAdmin": start == 0 and place == 0,
        }
        for place, owner in enumerate(found)
    ]
    payload: Json = {"results": results}
    if len(call.portal.owners) > start + limit:
        payload["paging"] = {"next": {"after": str(start + limit)}}
    return answer(payload)


def teams(call: Call) -> Response:
    """No account here has teams or roles of its own."""
    del call
    return answer({"results": []})
