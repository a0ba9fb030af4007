"""Notes that staff or an app leave with a contact, over the API."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, not_found, succeeded
from sandbox.highlevel.gateway import Call, Operation
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

_ALL = "/contacts/{contactId}/notes"
_ONE = f"{_ALL}/{{id}}"
_READ, _WRITE = "contacts.readonly", "contacts.write"
KNOWN = ("userId", "body", "title", "color", "pinned")


def operations() -> list[Operation]:
    return [
        Operation("GET", _ALL, notes, _READ),
        Operation("POST", _ALL, create, _WRITE),
        Operation("GET", _ONE, show, _READ),
        Operation("PUT", _ONE, update, _WRITE),
        Operation("DELETE", _ONE, delete, _WRITE),
    ]


def notes(call: Call) -> Response:
    return answer({"notes": call.location.notes.get(call.contact().id, [])})


def create(call: Call) -> Response:
    contact, location = call.contact(), call.location
    spec = call.spec(*KNOWN, required=("body",))
    note: Json = {"id": location.ids.draw(), "contactId": contact.id, **spec}
    note["dateAdded"] = iso(location.now())
    location.notes.setdefault(contact.id, []).append(note)
    location.tell("NoteCreate", note)
    return answer({"note": note}, 201)


def _note(call: Call) -> Json:
    for note in call.location.notes.get(call.contact().id, []):
        if note["id"] == call.path["id"]:
            return note
    raise not_found("Note not found")


def show(call: Call) -> Response:
    return answer({"note": _note(call)})


def update(call: Call) -> Response:
    note = _note(call)
    note.update(call.spec(*KNOWN))
    call.location.tell("NoteUpdate", note)
    return answer({"note": note})


def delete(call: Call) -> Response:
    note = _note(call)
    call.location.notes[call.contact().id].remove(note)
    return answer(succeeded(v3=call.v3))
