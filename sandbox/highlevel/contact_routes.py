"""Contacts one by one: read, update, delete, tags, workflows, appointments, followers."""

from starlette.responses import Response

from sandbox.highlevel.answers import (
    answer,
    bad_request,
    invalid,
    not_found,
    succeeded,
    trace_id,
)
from sandbox.highlevel.contact_input import UPDATABLE, read_tags, read_update
from sandbox.highlevel.contacts import Contact, Revision, contact_json
from sandbox.highlevel.gateway import Call, Operation
from sandbox.kit.answers import Json
from sandbox.kit.moments import read_moment

_ONE = "/contacts/{contactId}"
_READ, _WRITE = "contacts.readonly", "contacts.write"


def operations() -> list[Operation]:
    """Operations below `/contacts`; bulk tags come first, before ids are tried."""
    return [
        Operation("POST", "/contacts/bulk/tags/update/{type}", bulk_tags, _WRITE),
        Operation("GET", _ONE, show, _READ),
        Operation("PUT", _ONE, update, _WRITE),
        Operation("DELETE", _ONE, delete, _WRITE),
        Operation("POST", f"{_ONE}/tags", add_tags, _WRITE),
        Operation("DELETE", f"{_ONE}/tags", remove_tags, _WRITE),
        Operation("POST", f"{_ONE}/workflow/{{workflowId}}", add_to_workflow, _WRITE),
        Operation("DELETE", f"{_ONE}/workflow/{{workflowId}}", remove_from_workflow, _WRITE),
        Operation("GET", f"{_ONE}/appointments", appointments, _READ),
        Operation("POST", f"{_ONE}/followers", add_followers, _WRITE),
        Operation("DELETE", f"{_ONE}/followers", remove_followers, _WRITE),
    ]


def show(call: Call) -> Response:
    return answer({"contact": contact_json(call.contact(), v3=call.v3), "traceId": trace_id()})


def update(call: Call) -> Response:
    contact = call.contact()
    revision = read_update(call.spec(*UPDATABLE), call.location, v3=call.v3)
    changes = call.location.contacts.revise(contact, revision)
    _count(call, contact, changed=bool(changes))
    return answer(succeeded(v3=call.v3) | {"contact": contact_json(contact, v3=call.v3)})


def delete(call: Call) -> Response:
    call.location.contacts.delete(call.contact())
    return answer(succeeded(v3=call.v3))


def _count(call: Call, contact: Contact, *, changed: bool) -> None:
    call.highlevel.counters.wrote(call.location.id, "contacts", contact.id, changed=changed)


# Tags


def _wanted_tags(call: Call) -> list[str]:
    faults: list[str] = []
    tags = read_tags(call.spec("tags", required=("tags",))["tags"], faults)
    if faults:
        raise invalid(*faults)
    return tags


def _retag(call: Call, contact: Contact, tags: list[str]) -> None:
    changed = tags != contact.tags
    if changed:
        call.location.contacts.revise(contact, Revision(tags=tags))
    _count(call, contact, changed=changed)


def add_tags(call: Call) -> Response:
    contact, wanted = call.contact(), _wanted_tags(call)
    added = [tag for tag in wanted if tag not in contact.tags]
    _retag(call, contact, [*contact.tags, *added])
    return answer({"tags": contact.tags, "tagsAdded": added}, 201)


def remove_tags(call: Call) -> Response:
    contact, wanted = call.contact(), _wanted_tags(call)
    removed = [tag for tag in contact.tags if tag in wanted]
    _retag(call, contact, [tag for tag in contact.tags if tag not in wanted])
    return answer({"tags": contact.tags, "tagsRemoved": removed})


def bulk_tags(call: Call) -> Response:
    """Add or remove tags of many contacts; each has a result of its own."""
    kind = call.path["type"]
    if kind not in {"add", "remove"}:
        raise not_found(f"Cannot POST /contacts/bulk/tags/update/{kind}")
    known = ("contacts", "tags", "locationId", "removeAllTags")
    spec = call.spec(*known, required=("contacts", "tags", "locationId"))
    call.own(spec["locationId"])
    faults: list[str] = []
    tags, ids = read_tags(spec["tags"], faults), spec["contacts"]
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        faults.append("each value in contacts must be a string")
    elif len(ids) > call.highlevel.limits.bulk_tag_contacts:
        faults.append(
            f"contacts must contain no more than {call.highlevel.limits.bulk_tag_contacts} elements"
        )
    if faults or not isinstance(ids, list):
        raise invalid(*faults)
    clear = kind == "remove" and spec.get("removeAllTags") is True
    results = [_bulk_result(call, contact_id, kind, tags, clear=clear) for contact_id in ids]
    errors = sum(result["type"] == "error" for result in results)
    call.highlevel.counters.inputs["/highlevel/contacts/bulk/tags/update"] += len(ids)
    return answer(succeeded(v3=call.v3) | {"errorCount": errors, "responses": results}, 201)


def _bulk_result(call: Call, contact_id: str, kind: str, tags: list[str], *, clear: bool) -> Json:
    contact = call.location.contacts.get(contact_id)
    if contact is None:
        empty: Json = {"oldTags": [], "tagsAdded": [], "tagsRemoved": []}
        return {"contactId": contact_id, "message": "Contact not found", "type": "error", **empty}
    before = list(contact.tags)
    if kind == "add":
        after = [*before, *(tag for tag in tags if tag not in before)]
    else:
        after = [] if clear else [tag for tag in before if tag not in tags]
    _retag(call, contact, after)
    return {
        "contactId": contact_id,
        "message": "Tags updated",
        "type": "success",
        "oldTags": before,
        "tagsAdded": [tag for tag in after if tag not in before],
        "tagsRemoved": [tag for tag in before if tag not in after],
    }


# Workflows


def add_to_workflow(call: Call) -> Response:
    """Queue the contact; success does not mean that the workflow takes it. A draft is refused."""
    contact, workflow_id = call.contact(), _workflow(call)
    engine = call.location.engine
    drafts = {w["id"] for w in engine.workflows() if w["status"] == "draft"} if engine else set()
    if workflow_id in drafts:
        raise bad_request(f"Workflow with id {workflow_id} is not published")
    start = call.spec("eventStartTime").get("eventStartTime")
    if start is not None:
        try:
            read_moment(str(start))
        except ValueError as error:
            raise invalid("eventStartTime must be a valid ISO 8601 date string") from error
    location = call.location
    if location.engine is not None and location.engine.add(workflow_id, contact.id):
        call.highlevel.counters.enrolled[location.id, workflow_id, contact.id] += 1
    return answer(succeeded(v3=call.v3))


def remove_from_workflow(call: Call) -> Response:
    contact, workflow_id = call.contact(), _workflow(call)
    if call.location.engine is not None:
        call.location.engine.remove(workflow_id, contact.id)
    return answer(succeeded(v3=call.v3))


def _workflow(call: Call) -> str:
    workflow_id, engine = call.path["workflowId"], call.location.engine
    if engine is None or not engine.knows(workflow_id):
        raise bad_request(f"Workflow with id {workflow_id} not found")
    return workflow_id


# What belongs to a contact


def appointments(call: Call) -> Response:
    contact, location = call.contact(), call.location
    rows = location.appointments.of(contact.id)
    events = [row.local_json(location.id, location.zone) for row in rows]
    return answer({"events": events})


def _wanted_followers(call: Call) -> list[str]:
    wanted = call.spec("followers", required=("followers",))["followers"]
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise invalid("each value in followers must be a string")
    return list(dict.fromkeys(wanted))


def add_followers(call: Call) -> Response:
    contact = call.contact()
    added = [one for one in _wanted_followers(call) if one not in contact.followers]
    contact.followers += added
    return answer({"followers": contact.followers, "followersAdded": added}, 201)


def remove_followers(call: Call) -> Response:
    contact, wanted = call.contact(), _wanted_followers(call)
    removed = [one for one in contact.followers if one in wanted]
    contact.followers = [one for one in contact.followers if one not in wanted]
    return answer({"followers": contact.followers, "followersRemoved": removed})
