"""The endpoints for lists: make, find, rename, remove and bring back."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.gateway import Call, Operation, versioned

_READ, _WRITE = ("crm.lists.read",), ("crm.lists.write",)


def operations() -> list[Operation]:
    """Everything under /crm/lists."""

    def at(rest: str) -> tuple[str, ...]:
        return versioned("/crm/lists", rest)

    top = at("")
    return [
        # The official client writes to the path with a slash at the end.
        Operation("POST", (*top, f"{top[-1]}/"), create, _WRITE),
        Operation("GET", (*top, f"{top[-1]}/"), several, _READ),
        Operation("POST", at("/search"), search, _READ),
        Operation("GET", at("/object-type-id/{kind}/name/{name}"), by_name, _READ),
        Operation("GET", at("/{id}"), get_one, _READ),
        Operation("DELETE", at("/{id}"), delete, _WRITE),
        Operation("PUT", at("/{id}/restore"), restore, _WRITE),
        Operation("PUT", at("/{id}/update-list-name"), rename, _WRITE),
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
            "lists": [row.found() for row in page],
            "total": len(found),
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
        }
    )


def by_name(call: Call) -> Response:
    """One list by its name."""
    kind = call.kind
    for row in call.portal.lists.each():
        if (row.kind, row.name) == (kind, call.path["name"]):
            return answer({"list": row.json(with_filters=_filters(call))})
    raise not_found("List does not exist.")


def get_one(call: Call) -> Response:
    """One list."""
    row = call.portal.lists.get(call.path["id"])
    return answer({"list": row.json(with_filters=_filters(call))})


def delete(call: Call) -> Response:
    """Remove a list."""
    call.portal.lists.delete(call.path["id"])
    return answer(None, 204)


def restore(call: Call) -> Response:
    """Bring a removed list back; 204."""
    call.portal.lists.restore(call.path["id"])
    return answer(None, 204)


def rename(call: Call) -> Response:
    """Another name, which stands in the query; without one the list stays as it is."""
    lists, wanted = call.portal.lists, call.query.get("listName")
    row = lists.get(call.path["id"])
    if wanted is not None:
        row = lists.rename(row.id, wanted)
    return answer({"updatedList": row.json(with_filters=_filters(call))})


def _filters(call: Call) -> bool:
    return call.query.get("includeFilters") == "true"


def _texts(given: object) -> list[str]:
    return [str(word) for word in given] if isinstance(given, list) else []
