"""The endpoints for who is in which list: by list, and by record."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.hubspot.lists import RecordList
from sandbox.hubspot.object_types import kind_of, refuse_kind
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

_READ, _WRITE = ("crm.lists.read",), ("crm.lists.write",)


def operations() -> list[Operation]:
    """Everything about members; the fixed words stand before the ids."""

    def at(rest: str) -> tuple[str, ...]:
        return versioned("/crm/lists", rest)

    member = "/{id}/memberships"
    return [
        Operation("POST", at("/records/memberships/batch/read"), of_records, _READ),
        Operation("GET", at("/records/{kind}/{record}/memberships"), of_record, _READ),
        Operation("GET", at(member), members, _READ),
        Operation("DELETE", at(member), remove_all, _WRITE),
        Operation("GET", at(f"{member}/join-order"), joined, _READ),
        Operation("PUT", at(f"{member}/add"), add, _WRITE),
        Operation("PUT", at(f"{member}/remove"), remove, _WRITE),
        Operation("PUT", at(f"{member}/add-and-remove"), add_and_remove, _WRITE),
        Operation("PUT", at(f"{member}/add-from/{{source}}"), add_from, _WRITE),
    ]


def of_record(call: Call) -> Response:
    """The lists that one record is in."""
    found = call.portal.lists.of_record(call.kind, call.path["record"])
    rows = [row.membership(call.path["record"]) for row in found]
    return answer({"results": rows, "total": len(rows)})


def of_records(call: Call) -> Response:
    """The lists that each of many records is in."""
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(entry, dict) for entry in inputs):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    results: list[Json] = []
    for entry in inputs:
        named, record_id = str(entry.get("objectTypeId")), str(entry.get("recordId"))
        kind = kind_of(named)
        if kind is None:
            raise refuse_kind(named)
        rows = call.portal.lists.of_record(kind, record_id)
        results.append(
            {
                "objectTypeId": named,
                "recordId": record_id,
                "recordListMemberships": [row.membership(record_id) for row in rows],
            }
        )
    at = iso(call.portal.now())
    batch = {"status": "COMPLETE", "requestedAt": at, "startedAt": at, "completedAt": at}
    return answer({**batch, "results": results})


def members(call: Call) -> Response:
    """Members by ascending record id."""
    row = call.portal.lists.get(call.path["id"])
    return _page(call, row, sorted(row.members, key=int))


def joined(call: Call) -> Response:
    """Members in the order in which they were added."""
    row = call.portal.lists.get(call.path["id"])
    return _page(call, row, list(row.members))


def _page(call: Call, row: RecordList, ids: list[str]) -> Response:
    limit, after = call.count("limit", 100, 250), call.query.get("after")
    if after is not None and after not in ids:
        raise invalid("after must be a cursor from an earlier answer")
    rest = ids if after is None else ids[ids.index(after) + 1 :]
    results = [{"recordId": i, "membershipTimestamp": iso(row.members[i])} for i in rest[:limit]]
    payload: Json = {"results": results, "total": len(ids)}
    if len(rest) > limit:
        payload["paging"] = {"next": {"after": rest[limit - 1]}}
    return answer(payload)


def add(call: Call) -> Response:
    """Add the contacts in the body, which is a plain list of ids."""
    return _change(call, _ids(call.body), [])


def remove(call: Call) -> Response:
    """Remove the contacts in the body, which is a plain list of ids."""
    return _change(call, [], _ids(call.body))


def add_and_remove(call: Call) -> Response:
    """Add some contacts and remove others."""
    spec = call.spec()
    return _change(
        call, _ids(spec.get("recordIdsToAdd", [])), _ids(spec.get("recordIdsToRemove", []))
    )


def _change(call: Call, wanted: list[str], unwanted: list[str]) -> Response:
    call.hubspot.counters.inputs[call.template] += len(wanted) + len(unwanted)
    return answer(call.portal.lists.change_members(call.path["id"], wanted, unwanted))


def _ids(given: object) -> list[str]:
    if not isinstance(given, list):
        raise invalid("Invalid input JSON: a list of record ids is expected")
    return [str(record_id) for record_id in given]


def remove_all(call: Call) -> Response:
    """Empty a list; 204."""
    call.portal.lists.empty(call.path["id"])
    return answer(None, 204)


def add_from(call: Call) -> Response:
    """Add all members of another list; 204."""
    lists = call.portal.lists
    source = lists.get(call.path["source"])
    lists.change_members(call.path["id"], list(source.members), [])
    return answer(None, 204)
