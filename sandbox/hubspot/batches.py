"""Up to 100 records at a time: read, create, update, upsert, archive."""

from collections.abc import Iterable

from starlette.responses import Response

from sandbox.hubspot.answers import answer, batch_error, invalid
from sandbox.hubspot.associations import attach
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.hubspot.objects import find
from sandbox.hubspot.records import Record
from sandbox.hubspot.scopes import READ, WRITE
from sandbox.hubspot.shapes import show, shown_names
from sandbox.hubspot.writing import Prepared, create, prepare, update
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

INPUTS = 100
HISTORY_INPUTS = 50


def operations() -> list[Operation]:
    """Everything under /crm/objects/.../batch."""
    handlers = {
        "read": read,
        "create": create_many,
        "update": update_many,
        "upsert": upsert_many,
        "archive": archive_many,
    }
    return [
        Operation("POST", versioned("/crm/objects", f"/{{kind}}/batch/{name}"), handler)
        for name, handler in handlers.items()
    ]


def read(call: Call) -> Response:
    """Records by id or unique property; missing ones are errors beside a 207."""
    kind, spec = call.kind, call.spec()
    call.need(READ[kind])
    history = _names(spec.get("propertiesWithHistory"))
    inputs = _inputs(call, HISTORY_INPUTS if history else INPUTS)
    names = shown_names(call.portal, kind, _names(spec.get("properties")))
    id_property = _id_property(spec.get("idProperty"))
    archived = call.query.get("archived") == "true"
    results: list[Json] = []
    lacking: list[dict[str, object]] = []
    for entry in inputs:
        record = find(call, kind, str(entry["id"]), id_property, archived=archived, follow=True)
        if record is None:
            lacking.append(entry)
        else:
            results.append(show(call.portal, record, names, history))
    return _outcome(call, results, _not_found(kind, lacking))


def create_many(call: Call) -> Response:
    """New records; one that is invalid refuses them all."""
    kind = call.kind
    call.need(WRITE[kind])
    inputs = _inputs(call, INPUTS, with_id=False)
    plans = [(prepare(call, kind, entry.get("properties"), None), entry) for entry in inputs]
    _refuse_repeats(plan.values["email"] for plan, _ in plans if plan.values.get("email"))
    results = []
    for plan, entry in plans:
        record = create(call, kind, plan)
        attach(call, record, entry.get("associations"))
        results.append(_written(call, record, plan, entry))
    return _outcome(call, results, [], good=201)


def update_many(call: Call) -> Response:
    """Change known records: unknown ids are errors beside a 207, one bad value refuses them all."""
    kind = call.kind
    call.need(WRITE[kind])
    inputs = _inputs(call, INPUTS)
    for entry in inputs:
        name = _id_property(entry.get("idProperty"))
        definition = call.portal.definitions.find(kind, name) if name else None
        if name == "email" or (name and (definition is None or not definition.unique)):
            raise invalid("Unable to perform update/upsert by non-unique 0-1 property")
    _refuse_repeats(str(entry["id"]) for entry in inputs)
    plans: list[tuple[Record, Prepared, dict[str, object]]] = []
    lacking: list[dict[str, object]] = []
    for entry in inputs:
        record = find(call, kind, str(entry["id"]), _id_property(entry.get("idProperty")))
        plan = prepare(call, kind, entry.get("properties"), record)
        if record is None:
            lacking.append(entry)
        else:
            plans.append((record, plan, entry))
    results = []
    for record, plan, entry in plans:
        update(call, record, plan)
        results.append(_written(call, record, plan, entry))
    return _outcome(call, results, _not_found(kind, lacking))


def upsert_many(call: Call) -> Response:
    """Change the records a unique property finds and create the others."""
    kind = call.kind
    call.need(WRITE[kind])
    inputs = _inputs(call, INPUTS)
    _refuse_repeats(str(entry["id"]).lower() for entry in inputs)
    plans: list[tuple[Record | None, Prepared, dict[str, object]]] = []
    for entry in inputs:
        name = _id_property(entry.get("idProperty"))
        record = find(call, kind, str(entry["id"]), name)
        given = entry.get("properties")
        if record is None and name is None:
            raise invalid("Unable to perform update/upsert by non-unique 0-1 property")
        if record is None and isinstance(given, dict):
            given = {str(name): entry["id"], **given}
        plans.append((record, prepare(call, kind, given, record), entry))
    results = []
    for known, plan, entry in plans:
        record = known or create(call, kind, plan)
        if known is not None:
            update(call, known, plan)
        results.append(_written(call, record, plan, entry) | {"new": known is None})
    return _outcome(call, results, [])


def archive_many(call: Call) -> Response:
    """Put records in the bin; ids that are not there are passed over."""
    kind = call.kind
    call.need(WRITE[kind])
    for entry in _inputs(call, INPUTS):
        record_id = str(entry["id"])
        if call.portal.records.archive(
            kind, record_id, source="INTEGRATION", source_id=call.source_id
        ):
            call.hubspot.counters.wrote(call.portal.id, kind, record_id, changed=True)
    return answer(None, 204)


def _inputs(call: Call, most: int, *, with_id: bool = True) -> list[dict[str, object]]:
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(entry, dict) for entry in inputs):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    if len(inputs) > most:
        raise invalid(f"The maximum number of inputs in a batch is {most}; {len(inputs)} came.")
    if with_id and not all(isinstance(entry.get("id"), str | int) for entry in inputs):
        raise invalid("Invalid input JSON: Some required fields were not set: [id]")
    call.hubspot.counters.inputs[call.template] += len(inputs)
    return inputs


def _names(given: object) -> list[str]:
    return [str(name) for name in given] if isinstance(given, list) else []


def _id_property(given: object) -> str | None:
    return given if isinstance(given, str) and given else None


def _refuse_repeats(keys: Iterable[str | None]) -> None:
    met: set[str | None] = set()
    for key in keys:
        if key in met:
            raise invalid(f"Duplicate IDs found in batch input: [{key}]. IDs must be unique")
        met.add(key)


def _written(call: Call, record: Record, plan: Prepared, entry: dict[str, object]) -> Json:
    shown = show(call.portal, record, shown_names(call.portal, record.kind, list(plan.values)))
    if plan.warnings:
        shown["warnings"] = plan.warnings
    if "objectWriteTraceId" in entry:
        shown["objectWriteTraceId"] = entry["objectWriteTraceId"]
    return shown


def _not_found(kind: str, lacking: list[dict[str, object]]) -> list[Json]:
    errors = []
    for entry in lacking:
        context = {"ids": [str(entry["id"])]}
        if "objectWriteTraceId" in entry:
            context["objectWriteTraceId"] = [str(entry["objectWriteTraceId"])]
        message = f"Could not get some {kind} objects, they may be deleted or not exist."
        errors.append(batch_error(message, "OBJECT_NOT_FOUND", context=context))
    return errors


def _outcome(call: Call, results: list[Json], errors: list[Json], good: int = 200) -> Response:
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
    return answer(payload | {"numErrors": len(errors), "errors": errors}, 207)
