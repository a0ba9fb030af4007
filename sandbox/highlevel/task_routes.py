"""Tasks of a contact over the API, and the search through all of a location's."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, not_found, succeeded
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso, read_moment

_ALL = "/contacts/{contactId}/tasks"
_ONE = f"{_ALL}/{{taskId}}"
_READ, _WRITE = "contacts.readonly", "contacts.write"
KNOWN = ("title", "body", "dueDate", "completed", "assignedTo")
SEARCH = ("contactId", "completed", "assignedTo", "query", "limit", "skip", "businessId")


def operations() -> list[Operation]:
    searched = "/locations/{locationId}/tasks/search"
    return [
        Operation("GET", _ALL, tasks, _READ),
        Operation("POST", _ALL, create, _WRITE),
        Operation("PUT", f"{_ONE}/completed", complete, _WRITE),
        Operation("GET", _ONE, show, _READ),
        Operation("PUT", _ONE, update, _WRITE),
        Operation("DELETE", _ONE, delete, _WRITE),
        Operation("POST", searched, search, "locations/tasks.readonly"),
    ]


def tasks(call: Call) -> Response:
    return answer({"tasks": call.location.tasks.get(call.contact().id, [])})


def create(call: Call) -> Response:
    contact, location = call.contact(), call.location
    spec = call.spec(*KNOWN, required=("title", "dueDate", "completed"))
    _check(spec, location)
    return answer({"task": location.add_task(contact.id, spec)}, 201)


def _check(spec: Json, location: Location) -> None:
    """Refuse what no task may hold; brings the due time into the vendor's spelling."""
    if spec.get("assignedTo") and location.user(str(spec["assignedTo"])) is None:
        raise bad_request("assignedTo is not a user of this location")
    if "completed" in spec and not isinstance(spec["completed"], bool):
        raise invalid("completed must be a boolean value")
    if "dueDate" in spec:
        try:
            spec["dueDate"] = iso(read_moment(str(spec["dueDate"])))
        except ValueError as error:
            raise invalid("dueDate must be a valid ISO 8601 date string") from error


def _task(call: Call) -> Json:
    for task in call.location.tasks.get(call.contact().id, []):
        if task["id"] == call.path["taskId"]:
            return task
    raise not_found("Task not found")


def show(call: Call) -> Response:
    return answer({"task": _task(call)})


def update(call: Call) -> Response:
    return _change(call, call.spec(*KNOWN))


def complete(call: Call) -> Response:
    return _change(call, call.spec("completed", required=("completed",)))


def _change(call: Call, spec: Json) -> Response:
    task = _task(call)
    _check(spec, call.location)
    is_done = spec.get("completed") is True
    task.update({name: value for name, value in spec.items() if name != "completed" or not is_done})
    if is_done:
        call.location.complete_task(task)
    return answer({"task": task})


def delete(call: Call) -> Response:
    task = _task(call)
    call.location.tasks[call.contact().id].remove(task)
    return answer(succeeded(v3=call.v3))


def search(call: Call) -> Response:
    """Tasks of the whole location that are for these contacts and users, with these words."""
    location, spec = call.own(call.path["locationId"]), call.spec(*SEARCH)
    limit, skip = spec.get("limit", 25), spec.get("skip", 0)
    if not isinstance(limit, int) or not isinstance(skip, int):
        raise invalid("limit and skip must be numbers")
    found = [
        task
        for rows in location.tasks.values()
        for task in rows
        if _among(spec, "contactId", task)
        and _among(spec, "assignedTo", task)
        and spec.get("completed") in {None, task["completed"]}
        and str(spec.get("query") or "").lower() in str(task["title"]).lower()
    ]
    return answer({"tasks": found[skip : skip + limit]})


def _among(spec: Json, name: str, task: Json) -> bool:
    wanted = spec.get(name)
    if wanted is None:
        return True
    if not isinstance(wanted, list):
        raise invalid(f"{name} must be an array")
    return task.get(name) in wanted
