"""The endpoints for lists and their members."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

_READ, _WRITE = ("crm.lists.read",), ("crm.lists.write",)


def operations() -> list[Operation]:
    """Everything under /crm/lists."""

    def at(rest: str) -> tuple[str, ...]:
        return versioned("/crm/lists", rest)

    top = at("")
    member = "/{id}/memberships"
    return [
        # The official client writes to the path with a slash at the end.
        Operation("POST", (*top, f"{top[-1]}/"), create, _WRITE),
        Operation("GET", (*top, f"{top[-1]}/"), several, _READ),
        Operation("POST", at("/search"), search, _READ),
        Operation("GET", at("/object-type-id/{kind}/name/{name}"), by_name, _READ),
        Operation("GET", at("/{id}"), get_one, _READ),
        Operation("DELETE", at("/{id}"), delete, _WRITE),
        Operation("GET", at(member), members, _READ),
        Operation("PUT", at(f"{member}/add"), add, _WRITE),
        Operation("PUT", at(f"{member}/remove"), remove, _WRITE),
        Operation("PUT", at(f"{member}/add-and-remove"), add_and_remove, _WRITE),
    ]


def create(call: Call) -> Response:
    """A new list."""
    return answer({"list": call.portal.lists.create(call.body).json()})


def several(call: Call) -> Response:
    """Lists by id."""
    wanted = set(call.words("listIds"))
    return answer({"lists": [row.json() for row in call.portal.lists.each() if row.id in wanted]})


def search(call: Call) -> Response:
    """Lists by name; four parts of the body are required by the schema."""
    spec = call.spec()
    lacking = [
        name
        for name in ("additionalProperties", "listIds", "offset", "processingTypes")
        if name not in spec
    ]
    if lacking:
        raise invalid(f"Some required fields were not set: [{', '.join(lacking)}]")
    query, ids = str(spec.get("query") or "").casefold(), _texts(spec["listIds"])
    types, offset, count = _texts(spec["processingTypes"]), spec["offset"], spec.get("count", 20)
    if not isinstance(offset, int) or not isinstance(count, int):
        raise invalid("offset and count must be numbers")
    found = [
        row
        for row in call.portal.lists.each()
        if query in row.name.casefold()
        and (not ids or row.id in ids)
        and (not types or row.processing_type in types)
    ]
    page = found[offset : offset + count]
    return answer(
        {
            "lists": [row.json() for row in page],
            "total": len(found),
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
        }
    )


def by_name(call: Call) -> Response:
    """One list by its name."""
    for row in call.portal.lists.each():
        if row.name == call.path["name"]:
            return answer({"list": row.json()})
    raise not_found("List does not exist.")


def get_one(call: Call) -> Response:
    """One list."""
    return answer({"list": call.portal.lists.get(call.path["id"]).json()})


def delete(call: Call) -> Response:
    """Remove a list."""
    call.portal.lists.delete(call.path["id"])
    return answer(None, 204)


def members(call: Call) -> Response:
    """Members by ascending record id."""
    row = call.portal.lists.get(call.path["id"])
    limit, after = call.count("limit", 100, 250), call.query.get("after") or "0"
    if not after.isdigit():
        raise invalid("after must be a cursor from an earlier answer")
    rest = sorted((i for i in row.members if int(i) > int(after)), key=int)
    results = [{"recordId": i, "membershipTimestamp": iso(row.members[i])} for i in rest[:limit]]
    payload: Json = {"results": results, "total": len(row.members)}
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


def _texts(given: object) -> list[str]:
    return [str(word) for word in given] if isinstance(given, list) else []
