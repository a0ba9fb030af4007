"""Contacts made, merged into known ones, listed and looked up: what `/contacts/` itself offers."""

import re
from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from sandbox.highlevel.answers import answer, error_body, invalid, trace_id
from sandbox.highlevel.contact_input import CREATABLE, read_update
from sandbox.highlevel.contacts import Contact, Revision, contact_json, custom_values
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.moments import epoch_ms, iso

_READ, _WRITE = "contacts.readonly", "contacts.write"
_SEARCHED = ("email", "phone", "companyName")
# What the answer to a creation shows, by its document: fewer names than a contact that is asked for.
_SHOWN_WHEN_MADE = (
    "id",
    "locationId",
    "firstName",
    "firstNameLowerCase",
    "fullNameLowerCase",
    "lastName",
    "lastNameLowerCase",
    "email",
    "emailLowerCase",
    "phone",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "source",
    "companyName",
    "dateOfBirth",
    "assignedTo",
    "type",
    "dateAdded",
    "dateUpdated",
    "tags",
    "customFields",
    "dnd",
    "dndSettings",
)


def operations() -> list[Operation]:
    """Operations; these fixed words come before ids are tried."""
    return [
        Operation("POST", "/contacts/upsert", upsert, _WRITE),
        Operation("GET", "/contacts/search/duplicate", find_duplicate, _READ),
        Operation("POST", "/contacts/", create, _WRITE),
        Operation("GET", "/contacts/", list_contacts, _READ, v3=False),
    ]


def create(call: Call) -> Response:
    """A new contact; 400 with the known one's id where the location allows no duplicates."""
    location, revision = _read(call)
    if not location.allow_duplicates:
        known = next(_duplicates(location, revision), None)
        if known is not None:
            raise _duplicated(*known)
    contact = location.contacts.create(revision, created_by="INTEGRATION")
    shown = contact_json(contact, v3=call.v3)
    made = {name: shown[name] for name in _SHOWN_WHEN_MADE if name in shown}
    return answer({"contact": made | {"deleted": False}}, 201)


def upsert(call: Call) -> Response:
    """Change the contact with that address or number, or make one.

    The address decides; a number that another contact has is left out without a word.
    """
    location, revision = _read(call)
    matches = list(_duplicates(location, revision))
    wants_new = call.spec(*CREATABLE).get("createNewIfDuplicateAllowed") is True
    fresh = not matches or (wants_new and location.allow_duplicates)
    if fresh:
        contact = location.contacts.create(revision, created_by="INTEGRATION")
    else:
        contact = matches[0][0]
        taken = {name for other, name in matches if other is not contact}
        details = {k: v for k, v in (revision.details or {}).items() if k not in taken}
        location.contacts.revise(contact, replace(revision, details=details))
    shown = contact_json(contact, v3=call.v3)
    return answer({"new": fresh, "contact": shown, "traceId": trace_id()})


def _read(call: Call) -> tuple[Location, Revision]:
    spec = call.spec(*CREATABLE, required=("locationId",))
    location = call.own(spec["locationId"])
    return location, read_update(spec, location, v3=call.v3)


def _duplicates(location: Location, revision: Revision) -> Iterator[tuple[Contact, str]]:
    """Contacts with the same address, then those with the same number, and what they share."""
    details = revision.details or {}
    for name in ("email", "phone"):
        wanted = _comparable(name, details.get(name))
        for contact in location.contacts.each() if wanted else ():
            if _comparable(name, contact.details.get(name)) == wanted:
                yield contact, name


def _comparable(name: str, value: str | None) -> str:
    """An address or number without what makes no difference."""
    if name == "email":
        return (value or "").strip().lower()
    digits = re.sub(r"\D", "", value or "")
    return digits.removeprefix("1") if len(digits) == 11 else digits


def _duplicated(contact: Contact, name: str) -> ApiError:
    meta = {"contactId": contact.id, "matchingField": name}
    message = "This location does not allow duplicated contacts."
    return ApiError(400, error_body(400, message, meta=meta))


def find_duplicate(call: Call) -> Response:
    """The contact with an address or else with a number; null where there is none."""
    location = call.own(call.asked("locationId", required=True))
    email, number = call.asked("email"), call.asked("number")
    if email is None and number is None:
        raise invalid("email or number should not be empty")
    wanted = Revision(details={"email": email, "phone": number})
    found = next(_duplicates(location, wanted), None)
    shown = None if found is None else contact_json(found[0], v3=call.v3)
    return answer({"contact": shown, "traceId": trace_id()})


def list_contacts(call: Call) -> Response:
    """Contacts from the newest on; a cursor needs both of its parts, or the first page comes again."""
    location = call.own(call.asked("locationId", required=True))
    text, limit = (call.asked("query") or "").lower(), call.count("limit", 20, 100)
    rows = [contact for contact in location.contacts.each() if _mentions(contact, text)]
    rows.sort(key=_key, reverse=True)
    total = len(rows)
    after, after_id = call.asked("startAfter"), call.asked("startAfterId")
    if after and after_id:
        if not after.isdigit():
            raise invalid("startAfter must be a number")
        rows = [row for row in rows if _key(row) < (int(after), after_id)]
    page = rows[:limit]
    meta: Json = {"total": total}
    if len(rows) > limit:
        at, last_id = _key(page[-1])
        query = f"locationId={location.id}&limit={limit}&startAfter={at}&startAfterId={last_id}"
        meta |= {"startAfter": at, "startAfterId": last_id, "nextPageUrl": f"/contacts/?{query}"}
    return answer({"contacts": [_row(row) for row in page], "count": total, "meta": meta})


def _mentions(contact: Contact, text: str) -> bool:
    values = (contact.name, *(contact.details.get(name) for name in _SEARCHED))
    return any(text in (value or "").lower() for value in values)


def _key(contact: Contact) -> tuple[int, str]:
    return epoch_ms(contact.added), contact.id


def _row(contact: Contact) -> Json:
    """One contact of the list, which by its document shows little."""
    names = ("email", "timezone", "country", "source")
    known = {name: contact.details[name] for name in names if contact.details.get(name)}
    return {
        "id": contact.id,
        "locationId": contact.location_id,
        **known,
        "dateAdded": iso(contact.added),
        "customFields": custom_values(contact),
        "tags": list(contact.tags),
        "attributions": [],
        "followers": list(contact.followers),
    }
