"""The endpoints that associate two records, or part them, one pair at a time."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.associations import TYPES, created
from sandbox.hubspot.gateway import VERSIONS, Call, Operation
from sandbox.hubspot.scopes import WRITE
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso


def operations() -> list[Operation]:
    """Under the dated paths and v4."""
    areas = [*(f"/crm/objects/{version}" for version in VERSIONS), "/crm/v4/objects"]
    pair = "/{kind}/{id}/associations"
    default = tuple(f"{area}{pair}/default/{{to_kind}}/{{to_id}}" for area in areas)
    labelled = tuple(f"{area}{pair}/{{to_kind}}/{{to_id}}" for area in areas)
    return [
        Operation("PUT", default, link_by_default),
        Operation("PUT", labelled, link),
        Operation("DELETE", labelled, unlink),
    ]


def link_by_default(call: Call) -> Response:
    """Associate two records without a label; both directions are answered."""
    kind, to_kind = _link(call)
    ends = ((kind, call.path["id"], to_kind, call.path["to_id"]),)
    both = (*ends, *((to, to_id, of, of_id) for of, of_id, to, to_id in ends))
    results: list[Json] = [
        {
            "from": {"id": of_id},
            "to": {"id": to_id},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": TYPES.get((of, to), 1),
            },
        }
        for of, of_id, to, to_id in both
    ]
    at = iso(call.portal.now())
    batch = {"status": "COMPLETE", "requestedAt": at, "startedAt": at, "completedAt": at}
    return answer({**batch, "results": results})


def link(call: Call) -> Response:
    """Associate two records by the types in the body."""
    types = call.body
    if not isinstance(types, list) or not all(isinstance(kind, dict) for kind in types):
        raise invalid("Invalid input JSON: a list of association types is expected")
    kind, to_kind = call.kind, call.named_kind("to_kind")
    known = TYPES.get((kind, to_kind))
    if any(spec.get("associationTypeId") != known for spec in types):
        raise invalid(f"Invalid association type from {kind} to {to_kind}")
    _link(call)
    return answer(created(kind, call.path["id"], to_kind, call.path["to_id"]), 201)


def unlink(call: Call) -> Response:
    """Part two records; 204 whether they were associated or not."""
    kind, to_kind = call.kind, call.named_kind("to_kind")
    call.need((*WRITE[kind], *WRITE[to_kind]))
    call.portal.records.dissociate(kind, call.path["id"], to_kind, call.path["to_id"])
    return answer(None, 204)


def _link(call: Call) -> tuple[str, str]:
    kind, to_kind = call.kind, call.named_kind("to_kind")
    call.need((*WRITE[kind], *WRITE[to_kind]))
    records = call.portal.records
    for of, record_id in ((kind, call.path["id"]), (to_kind, call.path["to_id"])):
        if not records.is_live(of, record_id):
            raise not_found(f"No {of} record with id {record_id}")
    records.associate(kind, call.path["id"], to_kind, call.path["to_id"])
    return kind, to_kind
