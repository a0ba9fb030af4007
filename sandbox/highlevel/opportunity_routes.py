"""Opportunities made, changed and deleted over the API."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, not_found, succeeded
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.highlevel.opportunities import STATUSES, Opportunity
from sandbox.highlevel.sales_routes import shown_with_contact
from sandbox.kit.answers import Json

_ONE = "/opportunities/{id}"
_WRITE = "opportunities.write"
_CHANGED = (
    "pipelineId",
    "name",
    "pipelineStageId",
    "status",
    "monetaryValue",
    "assignedTo",
    "customFields",
)
_FORECAST = ("forecastExpectedCloseDate", "forecastProbability")  # in version 3 alone
_UPSERTED = (
    "id",
    "pipelineId",
    "locationId",
    "followers",
    "isRemoveAllFollowers",
    "followersActionType",
    "name",
    "status",
    "pipelineStageId",
    "monetaryValue",
    "assignedTo",
    "lostReasonId",
)
_NEEDED = ("pipelineId", "locationId", "followers", "isRemoveAllFollowers", "followersActionType")


def operations() -> list[Operation]:
    """Operations; fixed words come before ids."""
    return [
        Operation("POST", "/opportunities/upsert", upsert, _WRITE),
        Operation("POST", "/opportunities/", create, _WRITE),
        Operation("PUT", f"{_ONE}/status", set_status, _WRITE),
        Operation("PUT", _ONE, update, _WRITE),
        Operation("DELETE", _ONE, delete, _WRITE),
    ]


def _versioned(call: Call, *names: str) -> tuple[str, ...]:
    return (*names, *_FORECAST) if call.v3 else names


def create(call: Call) -> Response:
    known = _versioned(call, *_CHANGED, "locationId", "contactId")
    needed = ("pipelineId", "locationId", "name", "status", "contactId")
    spec = call.spec(*known, required=needed)
    location = call.own(spec["locationId"])
    row = _open(location, spec, str(spec["contactId"]))
    return answer({"opportunity": shown_with_contact(location, row)}, 201)


def _open(location: Location, spec: Json, contact_id: str) -> Opportunity:
    contact = location.contacts.get(contact_id)
    if contact is None:
        raise bad_request(f"Contact with id {contact_id} not found")
    _check(spec, location)
    user = contact.details.get("assignedTo")
    name = str(spec.get("name") or contact.name)
    row = location.opportunities.open(contact.id, name, 0.0, at=location.now(), user_id=user)
    _apply(spec, location, row)
    return row


def _check(spec: Json, location: Location) -> None:
    """Refuse a pipeline, stage, status, user or value that there cannot be."""
    pipeline = location.opportunities.pipeline
    if spec.get("pipelineId", pipeline.id) != pipeline.id:
        raise bad_request("The pipeline is not one of this location")
    if spec.get("pipelineStageId") not in {None, *(stage for stage, _ in pipeline.stages)}:
        raise bad_request("The stage is not one of this pipeline")
    if spec.get("status") not in {None, *STATUSES}:
        raise invalid(f"status must be one of the following values: {', '.join(STATUSES)}")
    if spec.get("assignedTo") is not None and location.user(str(spec["assignedTo"])) is None:
        raise bad_request("assignedTo is not a user of this location")
    value = spec.get("monetaryValue", 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid("monetaryValue must be a number")
    if spec.get("lostReasonId") not in {None, *location.opportunities.lost_reasons}:
        raise bad_request("lostReasonId is not a reason of this location")


def _apply(spec: Json, location: Location, row: Opportunity) -> None:
    """Change what is named; a change is told once for each thing that changed."""
    rows, now = location.opportunities, location.now()
    row.name = str(spec.get("name", row.name))
    row.user_id = str(spec["assignedTo"]) if spec.get("assignedTo") else row.user_id
    if spec.get("pipelineStageId") is not None and spec["pipelineStageId"] != row.stage_id:
        row.stage_id, row.stage_at = str(spec["pipelineStageId"]), now
    for field in _custom(spec):
        row.custom[str(field["id"])] = str(field.get("fieldValue", field.get("field_value")))
    value = float(str(spec.get("monetaryValue", row.value)))
    reason = rows.lost_reasons.get(str(spec.get("lostReasonId")))
    rows.change(row, spec.get("status"), at=now, value=value, lost_reason=reason)


def _custom(spec: Json) -> list[Json]:
    fields = spec.get("customFields") or []
    if not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields):
        raise invalid("customFields must be an array of objects")
    if not all(isinstance(one.get("id"), str) for one in fields):
        raise invalid("each value in customFields must have an id")
    return fields


def _row(call: Call) -> Opportunity:
    row = call.location.opportunities.get(call.path["id"])
    if row is None:
        raise not_found(f"Opportunity with id {call.path['id']} not found")
    return row


def update(call: Call) -> Response:
    row, location = _row(call), call.location
    spec = call.spec(*_versioned(call, *_CHANGED))
    _check(spec, location)
    _apply(spec, location, row)
    return answer({"opportunity": shown_with_contact(location, row)})


def set_status(call: Call) -> Response:
    row, location = _row(call), call.location
    spec = call.spec("status", "lostReasonId", required=("status",))
    _check(spec, location)
    _apply(spec, location, row)
    return answer(_done(call))


def _done(call: Call) -> Json:
    """The flag of success, which in version 3 has another name here than elsewhere."""
    return {"success": True} | succeeded(v3=False) if call.v3 else succeeded(v3=False)


def delete(call: Call) -> Response:
    call.location.opportunities.delete(_row(call))
    return answer(_done(call))


def upsert(call: Call) -> Response:
    """Change the opportunity with that id; the body names no contact that a new one could be of."""
    spec = call.spec(*_versioned(call, *_UPSERTED), required=_NEEDED)
    location = call.own(spec["locationId"])
    row = location.opportunities.get(str(spec.get("id")))
    if row is None:
        raise bad_request(f"Opportunity with id {spec.get('id')} not found")
    _check(spec, location)
    _apply(spec, location, row)
    return answer({"opportunity": shown_with_contact(location, row), "new": False})
