"""The endpoints for workflows, which are beta: list them, and read some of them whole."""

from collections.abc import Mapping

from starlette.responses import Response

from sandbox.hubspot.answers import answer, error_body, invalid
from sandbox.hubspot.gateway import Call, Operation
from sandbox.kit.answers import ApiError, Json

_SCOPES = ("automation",)
_PATH = "/automation/2026-09-beta/flows"
_CONTACT = "0-1"


def operations() -> list[Operation]:
    """What can be read of workflows; nothing can be enrolled here."""
    return [
        Operation("GET", (_PATH,), list_all, _SCOPES),
        Operation("POST", (f"{_PATH}/batch/read",), read_some, _SCOPES),
    ]


def list_all(call: Call) -> Response:
    """Names and whether they are switched on; triggers and steps are not told here."""
    limit, after = call.count("limit", 100, 500), call.query.get("after") or "0"
    found = [_summary(w) for w in _workflows(call)]
    start = int(after) if after.isdigit() else 0
    payload: Json = {"results": found[start : start + limit]}
    if len(found) > start + limit:
        payload["paging"] = {"next": {"after": str(start + limit)}}
    return answer(payload)


def read_some(call: Call) -> Response:
    """Whole workflows by id, with what enrolls into them."""
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list):
        raise invalid("Some required fields were not set: [inputs]")
    wanted = {str(i.get("flowId")) for i in inputs if isinstance(i, Mapping)}
    return answer({"results": [_whole(w) for w in _workflows(call) if w["id"] in wanted]})


def _workflows(call: Call) -> list[Json]:
    if call.portal.engines is None:
        raise ApiError(403, error_body("This account has no workflows.", "FORBIDDEN"))
    return list(call.portal.engines.workflows())


def _summary(workflow: Mapping[str, object]) -> Json:
    return {
        "id": workflow["id"],
        "name": workflow["name"],
        "isEnabled": workflow["enabled"],
        "flowType": "WORKFLOW",
        "objectTypeId": _CONTACT,
        "revisionId": "3",
        "createdAt": "2026-05-04T09:00:00.000Z",
        "updatedAt": "2026-05-04T09:00:00.000Z",
    }


def _whole(workflow: Mapping[str, object]) -> Json:
    trigger = workflow.get("trigger")
    criteria: Json = {"type": "MANUAL", "shouldReEnroll": workflow["re_enroll"]}
    if isinstance(trigger, Mapping):
        known = {
            "filterType": "PROPERTY",
            "property": trigger["property"],
            "operation": {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN"},
        }
        both = {"filterBranchType": "AND", "filterBranches": [], "filters": [known]}
        criteria = {
            "type": "LIST_BASED",
            "shouldReEnroll": workflow["re_enroll"],
            "listFilterBranch": {"filterBranchType": "OR", "filterBranches": [both], "filters": []},
            "reEnrollmentTriggersFilterBranches": [both] if workflow["re_enroll"] else [],
        }
    return {**_summary(workflow), "type": "CONTACT_FLOW", "enrollmentCriteria": criteria}
