"""Looking at a location's records, and changing them as its own staff would, outside the API."""

from collections.abc import Callable, Iterator
from datetime import datetime

from fastapi import APIRouter, HTTPException

from sandbox.highlevel.contact_input import UPDATABLE, read_update
from sandbox.highlevel.contacts import Contact, Revision, contact_json
from sandbox.highlevel.control.here import Here, find_location
from sandbox.highlevel.conversations import TYPES
from sandbox.highlevel.gateway import read_object
from sandbox.highlevel.location import Location
from sandbox.highlevel.location_routes import drop_field
from sandbox.highlevel.merging import merge
from sandbox.highlevel.sales import CURRENCY
from sandbox.kit.answers import ApiError
from sandbox.kit.control import Answer, Payload
from sandbox.kit.moments import iso, read_moment

_ROWS: dict[str, Callable[[Location], Iterator[Answer]]] = {
    "contacts": lambda at: (contact_json(row) for row in at.contacts.each()),
    "messages": lambda at: (row.json(at.id) for row in at.conversations.messages()),
    "appointments": lambda at: (row.json(at.id, at.zone) for row in at.appointments.each()),
    "opportunities": lambda at: (row.json(at.id) for row in at.opportunities.each()),
    "transactions": lambda at: (row.transaction(at.id) for row in at.sales.each()),
    "orders": lambda at: (row.order(at.id) for row in at.sales.each("order")),
    "invoices": lambda at: (
        row.invoice(at.id, at.profile.name) for row in at.sales.each("invoice")
    ),
    "customFields": lambda at: (row.json(at.id) for row in at.fields.each()),
    "notes": lambda at: (row for rows in at.notes.values() for row in rows),
    "tasks": lambda at: (row for rows in at.tasks.values() for row in rows),
}


# What these routes change is told to the app, as the changes of any user are.
router = APIRouter(prefix="/control/highlevel/records/{location}/{kind}")


@router.get("")
async def page(
    accounts: Here, location: str, kind: str, offset: int = 0, limit: int = 100
) -> Answer:
    """Records in the order they were made, or newest first for sales."""
    rows = list(_rows(find_location(accounts, location), kind))
    return {"total": len(rows), "results": rows[offset : offset + min(limit, 1_000)]}


@router.get("/{record_id}")
async def one(accounts: Here, location: str, kind: str, record_id: str) -> Answer:
    """One record with all its values; a contact also with custom values by field key."""
    found = find_location(accounts, location)
    for row in _rows(found, kind):
        if record_id in {row.get("id"), row.get("_id")}:
            return row | _more(found, record_id) if kind == "contacts" else row
    raise HTTPException(404, "no such record")


@router.post("")
async def create(accounts: Here, location: str, kind: str, values: Payload) -> Answer:
    """A contact, message, note, appointment, opportunity or transaction, made by hand."""
    found = find_location(accounts, location)
    if kind == "contacts":
        made = found.contacts.create(_revision(values, found, "companyName"))
        return {"id": made.id}
    contact, at = _contact(found, str(values.get("contactId"))), _moment(found, values)
    match kind:
        case "messages":
            return {"id": _write_message(found, contact, values, at)}
        case "notes":
            note = found.leave_note(contact.id, str(values.get("body", "")), at=at)
            if values.get("untold") is not True:
                found.tell("NoteCreate", note)
            return {"id": note["id"]}
        case "appointments":
            booked = found.appointments.book(contact.id, at, at=found.now(), title="Visit")
            return {"id": booked.id}
        case "opportunities":
            value = _amount(values, "monetaryValue")
            name = str(values.get("name", contact.name))
            opened = found.opportunities.open(contact.id, name, value, at=at, user_id=None)
            return {"id": opened.id}
        case "transactions":
            amount = _amount(values, "amount")
            sale = found.sales.record(
                contact,
                amount,
                at,
                invoice=values.get("invoice") is True,
                currency=str(values.get("currency", CURRENCY)),
            )
            return {"id": sale.transaction_id}
    raise HTTPException(404, "records of this kind are not made by hand")


@router.patch("/{record_id}")
async def change(
    accounts: Here, location: str, kind: str, record_id: str, values: Payload
) -> Answer:
    """Change a contact, an appointment's or opportunity's status, or refund a transaction."""
    found = find_location(accounts, location)
    if kind == "contacts":
        contact = _contact(found, record_id)
        if "validEmail" in values:
            # What the platform's own check of an address finds; nobody can set it by the API.
            contact.valid_email = bool(values.pop("validEmail"))
        changes = found.contacts.revise(contact, _revision(values, found, "companyName"))
        return {"changed": sorted(changes)}
    status = str(values.get("status"))
    appointment = found.appointments.get(record_id)
    opportunity = found.opportunities.get(record_id)
    if kind == "appointments" and appointment is not None:
        found.appointments.set_status(appointment, status, found.now())
    elif kind == "opportunities" and opportunity is not None:
        found.opportunities.close(opportunity, status, at=found.now())
    elif kind != "transactions" or not found.sales.refund(record_id):
        raise HTTPException(404, "no such record, or nothing about it can be changed")
    return {"changed": ["status"]}


@router.post("/{record_id}/merge/{other_id}")
async def merge_duplicates(
    accounts: Here, location: str, kind: str, record_id: str, other_id: str
) -> Answer:
    """Merge a contact into another one, which keeps its id."""
    if kind != "contacts" or record_id == other_id:
        raise HTTPException(404, "only two contacts can be merged")
    found = find_location(accounts, location)
    merge(found, _contact(found, record_id), _contact(found, other_id))
    return {"id": record_id}


@router.delete("/{record_id}")
async def delete(accounts: Here, location: str, kind: str, record_id: str) -> Answer:
    """Delete a contact with what belongs to it, or a custom field with its values."""
    found = find_location(accounts, location)
    field = found.fields.find(record_id)
    if kind == "contacts":
        found.contacts.delete(_contact(found, record_id))
    elif kind == "customFields" and field is not None:
        drop_field(found, field)
    else:
        raise HTTPException(404, "no such record, or it cannot be deleted by hand")
    return {"deleted": True}


def _rows(location: Location, kind: str) -> Iterator[Answer]:
    if kind not in _ROWS:
        raise HTTPException(404, f"no such kind of record; there are: {', '.join(_ROWS)}")
    return _ROWS[kind](location)


def _more(location: Location, contact_id: str) -> Answer:
    """What a contact has that the API does not show in one place."""
    contact = _contact(location, contact_id)
    keys = {row.id: row.key for row in location.fields.each()}
    active, finished = location.engine.standing(contact_id) if location.engine else ([], [])
    return {
        "custom": {keys[key]: value for key, value in contact.custom.items()},
        "marks": {name: iso(at) for name, at in contact.marks.items()},
        "activeWorkflows": active,
        "finishedWorkflows": finished,
    }


def _contact(location: Location, contact_id: str) -> Contact:
    contact = location.contacts.get(contact_id)
    if contact is None:
        raise HTTPException(404, "no such contact")
    return contact


def _write_message(
    location: Location, contact: Contact, values: dict[str, object], at: datetime
) -> str:
    kind, direction = values.get("messageType", "TYPE_SMS"), values.get("direction")
    if kind not in TYPES or direction not in {None, "inbound", "outbound"}:
        raise HTTPException(400, f"messageType is one of: {', '.join(TYPES)}")
    body = str(values.get("body", ""))
    location.contacts.mark(contact, "lastActivity", at)
    message = location.conversations.write(
        contact.id, str(kind), str(direction or "inbound"), at, body=body
    )
    return message.id


def _revision(values: dict[str, object], location: Location, *more: str) -> Revision:
    """The values as the API reads them, and a few that only staff may set."""
    try:
        known = read_object(values, (*UPDATABLE, *more), ())
        bare = {name: value for name, value in known.items() if name not in more}
        revision = read_update(bare, location)
    except ApiError as error:
        raise HTTPException(400, error.body["message"]) from error
    extra = {name: str(values[name]) for name in more if name in values}
    return Revision(
        details={**(revision.details or {}), **extra},
        tags=revision.tags,
        custom=revision.custom,
        dnd=revision.dnd,
        dnd_settings=revision.dnd_settings,
        inbound_dnd=revision.inbound_dnd,
    )


def _moment(location: Location, values: dict[str, object]) -> datetime:
    text = values.get("at")
    if text is None:
        return location.now()
    try:
        return read_moment(str(text))
    except ValueError as error:
        raise HTTPException(400, "at must be an ISO moment") from error


def _amount(values: dict[str, object], name: str) -> float:
    value = values.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HTTPException(400, f"{name} must be a number")
    return float(value)
