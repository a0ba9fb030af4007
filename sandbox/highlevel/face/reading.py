"""What a location's pages show: its contacts, one contact's record, and what happened."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sandbox.highlevel.contacts import Contact
from sandbox.highlevel.conversations import Message
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json
from sandbox.kit.face.showing import Entry, Group, Happening, Listed, Person, Row, Task
from sandbox.kit.moments import read_moment

PAGE = 50
COLUMNS = ("E-mail", "Phone", "Tags", "Last changed")
_ABOUT = {
    "email": "E-mail",
    "phone": "Phone",
    "companyName": "Company",
    "city": "City",
    "state": "State",
    "timezone": "Time zone",
    "source": "Source",
}
_KINDS = {
    "TYPE_CALL": "Call",
    "TYPE_SMS": "Text message",
    "TYPE_EMAIL": "E-mail",
    "TYPE_CAMPAIGN_EMAIL": "Campaign e-mail",
    "TYPE_FORM_SUBMISSION": "Form",
}


def home(location: Location) -> str:
    """Where a location's contacts are listed, at HighLevel's own path."""
    return f"/highlevel/v2/location/{location.id}/contacts/smart_list/All"


def record_address(location: Location, contact_id: str) -> str:
    """Where a contact's record is, at HighLevel's own path."""
    return f"/highlevel/v2/location/{location.id}/contacts/detail/{contact_id}"


def list_contacts(location: Location, asked: str, after: int) -> Listed:
    """Contacts whose name, address or number holds the words, in the order they were made; `after` are skipped."""
    words = asked.casefold().split()
    held = [one for one in location.contacts.each() if _holds(one, words)]
    rows = [
        Row(
            record_address(location, one.id),
            _name(one),
            [
                one.details.get("email") or "",
                one.details.get("phone") or "",
                ", ".join(one.tags),
                f"{one.updated:%Y-%m-%d}",
            ],
        )
        for one in held[after : after + PAGE]
    ]
    following = str(after + PAGE) if len(held) > after + PAGE else None
    return Listed(COLUMNS, rows, len(location.contacts), following)


def read_person(location: Location, contact: Contact) -> Person:
    """A contact's record with its history and tasks, newest first."""
    found = [*_entries(location, contact.id), *_payments(location, contact.id)]
    entries = sorted(found, key=lambda one: one.at, reverse=True)
    tasks = [_task(location, row) for row in reversed(location.tasks.get(contact.id, []))]
    return Person(
        id=contact.id,
        name=_name(contact),
        address=record_address(location, contact.id),
        groups=_groups(location, contact),
        entries=entries,
        tasks=sorted(tasks, key=lambda task: task.is_done),
        deals=[one for one in entries if one.kind in {"Opportunity", "Payment"}],
    )


def read_happenings(location: Location, since: datetime) -> list[Happening]:
    """What happened to the location's contacts after a moment, oldest first."""
    paid = {sale.contact.id for sale in location.sales.each() if sale.at > since}
    found = [
        Happening(
            location.profile.name, _name(contact), record_address(location, contact.id), entry
        )
        for contact in location.contacts.each()
        for entry in (
            *_entries(location, contact.id),
            *_of_tasks(location, contact.id),
            *(_payments(location, contact.id) if contact.id in paid else ()),
        )
        if entry.at > since
    ]
    return sorted(found, key=lambda one: one.entry.at)


def _name(contact: Contact) -> str:
    return contact.name or contact.details.get("email") or f"Contact {contact.id}"


def _holds(contact: Contact, words: Iterable[str]) -> bool:
    details = contact.details
    text = f"{contact.name} {details.get('email')} {details.get('phone')} {contact.id}".casefold()
    return all(word in text for word in words)


def _groups(location: Location, contact: Contact) -> list[Group]:
    """The contact itself, then the fields that staff and apps have made."""
    about = [
        (label, str(contact.details.get(n)))
        for n, label in _ABOUT.items()
        if contact.details.get(n)
    ]
    blocked = [
        name for name, row in contact.dnd_settings.items() if row.get("status") != "inactive"
    ]
    if contact.dnd or blocked:
        about.append(("Do not disturb", "all channels" if contact.dnd else ", ".join(blocked)))
    if contact.tags:
        about.append(("Tags", ", ".join(contact.tags)))
    fields = [
        (field.name, str(contact.custom[field.id]))
        for field in sorted(location.fields.each("contact"), key=lambda field: field.name)
        if contact.custom.get(field.id) not in {None, ""}
    ]
    return [Group("About this contact", about), Group("Custom fields", fields)]


def _entries(location: Location, contact_id: str) -> Iterator[Entry]:
    talk = location.conversations.of(contact_id)
    for message in talk.messages if talk else ():
        if not message.activity:
            yield _message(message)
    for note in location.notes.get(contact_id, []):
        yield Entry(read_moment(str(note["dateAdded"])), "Note", "", str(note["body"]))
    for visit in location.appointments.of(contact_id):
        title = f"{visit.title}, {visit.status}"
        yield Entry(visit.added, "Appointment", title, inward=True)
    for chance in location.opportunities.of(contact_id):
        yield Entry(
            chance.created, "Opportunity", chance.name, f"{chance.status} · {chance.value:g}"
        )


def _payments(location: Location, contact_id: str) -> Iterator[Entry]:
    for sale in location.sales.each():
        if sale.contact.id == contact_id:
            text = f"{sale.amount:g} {sale.currency}"
            yield Entry(sale.at, "Payment", sale.payment_status, text, inward=True)


def _message(message: Message) -> Entry:
    inward = message.direction == "inbound"
    kind = _KINDS.get(message.type, message.type)
    title = message.call_status or message.subject
    return Entry(message.at, f"{kind} from them" if inward else kind, title, message.body, inward)


def _of_tasks(location: Location, contact_id: str) -> Iterator[Entry]:
    for task in location.tasks.get(contact_id, []):
        made, done = location.task_moments[str(task["id"])]
        yield Entry(made, "Task", str(task["title"]))
        if done is not None:
            yield Entry(done, "Task done", str(task["title"]))


def _task(location: Location, row: Json) -> Task:
    owner = location.user(str(row.get("assignedTo") or ""))
    due = row.get("dueDate")
    return Task(
        id=str(row["id"]),
        title=str(row["title"]),
        text=str(row.get("body") or ""),
        due=read_moment(str(due)) if due else None,
        owner=f"{owner.first_name} {owner.last_name}" if owner else "",
        is_done=row.get("completed") is True,
    )
