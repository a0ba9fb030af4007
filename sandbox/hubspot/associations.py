"""Which records belong together: types of association, and reading and writing them."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, batch_error, invalid, not_found
from sandbox.hubspot.gateway import VERSIONS, Call, Operation, versioned
from sandbox.hubspot.links import singular
from sandbox.hubspot.object_types import TYPE_IDS
from sandbox.hubspot.records import Record
from sandbox.hubspot.scopes import READ, WRITE
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

# HubSpot's default association type ids.
TYPES: dict[tuple[str, str], int] = {
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("contacts", "deals"): 4,
    ("deals", "contacts"): 3,
    ("contacts", "tickets"): 15,
    ("tickets", "contacts"): 16,
    ("contacts", "calls"): 193,
    ("calls", "contacts"): 194,
    ("contacts", "emails"): 197,
    ("emails", "contacts"): 198,
    ("contacts", "meetings"): 199,
    ("meetings", "contacts"): 200,
    ("contacts", "notes"): 201,
    ("notes", "contacts"): 202,
    ("contacts", "tasks"): 203,
    ("tasks", "contacts"): 204,
    ("contacts", "communications"): 82,
    ("communications", "contacts"): 81,
    ("deals", "companies"): 341,
    ("companies", "deals"): 342,
    ("deals", "calls"): 205,
    ("calls", "deals"): 206,
    ("deals", "emails"): 209,
    ("emails", "deals"): 210,
    ("deals", "meetings"): 211,
    ("meetings", "deals"): 212,
    ("deals", "notes"): 213,
    ("notes", "deals"): 214,
    ("deals", "tasks"): 215,
    ("tasks", "deals"): 216,
}
_ENDS = {type_id: ends for ends, type_id in TYPES.items()}
PER_RECORD = 500
READ_INPUTS = 1_000
CREATE_INPUTS = 2_000


def operations() -> list[Operation]:
    """Everything about associations, under the dated and the v4 paths."""
    pair = "/{from_kind}/{to_kind}/batch"
    areas = [*(f"/crm/associations/{version}" for version in VERSIONS), "/crm/v4/associations"]
    one = "/{kind}/{id}/associations/{to_kind}"
    of_one = (*versioned("/crm/objects", one), f"/crm/v4/objects{one}")
    return [
        Operation("POST", tuple(f"{area}{pair}/read" for area in areas), read_batch),
        Operation("POST", tuple(f"{area}{pair}/create" for area in areas), create_batch),
        Operation("POST", tuple(f"{area}{pair}/archive" for area in areas), archive_batch),
        Operation("GET", of_one, read_one),
    ]


def type_name(from_kind: str, to_kind: str) -> str:
    """The old name of an association, such as contact_to_deal."""
    return f"{singular(from_kind)}_to_{singular(to_kind)}"


def attach(call: Call, record: Record, wanted: object) -> None:
    """Associate a new record as its request asks; raises 400 for types not known here."""
    for entry in wanted if isinstance(wanted, list) else []:
        target = str(entry.get("to", {}).get("id")) if isinstance(entry, dict) else ""
        for kind in entry.get("types", []) if isinstance(entry, dict) else []:
            ends = _ENDS.get(kind.get("associationTypeId"))
            if ends is None or ends[0] != record.kind:
                raise invalid(f"Invalid association type for {record.kind}")
            if call.portal.records.get(ends[1], target) is None:
                raise invalid(f"No {ends[1]} record with id {target}")
            call.portal.records.associate(record.kind, record.id, ends[1], target)


def read_one(call: Call) -> Response:
    """What one record is associated with, 500 a page."""
    kind, to_kind = call.kind, call.named_kind("to_kind")
    call.need((*READ[kind], *READ[to_kind]))
    record = call.portal.records.get(kind, call.path["id"])
    if record is None or record.archived:
        raise not_found()
    limit = call.count("limit", PER_RECORD, PER_RECORD)
    page, following = _page(call, record, to_kind, call.query.get("after"), limit)
    payload: Json = {"results": [_link(kind, to_kind, other) for other in page]}
    if following:
        payload["paging"] = {"next": {"after": following}}
    return answer(payload)


def read_batch(call: Call) -> Response:
    """What many records are associated with; those without any come back as errors."""
    from_kind, to_kind = call.named_kind("from_kind"), call.named_kind("to_kind")
    call.need((*READ[from_kind], *READ[to_kind]))
    results: list[Json] = []
    lacking: list[str] = []
    for entry in inputs_of(call, READ_INPUTS):
        record_id, after = str(entry.get("id")), entry.get("after")
        record = call.portal.records.get(from_kind, record_id)
        cursor = str(after) if after is not None else None
        page, following = _page(call, record, to_kind, cursor, PER_RECORD) if record else ([], None)
        if not page:
            lacking.append(record_id)
            continue
        shown: Json = {
            "from": {"id": record_id},
            "to": [_link(from_kind, to_kind, other) for other in page],
        }
        if following:
            shown["paging"] = {"next": {"after": following}}
        results.append(shown)
    return answer(batch(call, results, none_found(from_kind, to_kind, lacking)), _code(lacking))


def create_batch(call: Call) -> Response:
    """Associate pairs of records; unknown ids come back as errors."""
    from_kind, to_kind, found, lacking = pairs(call)
    done: list[Json] = []
    for from_id, to_id in found:
        call.portal.records.associate(from_kind, from_id, to_kind, to_id)
        done.append(created(from_kind, from_id, to_kind, to_id))
    # The dated API publishes 200, the older one 201.
    status = 207 if lacking else 200 if call.lenient else 201
    return answer(batch(call, done, none_found(from_kind, to_kind, lacking)), status)


def archive_batch(call: Call) -> Response:
    """Take associations away; the older API answers nothing."""
    from_kind, to_kind, found, _ = pairs(call)
    for from_id, to_id in found:
        call.portal.records.dissociate(from_kind, from_id, to_kind, to_id)
    return answer(batch(call, [], [])) if call.lenient else answer(None, 204)


def pairs(call: Call) -> tuple[str, str, list[tuple[str, str]], list[str]]:
    """Both kinds, the pairs in the body whose records exist, and the first ids of the others."""
    from_kind, to_kind = call.named_kind("from_kind"), call.named_kind("to_kind")
    call.need((*WRITE[from_kind], *WRITE[to_kind]))
    records = call.portal.records
    found: list[tuple[str, str]] = []
    lacking: list[str] = []
    for entry in inputs_of(call, CREATE_INPUTS):
        from_id = _end_id(entry.get("from"))
        others = entry.get("to")
        for to_id in map(_end_id, others if isinstance(others, list) else [others]):
            if records.get(from_kind, from_id) is None or records.get(to_kind, to_id) is None:
                lacking.append(from_id)
            else:
                found.append((from_id, to_id))
    return from_kind, to_kind, found, lacking


def _end_id(end: object) -> str:
    if not isinstance(end, dict) or "id" not in end:
        raise invalid('Invalid input JSON: every input needs "from" and "to" with an id')
    return str(end["id"])


def created(from_kind: str, from_id: str, to_kind: str, to_id: str) -> Json:
    """A new association as HubSpot shows it."""
    return {
        "fromObjectTypeId": TYPE_IDS[from_kind],
        "fromObjectId": from_id,
        "toObjectTypeId": TYPE_IDS[to_kind],
        "toObjectId": to_id,
        "labels": [],
    }


def inputs_of(call: Call, most: int) -> list[dict[str, object]]:
    """The inputs of a batch; raises 400."""
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(entry, dict) for entry in inputs):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    if len(inputs) > most:
        raise invalid(f"The batch has {len(inputs)} inputs; {most} are allowed.")
    call.hubspot.counters.inputs[call.template] += len(inputs)
    return inputs


def _page(
    call: Call, record: Record, to_kind: str, after: str | None, limit: int
) -> tuple[list[str], str | None]:
    ids = sorted(call.portal.records.associated(record.kind, record.id, to_kind), key=int)
    start = int(after) if after and after.isdigit() else 0
    rest = [other for other in ids if int(other) > start]
    page = rest[:limit]
    return page, page[-1] if len(rest) > limit else None


def _link(from_kind: str, to_kind: str, other: str) -> Json:
    kind = {
        "category": "HUBSPOT_DEFINED",
        "typeId": TYPES.get((from_kind, to_kind), 1),
        "label": None,
    }
    # A number here, where ids are texts everywhere else.
    return {"toObjectId": int(other), "associationTypes": [kind]}


def none_found(from_kind: str, to_kind: str, lacking: list[str]) -> list[Json]:
    """The errors for records that have no such association."""
    return [
        batch_error(
            f"No {to_kind} are associated with {from_kind} {record_id}.",
            "OBJECT_NOT_FOUND",
            subCategory="crm.associations.NO_ASSOCIATIONS_FOUND",
            context={"fromObjectId": [record_id]},
        )
        for record_id in lacking
    ]


def _code(lacking: list[str]) -> int:
    return 207 if lacking else 200


def batch(call: Call, results: list[Json], errors: list[Json]) -> Json:
    """What is answered to a batch."""
    moment = iso(call.portal.now())
    payload: Json = {
        "status": "COMPLETE",
        "results": results,
        "requestedAt": moment,
        "startedAt": moment,
        "completedAt": moment,
    }
    return payload | ({"numErrors": len(errors), "errors": errors} if errors else {})
