"""Custom values of a location over the API: texts that messages may name."""

import re

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, not_found, succeeded
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json

_ALL = "/locations/{locationId}/customValues"
_ONE = f"{_ALL}/{{id}}"
_READ, _WRITE = "locations/customValues.readonly", "locations/customValues.write"
KNOWN = ("name", "value")


def operations() -> list[Operation]:
    return [
        Operation("GET", _ALL, values, _READ),
        Operation("POST", _ALL, create, _WRITE),
        Operation("GET", _ONE, show, _READ),
        Operation("PUT", _ONE, update, _WRITE),
        Operation("DELETE", _ONE, delete, _WRITE),
    ]


def _shown(location: Location, value_id: str) -> Json:
    name, value = location.custom_values[value_id]
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    key = f"{{{{ custom_values.{slug} }}}}"
    return {
        "id": value_id,
        "name": name,
        "fieldKey": key,
        "value": value,
        "locationId": location.id,
    }


def values(call: Call) -> Response:
    location = call.own(call.path["locationId"])
    return answer({"customValues": [_shown(location, one) for one in location.custom_values]})


def _read(call: Call) -> tuple[str, str]:
    spec = call.spec(*KNOWN, required=KNOWN)
    if not all(isinstance(spec[name], str) for name in KNOWN):
        raise invalid("name and value must be strings")
    return str(spec["name"]), str(spec["value"])


def create(call: Call) -> Response:
    location, row = call.own(call.path["locationId"]), _read(call)
    if row[0] in {name for name, _ in location.custom_values.values()}:
        raise bad_request("A custom value with this name exists already")
    value_id = location.ids.draw()
    location.custom_values[value_id] = row
    return answer({"customValue": _shown(location, value_id)}, 201)


def _known(call: Call) -> tuple[Location, str]:
    location, value_id = call.own(call.path["locationId"]), call.path["id"]
    if value_id not in location.custom_values:
        raise not_found("Custom value not found")
    return location, value_id


def show(call: Call) -> Response:
    return answer({"customValue": _shown(*_known(call))})


def update(call: Call) -> Response:
    location, value_id = _known(call)
    location.custom_values[value_id] = _read(call)
    return answer({"customValue": _shown(location, value_id)})


def delete(call: Call) -> Response:
    location, value_id = _known(call)
    del location.custom_values[value_id]
    return answer(succeeded(v3=call.v3))
