"""Associations as the v3 API has them, which the official client still calls: a type is a name there."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer
from sandbox.hubspot.associations import (
    READ_INPUTS,
    TYPES,
    batch,
    inputs_of,
    none_found,
    pairs,
    type_name,
)
from sandbox.hubspot.gateway import VERSIONS, Call, Operation
from sandbox.hubspot.scopes import READ
from sandbox.kit.answers import Json

_AREA = "/crm/v3/associations/{from_kind}/{to_kind}"
_LABELS = (
    *(f"/crm/associations/{version}/{{from_kind}}/{{to_kind}}/labels" for version in VERSIONS),
    "/crm/v4/associations/{from_kind}/{to_kind}/labels",
)


def operations() -> list[Operation]:
    """Batches and types of v3, and the labels that newer versions have in their place."""
    return [
        Operation("POST", (f"{_AREA}/batch/read",), read_batch),
        Operation("POST", (f"{_AREA}/batch/create",), create_batch),
        Operation("POST", (f"{_AREA}/batch/archive",), archive_batch),
        Operation("GET", (f"{_AREA}/types",), list_types),
        Operation("GET", _LABELS, list_labels),
    ]


def read_batch(call: Call) -> Response:
    """What many records are associated with, by the name of the type."""
    from_kind, to_kind = _kinds(call)
    results: list[Json] = []
    lacking: list[str] = []
    for entry in inputs_of(call, READ_INPUTS):
        record_id = str(entry.get("id"))
        found = call.portal.records.associated(from_kind, record_id, to_kind)
        if not found:
            lacking.append(record_id)
            continue
        to = [{"id": other, "type": type_name(from_kind, to_kind)} for other in found]
        results.append({"from": {"id": record_id}, "to": to})
    status = 207 if lacking else 200
    return answer(batch(call, results, none_found(from_kind, to_kind, lacking)), status)


def create_batch(call: Call) -> Response:
    """Associate pairs of records."""
    from_kind, to_kind, found, lacking = pairs(call)
    done: list[Json] = []
    for from_id, to_id in found:
        call.portal.records.associate(from_kind, from_id, to_kind, to_id)
        named = type_name(from_kind, to_kind)
        done.append({"from": {"id": from_id}, "to": {"id": to_id}, "type": named})
    status = 207 if lacking else 201
    return answer(batch(call, done, none_found(from_kind, to_kind, lacking)), status)


def archive_batch(call: Call) -> Response:
    """Take associations away; 204."""
    from_kind, to_kind, found, _ = pairs(call)
    for from_id, to_id in found:
        call.portal.records.dissociate(from_kind, from_id, to_kind, to_id)
    return answer(None, 204)


def list_types(call: Call) -> Response:
    """The types between two kinds, by name."""
    from_kind, to_kind = _kinds(call)
    number = TYPES.get((from_kind, to_kind), 1)
    return answer({"results": [{"id": str(number), "name": type_name(from_kind, to_kind)}]})


def list_labels(call: Call) -> Response:
    """The types between two kinds, as newer versions show them."""
    from_kind, to_kind = _kinds(call)
    number = TYPES.get((from_kind, to_kind), 1)
    return answer({"results": [{"category": "HUBSPOT_DEFINED", "typeId": number, "label": None}]})


def _kinds(call: Call) -> tuple[str, str]:
    from_kind, to_kind = call.named_kind("from_kind"), call.named_kind("to_kind")
    call.need((*READ[from_kind], *READ[to_kind]))
    return from_kind, to_kind
