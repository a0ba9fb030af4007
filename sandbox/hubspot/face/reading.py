"""What a portal's pages show: its contacts, one contact's record, and what happened."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape

from sandbox.hubspot.conversations import CHANNELS, Message
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.hubspot.staff import DONE
from sandbox.kit.face.showing import Entry, Group, Happening, Listed, Person, Row, Task, told
from sandbox.kit.moments import read_moment

PAGE = 50
COLUMNS = ("E-mail", "Phone", "Lifecycle stage", "Last changed")
_ABOUT = (
    *("email", "phone", "mobilephone", "lifecyclestage", "hs_lead_status", "hubspot_owner_id"),
    *("city", "state", "createdate", "notes_last_contacted", "hs_email_optout"),
)
_CALLS = {"COMPLETED": "answered", "NO_ANSWER": "no answer"}
_WITH_PEOPLE = ("emails", "communications", "calls", "meetings", "notes", "deals", "tickets")


def home(portal: Portal) -> str:
    """Where a portal's contacts are listed, at HubSpot's own path."""
    return f"/contacts/{portal.id}/objects/0-1/views/all/list"


def record_address(portal: Portal, contact_id: str) -> str:
    """Where a contact's record is, at HubSpot's own path."""
    return f"/contacts/{portal.id}/record/0-1/{contact_id}"


def list_contacts(portal: Portal, asked: str, after: int) -> Listed:
    """Contacts whose name, address or number holds the words, by ascending id."""
    words, found = asked.casefold().split(), []
    for record in portal.records.each("contacts"):
        if int(record.id) > after and _holds(record, words):
            found.append(record)
            if len(found) > PAGE:
                break
    rows = [_row(portal, record) for record in found[:PAGE]]
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return Listed(COLUMNS, rows, portal.records.count("contacts"), following)


def read_person(portal: Portal, record: Record) -> Person:
    """A contact's record with its history and tasks, newest first."""
    entries = sorted(_entries(portal, record), key=lambda one: one.at, reverse=True)
    return Person(
        id=record.id,
        name=name_of(record),
        address=record_address(portal, record.id),
        groups=_groups(portal, record),
        entries=entries,
        tasks=_tasks(portal, record),
        deals=[one for one in entries if one.kind == "Deal"],
    )


def read_happenings(portal: Portal, since: datetime) -> list[Happening]:
    """What happened to the portal's contacts after a moment, oldest first."""
    records, found = portal.records, []
    for kind in (*_WITH_PEOPLE, "tasks"):
        for record in records.each(kind):
            if max(record.created_at, record.updated_at) <= since:
                continue
            for contact_id in records.associated(kind, record.id, "contacts")[:1]:
                found += [_happening(portal, contact_id, one) for one in _of(portal, record, since)]
    for owner, thread in portal.conversations.each():
        found += [
            _happening(portal, owner, one)
            for one in _thread_entries(thread.channel, thread.messages)
            if one.at > since
        ]
    return sorted((one for one in found if one.entry.at > since), key=lambda one: one.entry.at)


def name_of(record: Record) -> str:
    """The person's name, or what there is instead."""
    values = record.properties
    name = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
    return name or values.get("email") or f"Contact {record.id}"


def _holds(record: Record, words: list[str]) -> bool:
    if not words:
        return True
    values = record.properties
    text = f"{name_of(record)} {values.get('email', '')} {values.get('phone', '')} {record.id}"
    return all(word in text.casefold() for word in words)


def _row(portal: Portal, record: Record) -> Row:
    values = record.properties
    details = [values.get(name) or "" for name in ("email", "phone", "lifecyclestage")]
    return Row(
        record_address(portal, record.id),
        name_of(record),
        [*details, f"{record.updated_at:%Y-%m-%d}"],
    )


def _groups(portal: Portal, record: Record) -> list[Group]:
    """What staff look at first, then the groups that apps have made, then everything else."""
    known = {d.name: d for d in portal.definitions.each("contacts")}
    values = {name: value for name, value in record.properties.items() if value and name in known}
    made: dict[str, list[tuple[str, str]]] = {}
    rest: list[tuple[str, str]] = []
    ours = {d.group for d in known.values() if d.hubspot_defined}
    for name, value in sorted(values.items(), key=lambda item: known[item[0]].label):
        shown = (known[name].label, _value(portal, name, value))
        if name in _ABOUT:
            continue
        if known[name].group in ours:
            rest.append(shown)
        else:
            label = portal.definitions.group("contacts", known[name].group).label
            made.setdefault(label, []).append(shown)
    about = [(known[n].label, _value(portal, n, str(values[n]))) for n in _ABOUT if n in values]
    return [
        Group("About this contact", about),
        *(Group(label, rows) for label, rows in made.items()),
        Group("All other properties", rest, is_open=False),
    ]


def _value(portal: Portal, name: str, value: str) -> str:
    """A value as people read it: an owner's name, a moment, a choice's label."""
    if name == "hubspot_owner_id":
        return _owner(portal, value)
    definition = portal.definitions.find("contacts", name)
    if definition is not None and definition.type == "datetime":
        return told(read_moment(value), portal.account.time_zone)
    options = definition.options if definition is not None else ()
    return next((option.label for option in options if option.value == value), value)


def _owner(portal: Portal, owner_id: str | None) -> str:
    found = next((one for one in portal.owners if one.id == owner_id), None)
    return f"{found.first_name} {found.last_name}" if found else ""


def _entries(portal: Portal, contact: Record) -> Iterator[Entry]:
    records = portal.records
    for kind in _WITH_PEOPLE:
        for other_id in records.associated("contacts", contact.id, kind):
            other = records.get(kind, other_id)
            if other is not None:
                yield from _of(portal, other, None)
    for owner, thread in portal.conversations.each():
        if owner == contact.id:
            # What went out is logged with the contact as well.
            yield from _thread_entries(thread.channel, thread.messages)
    at = contact.properties.get("recent_conversion_date")
    if at:
        form = contact.properties.get("recent_conversion_event_name") or ""
        yield Entry(read_moment(at), "Form", form, inward=True)


def _of(portal: Portal, record: Record, since: datetime | None) -> Iterator[Entry]:
    """What a record says happened; a task is made and, later, done."""
    values = {name: value or "" for name, value in record.properties.items()}
    at = read_moment(values.get("hs_timestamp") or values.get("createdate") or "1970-01-01")
    match record.kind:
        case "emails":
            inward = values.get("hs_email_direction") == "INCOMING_EMAIL"
            title = values.get("hs_email_subject", "")
            text = values.get("hs_email_text", "")
            yield Entry(at, "E-mail from them" if inward else "E-mail", title, text, inward)
        case "communications":
            channel = values.get("hs_communication_channel_type", "")
            kind = "Text message" if channel == "SMS" else channel.capitalize()
            yield Entry(at, kind, "", values.get("hs_communication_body", ""))
        case "calls":
            inward = values.get("hs_call_direction") == "INBOUND"
            state = _CALLS.get(values.get("hs_call_status", ""), "")
            yield Entry(at, "Call from them" if inward else "Call", state, "", inward)
        case "meetings":
            title = f"{values.get('hs_meeting_title', '')}, {values.get('hs_meeting_outcome', '').lower()}"
            yield Entry(record.created_at if since else at, "Meeting", title, "", inward=True)
        case "notes":
            yield Entry(at, "Note", "", _plain(values.get("hs_note_body", "")))
        case "deals":
            sum_, stage = values.get("amount", ""), _stage(portal, values.get("dealstage", ""))
            text = " · ".join(filter(None, (stage, f"{sum_} {portal.account.currency}")))
            yield Entry(record.created_at, "Deal", values.get("dealname", ""), text)
        case "tickets":
            yield Entry(at, "Ticket", values.get("subject", ""), "", inward=True)
        case _:
            is_done = values.get("hs_task_status") == DONE
            title = values.get("hs_task_subject", "")
            yield Entry(record.created_at, "Task", title)
            if is_done:
                yield Entry(record.updated_at, "Task done", title)


def _plain(text: str) -> str:
    """Notes and tasks are written in HTML."""
    lines = re.sub(r"<br ?/?>|</p>", "\n", text)
    return unescape(re.sub(r"<[^>]*>", "", lines)).strip()


def _stage(portal: Portal, stage_id: str) -> str:
    stages = [stage for one in portal.pipelines.get("deals", []) for stage in one.stages]
    return next((stage.label for stage in stages if stage.id == stage_id), stage_id)


def _thread_entries(channel: str, messages: list[Message]) -> Iterator[Entry]:
    for message in messages:
        if message.incoming:
            kind = "Text message" if CHANNELS[channel] == "SMS" else "Message"
            yield Entry(message.at, f"{kind} from them", "", message.text, inward=True)


def _tasks(portal: Portal, contact: Record) -> list[Task]:
    found = []
    for task_id in portal.records.associated("contacts", contact.id, "tasks"):
        record = portal.records.get("tasks", task_id)
        if record is None:
            continue
        values = record.properties
        due = values.get("hs_timestamp")
        task = Task(
            id=record.id,
            title=values.get("hs_task_subject") or "Task",
            text=_plain(values.get("hs_task_body") or ""),
            due=read_moment(due) if due else None,
            owner=_owner(portal, values.get("hubspot_owner_id")),
            is_done=values.get("hs_task_status") == DONE,
        )
        found.append(task)
    return sorted(found, key=lambda task: (task.is_done, -int(task.id)))


def _happening(portal: Portal, contact_id: str, entry: Entry) -> Happening:
    record = portal.records.get("contacts", contact_id)
    name = name_of(record) if record is not None else contact_id
    return Happening(portal.account.name, name, record_address(portal, contact_id), entry)
