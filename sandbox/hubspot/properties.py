"""The endpoints for property definitions and their groups."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.hubspot.scopes import schema_scopes
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.moments import iso

BATCH = 100


def operations() -> list[Operation]:
    """Everything under /crm/properties; the fixed words stand before the names."""

    def at(rest: str) -> tuple[str, ...]:
        return versioned("/crm/properties", "/{kind}" + rest)

    return [
        Operation("GET", at("/groups"), list_groups),
        Operation("POST", at("/groups"), create_group),
        Operation("GET", at("/groups/{name}"), get_group),
        Operation("PATCH", at("/groups/{name}"), patch_group),
        Operation("DELETE", at("/groups/{name}"), archive_group),
        Operation("POST", at("/batch/create"), create_batch),
        Operation("POST", at("/batch/read"), read_batch),
        Operation("POST", at("/batch/archive"), archive_batch),
        Operation("GET", at(""), list_all),
        Operation("POST", at(""), create_one),
        Operation("GET", at("/{name}"), get_one),
        Operation("PATCH", at("/{name}"), patch_one),
        Operation("DELETE", at("/{name}"), archive_one),
    ]


def list_all(call: Call) -> Response:
    """Every live (or archived) definition of a kind."""
    kind = _kind(call, write=False)
    archived = call.query.get("archived") == "true"
    found = call.portal.definitions.each(kind, archived=archived)
    return answer({"results": [definition.json() for definition in found]})


def get_one(call: Call) -> Response:
    """One definition."""
    kind = _kind(call, write=False)
    archived = call.query.get("archived") == "true"
    return answer(call.portal.definitions.get(kind, call.path["name"], archived=archived).json())


def create_one(call: Call) -> Response:
    """A new definition, or an archived one brought back."""
    kind = _kind(call, write=True)
    return answer(_create(call, kind, call.body), 201)


def patch_one(call: Call) -> Response:
    """Change a definition; a list of options replaces the old one."""
    kind = _kind(call, write=True)
    return answer(call.portal.definitions.patch(kind, call.path["name"], call.body).json())


def archive_one(call: Call) -> Response:
    """Archive a definition."""
    kind = _kind(call, write=True)
    call.portal.definitions.archive(kind, call.path["name"])
    return answer(None, 204)


def create_batch(call: Call) -> Response:
    """Make several; those that cannot be made come back as errors beside a 207."""
    kind = _kind(call, write=True)
    results: list[Json] = []
    errors: list[Json] = []
    for entry in _inputs(call):
        try:
            results.append(_create(call, kind, entry))
        except ApiError as error:
            errors.append(_batch_error(error))
    # The dated API publishes 200, the older one 201.
    return _batch(call, results, errors, good=200 if call.lenient else 201)


def read_batch(call: Call) -> Response:
    """Several definitions by name; unknown ones come back as errors beside a 207."""
    kind = _kind(call, write=False)
    archived = call.spec().get("archived") is True
    results: list[Json] = []
    errors: list[Json] = []
    for name in _named(call):
        try:
            found = call.portal.definitions.get(kind, name, archived=archived)
        except ApiError as error:
            errors.append(_batch_error(error))
        else:
            results.append(found.json())
    return _batch(call, results, errors, good=200)


def archive_batch(call: Call) -> Response:
    """Archive several; 204."""
    kind = _kind(call, write=True)
    for name in _named(call):
        if call.portal.definitions.find(kind, name) is not None:
            call.portal.definitions.archive(kind, name)
    return answer(None, 204)


def list_groups(call: Call) -> Response:
    """Every live group of a kind."""
    kind = _kind(call, write=False)
    return answer({"results": [group.json() for group in call.portal.definitions.groups(kind)]})


def get_group(call: Call) -> Response:
    """One group."""
    kind = _kind(call, write=False)
    return answer(call.portal.definitions.group(kind, call.path["name"]).json())


def create_group(call: Call) -> Response:
    """A new group."""
    kind = _kind(call, write=True)
    return answer(call.portal.definitions.create_group(kind, call.body).json(), 201)


def patch_group(call: Call) -> Response:
    """Change a group's label or place."""
    kind = _kind(call, write=True)
    changed = call.portal.definitions.patch_group(kind, call.path["name"], call.body)
    return answer(changed.json())


def archive_group(call: Call) -> Response:
    """Archive an empty group."""
    kind = _kind(call, write=True)
    call.portal.definitions.archive_group(kind, call.path["name"])
    return answer(None, 204)


def _kind(call: Call, *, write: bool) -> str:
    kind = call.kind
    call.need(schema_scopes(kind, write=write))
    return kind


def _create(call: Call, kind: str, spec: object) -> Json:
    definitions, most = call.portal.definitions, call.hubspot.limits.custom_properties
    name = spec.get("name") if isinstance(spec, dict) else None
    known = definitions.find(kind, str(name)) is not None
    if not known and definitions.custom_count(kind) >= most:
        raise invalid(
            f"The limit of {most} custom properties for {kind} is reached.",
            subCategory="Properties.PROPERTY_LIMIT_REACHED",
        )
    return definitions.create(kind, spec).json()


def _inputs(call: Call) -> list[object]:
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    if len(inputs) > BATCH:
        raise invalid(f"The maximum number of inputs in a batch is {BATCH}")
    call.hubspot.counters.inputs[call.template] += len(inputs)
    return inputs


def _named(call: Call) -> list[str]:
    return [str(entry.get("name")) for entry in _inputs(call) if isinstance(entry, dict)]


def _batch_error(error: ApiError) -> Json:
    body = {name: value for name, value in error.body.items() if name != "correlationId"}
    return {"links": {}, "context": {}, "errors": [], **body}


def _batch(call: Call, results: list[Json], errors: list[Json], *, good: int) -> Response:
    moment = iso(call.portal.now())
    payload: Json = {
        "status": "COMPLETE",
        "results": results,
        "requestedAt": moment,
        "startedAt": moment,
        "completedAt": moment,
    }
    if not errors:
        return answer(payload, good)
    # Nothing made because everything exists already is a conflict as a whole.
    if "create" in call.template and not results:
        return answer(errors[0], 409 if errors[0]["category"] == "OBJECT_ALREADY_EXISTS" else 400)
    return answer(payload | {"numErrors": len(errors), "errors": errors}, 207)
