"""Looking at a location's records, and changing them as its own staff would, outside the API."""

from collections.abc import Callable, Iterator
from datetime import datetime

from fastapi import APIRouter, HTTPException

from sandbox.assembly import Sandbox
from sandbox.control.highlevel import find_location
from sandbox.control.routes import Answer, Payload
from sandbox.highlevel.answers import ApiError
from sandbox.highlevel.contact_input import UPDATABLE, read_update
from sandbox.highlevel.contacts import Contact, Revision, contact_json
from sandbox.highlevel.conversations import TYPES
from sandbox.highlevel.gateway import read_object
from sandbox.highlevel.location import Location
from sandbox.highlevel.location_routes import drop_field
from sandbox.times import iso, read_moment

_ROWS: dict[str, Callable[[Location], Iterator[Answer]]] = {
    "contacts": lambda room: (contact_json(row) for row in room.contacts.each()),
    "messages": lambda room: (row.json(room.id) for row in room.conversations.messages()),
    "appointments": lambda room: (row.json(room.id, room.zone) for row in room.appointments.each()),
    "opportunities": lambda room: (row.json(room.id) for row in room.opportunities.each()),
    "transactions": lambda room: (row.transaction(room.id) for row in room.sales.each()),
    "orders": lambda room: (row.order(room.id) for row in room.sales.each("order")),
    "invoices": lambda room: (
        row.invoice(room.id, room.profile.name) for row in room.sales.each("invoice")
    ),
    "customFields": lambda room: (row.json(room.id) for row in room.fields.each()),
    "notes": lambda room: (row for rows in room.notes.values() for row in rows),
    "tasks": lambda room: (row for rows in room.tasks.values() for row in rows),
}


class HighLevelRecords:
    """Shows and changes records; changes are told to the app as those of any user are."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def router(self) -> APIRouter:
        """The routes under /control/highlevel/records."""
        router = APIRouter(prefix="/control/highlevel/records/{location}/{kind}")
        for method, path, handler in (
            ("GET", "", self.page),
            ("POST", "", self.create),
            ("GET", "/{record_id}", self.one),
            ("PATCH", "/{record_id}", self.change),
            ("DELETE", "/{record_id}", self.delete),
        ):
            router.add_api_route(path, handler, methods=[method])
        return router

    async def page(self, location: str, kind: str, offset: int = 0, limit: int = 100) -> Answer:
        """Records in the order they were made, or newest first for sales."""
        rows = list(self._rows(location, kind))
        return {"total": len(rows), "results": rows[offset : offset + min(limit, 1_000)]}

    async def one(self, location: str, kind: str, record_id: str) -> Answer:
        """One record with all its values; a contact also with custom values by field key."""
        for row in self._rows(location, kind):
            if record_id in {row.get("id"), row.get("_id")}:
                if kind == "contacts":
                    return row | self._more(find_location(self._sandbox, location), record_id)
                return row
        raise HTTPException(404, "no such record")

    def _more(self, room: Location, contact_id: str) -> Answer:
        contact = self._contact(room, contact_id)
        keys = {row.id: row.key for row in room.fields.each()}
        active, finished = room.engine.standing(contact_id) if room.engine else ([], [])
        return {
            "custom": {keys[key]: value for key, value in contact.custom.items()},
            "marks": {name: iso(at) for name, at in contact.marks.items()},
            "activeWorkflows": active,
            "finishedWorkflows": finished,
        }

    def _rows(self, location: str, kind: str) -> Iterator[Answer]:
        room = find_location(self._sandbox, location)
        if kind not in _ROWS:
            raise HTTPException(404, f"no such kind of record; there are: {', '.join(_ROWS)}")
        return _ROWS[kind](room)

    async def create(self, location: str, kind: str, values: Payload) -> Answer:
        """A contact, message, appointment, opportunity or transaction, made by hand."""
        room = find_location(self._sandbox, location)
        if kind == "contacts":
            contact = room.contacts.create(_revision(values, room, "companyName"))
            return {"id": contact.id}
        contact, at = self._contact(room, str(values.get("contactId"))), _moment(room, values)
        match kind:
            case "messages":
                kind_of, direction = values.get("messageType", "TYPE_SMS"), values.get("direction")
                if kind_of not in TYPES or direction not in {None, "inbound", "outbound"}:
                    raise HTTPException(400, f"messageType is one of: {', '.join(TYPES)}")
                body = str(values.get("body", ""))
                room.contacts.mark(contact, "lastActivity", at)
                message = room.conversations.write(
                    contact.id, str(kind_of), str(direction or "inbound"), at, body=body
                )
                return {"id": message.id}
            case "appointments":
                booked = room.appointments.book(contact.id, at, at=room.now(), title="Visit")
                return {"id": booked.id}
            case "opportunities":
                value = _amount(values, "monetaryValue")
                name = str(values.get("name", contact.name))
                opened = room.opportunities.open(contact.id, name, value, at=at, user_id=None)
                return {"id": opened.id}
            case "transactions":
                amount = _amount(values, "amount")
                sale = room.sales.record(contact, amount, at, invoice=values.get("invoice") is True)
                return {"id": sale.transaction_id}
        raise HTTPException(404, "records of this kind are not made by hand")

    async def change(self, location: str, kind: str, record_id: str, values: Payload) -> Answer:
        """Change a contact, an appointment's or opportunity's status, or refund a transaction."""
        room = find_location(self._sandbox, location)
        if kind == "contacts":
            contact = self._contact(room, record_id)
            changes = room.contacts.revise(contact, _revision(values, room, "companyName"))
            return {"changed": sorted(changes)}
        status = str(values.get("status"))
        appointment, opportunity = (
            room.appointments.get(record_id),
            room.opportunities.get(record_id),
        )
        if kind == "appointments" and appointment is not None:
            room.appointments.set_status(appointment, status, room.now())
        elif kind == "opportunities" and opportunity is not None:
            room.opportunities.close(opportunity, status, at=room.now())
        elif kind != "transactions" or not room.sales.refund(record_id):
            raise HTTPException(404, "no such record, or nothing about it can be changed")
        return {"changed": ["status"]}

    async def delete(self, location: str, kind: str, record_id: str) -> Answer:
        """Delete a contact with what belongs to it, or a custom field with its values."""
        room = find_location(self._sandbox, location)
        field = room.fields.find(record_id)
        if kind == "contacts":
            room.contacts.delete(self._contact(room, record_id))
        elif kind == "customFields" and field is not None:
            drop_field(room, field)
        else:
            raise HTTPException(404, "no such record, or it cannot be deleted by hand")
        return {"deleted": True}

    def _contact(self, room: Location, contact_id: str) -> Contact:
        contact = room.contacts.get(contact_id)
        if contact is None:
            raise HTTPException(404, "no such contact")
        return contact


def _revision(values: dict[str, object], room: Location, *more: str) -> Revision:
    """The values as the API reads them, and a few that only staff may set."""
    try:
        known = read_object(values, (*UPDATABLE, *more), ())
        bare = {name: value for name, value in known.items() if name not in more}
        revision = read_update(bare, room)
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


def _moment(room: Location, values: dict[str, object]) -> datetime:
    text = values.get("at")
    if text is None:
        return room.now()
    try:
        return read_moment(str(text))
    except ValueError as error:
        raise HTTPException(400, "at must be an ISO moment") from error


def _amount(values: dict[str, object], name: str) -> float:
    value = values.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HTTPException(400, f"{name} must be a number")
    return float(value)
