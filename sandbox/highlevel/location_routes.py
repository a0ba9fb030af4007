"""A location's own things over the API: details, custom fields, tags, workflows, users."""

from starlette.responses import Response

from sandbox.highlevel.answers import (
    answer,
    bad_request,
    foreign_location,
    invalid,
    not_found,
    succeeded,
)
from sandbox.highlevel.contacts import Revision
from sandbox.highlevel.fields import TYPES, CustomField
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location, User
from sandbox.kit.answers import Json

_ONE = "/locations/{locationId}"
_FIELDS, _FIELD = f"{_ONE}/customFields", f"{_ONE}/customFields/{{id}}"
_TAGS, _TAG = f"{_ONE}/tags", f"{_ONE}/tags/{{tagId}}"
_FIELD_READ, _FIELD_WRITE = "locations/customFields.readonly", "locations/customFields.write"
_TAG_READ, _TAG_WRITE = "locations/tags.readonly", "locations/tags.write"
_USERS = "users.readonly"
UPDATABLE = (
    "name",
    "placeholder",
    "acceptedFormat",
    "isMultipleFile",
    "maxNumberOfFiles",
    "textBoxListOptions",
    "position",
    "model",
    "options",
    "picklistOptions",
    "description",
)
CREATABLE = (*UPDATABLE, "dataType", "fieldKey", "parentId")


def operations() -> list[Operation]:
    return [
        Operation("GET", "/locations/search", search, "locations.readonly", agency=True),
        Operation("GET", _ONE, show, "locations.readonly", agency=True),
        Operation("GET", _FIELDS, fields, _FIELD_READ),
        Operation("POST", _FIELDS, create_field, _FIELD_WRITE),
        Operation("GET", _FIELD, field, _FIELD_READ),
        Operation("PUT", _FIELD, update_field, _FIELD_WRITE),
        Operation("DELETE", _FIELD, delete_field, _FIELD_WRITE),
        Operation("GET", _TAGS, tags, _TAG_READ),
        Operation("POST", _TAGS, create_tag, _TAG_WRITE),
        Operation("GET", _TAG, tag, _TAG_READ),
        Operation("PUT", _TAG, rename_tag, _TAG_WRITE),
        Operation("DELETE", _TAG, delete_tag, _TAG_WRITE),
        Operation("GET", "/workflows/", workflows, "workflows.readonly"),
        Operation("GET", "/users/search", search_users, _USERS, agency=True),
        Operation("GET", "/users/", users, _USERS, v3=False),
        Operation("GET", "/users/{userId}", user, _USERS, agency=True),
    ]


def search(call: Call) -> Response:
    """The locations of a company that the token may see, oldest first."""
    company_id = call.asked("companyId") or call.install.company_id
    if company_id != call.install.company_id:
        raise foreign_location()
    email, own = call.asked("email"), call.install.location_id
    rows = [
        row
        for row in call.highlevel.of_company(company_id)
        if own in {None, row.id} and email in {None, row.profile.email}
    ]
    if call.asked("order") == "desc":
        rows.reverse()
    skip, limit = call.count("skip", 0, 100_000, least=0), call.count("limit", 10, 1_000)
    shown = [row.json() for row in rows[skip : skip + limit]]
    for row in shown:
        del row["business"], row["companyId"]
    return answer({"locations": shown})


def show(call: Call) -> Response:
    return answer({"location": call.own(call.path["locationId"]).json()})


# Custom fields


def fields(call: Call) -> Response:
    call.only("model")
    location, model = call.own(call.path["locationId"]), call.asked("model") or "contact"
    if model not in {"contact", "opportunity", "all"}:
        raise invalid("model must be one of the following values: contact, opportunity, all")
    rows = [row.json(location.id) for row in location.fields.each(model)]
    return answer({"customFields": rows})


def field(call: Call) -> Response:
    location = call.own(call.path["locationId"])
    row = _field(call, location)
    return answer({"customField": row.json(location.id)})


def _field(call: Call, location: Location) -> CustomField:
    found = location.fields.find(call.path["id"])
    if found is None:
        raise not_found("Custom field not found")
    return found


def create_field(call: Call) -> Response:
    """Make a field; options are taken from `options`, and from nowhere else."""
    location = call.own(call.path["locationId"])
    spec = call.spec(*CREATABLE, required=("name", "dataType"))
    if spec["dataType"] not in TYPES:
        raise invalid(f"dataType must be one of the following values: {', '.join(TYPES)}")
    if spec.get("model", "contact") not in {"contact", "opportunity"}:
        raise invalid("model must be one of the following values: contact, opportunity")
    more = {name: value for name, value in spec.items() if name not in {"name", "dataType"}}
    if sum(1 for _ in location.fields.each()) >= call.highlevel.limits.custom_fields:
        raise bad_request("Maximum number of custom fields reached for this location")
    try:
        row = location.fields.create(str(spec["name"]), str(spec["dataType"]), **more)
    except ValueError as error:
        raise bad_request(str(error)) from error
    return answer({"customField": row.json(location.id)}, 201)


def update_field(call: Call) -> Response:
    location = call.own(call.path["locationId"])
    spec = call.spec(*UPDATABLE, required=("name",))
    row = location.fields.rename(_field(call, location), spec)
    return answer({"customField": row.json(location.id)})


def delete_field(call: Call) -> Response:
    """Delete a field with every value in it."""
    location = call.own(call.path["locationId"])
    drop_field(location, _field(call, location))
    return answer(succeeded(v3=call.v3))


def drop_field(location: Location, row: CustomField) -> None:
    """Delete a field with every contact's value in it."""
    for contact in location.contacts.each():
        if row.id in contact.custom:
            location.contacts.revise(contact, Revision(custom={row.id: None}))
    location.fields.delete(row)


# Tags


def _tag(location: Location, name: str) -> Json:
    return {"id": location.tags[name], "name": name, "locationId": location.id}


def tags(call: Call) -> Response:
    location = call.own(call.path["locationId"])
    rows = [_tag(location, name) for name in sorted(location.tags)]
    return answer({"tags": rows})


def create_tag(call: Call) -> Response:
    location = call.own(call.path["locationId"])
    name = str(call.spec("name", required=("name",))["name"]).strip().lower()
    if name in location.tags:
        raise bad_request("The tag name is already exist.")
    location.adopt_tags([name])
    return answer({"tag": _tag(location, name)})


def _named_tag(call: Call) -> tuple[Location, str]:
    location = call.own(call.path["locationId"])
    for name, tag_id in location.tags.items():
        if tag_id == call.path["tagId"]:
            return location, name
    raise not_found("Tag not found")


def tag(call: Call) -> Response:
    return answer({"tag": _tag(*_named_tag(call))})


def rename_tag(call: Call) -> Response:
    """Give a tag another name, on every contact that carries it."""
    location, name = _named_tag(call)
    wanted = str(call.spec("name", required=("name",))["name"]).strip().lower()
    if wanted != name and wanted in location.tags:
        raise bad_request("The tag name is already exist.")
    location.tags[wanted] = location.tags.pop(name)
    for contact in location.contacts.each():
        if name in contact.tags:
            renamed = [wanted if known == name else known for known in contact.tags]
            location.contacts.revise(contact, Revision(tags=renamed))
    return answer({"tag": _tag(location, wanted)})


def delete_tag(call: Call) -> Response:
    location, name = _named_tag(call)
    for contact in location.contacts.each():
        if name in contact.tags:
            left = [known for known in contact.tags if known != name]
            location.contacts.revise(contact, Revision(tags=left))
    del location.tags[name]
    return answer(succeeded(v3=call.v3))


# Workflows and users


def workflows(call: Call) -> Response:
    """Every workflow, drafts among them; neither steps nor triggers are shown."""
    location = call.own(call.asked("locationId", required=True))
    rows = location.engine.workflows() if location.engine is not None else []
    shown = ("id", "name", "status", "version", "createdAt", "updatedAt", "locationId")
    page = [{name: row[name] for name in shown} for row in rows]
    return answer({"workflows": page})


def _users(call: Call) -> list[User]:
    """Everyone the token's company has, its agency users first."""
    highlevel, company_id = call.highlevel, call.install.company_id
    agency = [row for row in highlevel.agency_users.values() if row.company_id == company_id]
    staff = [row for place in highlevel.of_company(company_id) for row in place.users]
    return list({row.id: row for row in (*agency, *staff)}.values())


def search_users(call: Call) -> Response:
    if call.asked("companyId", required=True) != call.install.company_id:
        raise foreign_location()
    location_id = call.asked("locationId") or call.install.location_id
    if location_id is not None:
        call.own(location_id)
    text = (call.asked("query") or "").lower()
    found = [
        row
        for row in _users(call)
        if (location_id is None or location_id in row.location_ids)
        and text in f"{row.first_name} {row.last_name} {row.email}".lower()
    ]
    skip, limit = call.count("skip", 0, 100_000, least=0), call.count("limit", 25, 100)
    page = [row.json() for row in found[skip : skip + limit]]
    return answer({"users": page, "count": len(found)})


def users(call: Call) -> Response:
    location = call.own(call.asked("locationId", required=True))
    return answer({"users": [row.json() for row in location.users]})


def user(call: Call) -> Response:
    found = next((row for row in _users(call) if row.id == call.path["userId"]), None)
    if found is None:
        raise bad_request("User not found")
    return answer({name: value for name, value in found.json().items() if name != "deleted"})
