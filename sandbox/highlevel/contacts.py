"""The contacts of one location, and who is told when one of them changes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

Dnd = dict[str, dict[str, str]]
Changes = dict[str, tuple[object, object]]

CHANNELS = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")
V3_CHANNELS = (
    "call",
    "email",
    "sms",
    "whatsApp",
    "gmb",
    "fb",
)  # the same, as version 3 spells them
DETAILS = (
    "firstName",
    "lastName",
    "email",
    "phone",
    "companyName",
    "address1",
    "city",
    "state",
    "country",
    "postalCode",
    "website",
    "timezone",
    "dateOfBirth",
    "source",
    "assignedTo",
)


@dataclass(slots=True)
class Contact:
    """One contact; `custom` holds values by field id, `marks` moments only search can see."""

    id: str
    location_id: str
    added: datetime
    updated: datetime
    details: dict[str, str | None] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    custom: dict[str, object] = field(default_factory=dict)
    dnd: bool = False
    dnd_settings: Dnd = field(default_factory=dict)
    inbound_dnd: Dnd = field(default_factory=dict)
    followers: list[str] = field(default_factory=list)
    valid_email: bool | None = None
    marks: dict[str, datetime] = field(default_factory=dict)
    created_by: str = "FORM"
    attributions: list[Json] = field(
        default_factory=list
    )  # of web sessions, the first and the last
    deleted: bool = False
    odd: Json = field(default_factory=dict)  # values of odd shapes that its answers carry instead

    @property
    def name(self) -> str:
        """First and last name, as the vendor shows them."""
        parts = (self.details.get("firstName"), self.details.get("lastName"))
        return " ".join(part for part in parts if part)

    def blocked(self, channel: str) -> bool:
        """Whether do-not-disturb stands for the channel: "active" means that it does."""
        status = self.dnd_settings.get(channel, {}).get("status", "inactive")
        return self.dnd or status in {"active", "permanent"}


@dataclass(frozen=True, slots=True)
class Revision:
    """What a change sets; None leaves a part as it is."""

    details: Mapping[str, str | None] | None = None
    tags: list[str] | None = None
    custom: Mapping[str, object] | None = None
    dnd: bool | None = None
    dnd_settings: Dnd | None = None
    inbound_dnd: Dnd | None = None


Listener = Callable[[str, Contact, Changes], None]


class Contacts:
    """Creates, changes and deletes contacts; listeners hear the vendor's own event names."""

    def __init__(self, location_id: str, ids: Ids, now: Callable[[], datetime]) -> None:
        self.location_id = location_id
        self._ids = ids
        self._now = now
        self._rows: dict[str, Contact] = {}
        self._listeners: list[Listener] = []
        self._before: list[Callable[[str], None]] = []

    def on_change(self, listener: Listener) -> None:
        """Call the listener after each change, with what changed from what to what."""
        self._listeners.append(listener)

    def before_write(self, listener: Callable[[str], None]) -> None:
        """Call the listener with the contact's id before anything about it changes."""
        self._before.append(listener)

    def announce_write(self, contact_id: str) -> None:
        """Say that something search can see of the contact is about to change."""
        for listener in self._before:
            listener(contact_id)

    def get(self, contact_id: str) -> Contact | None:
        """The live contact, or None."""
        found = self._rows.get(contact_id)
        return None if found is None or found.deleted else found

    def each(self) -> Iterator[Contact]:
        """Live contacts in the order they were made."""
        return (contact for contact in self._rows.values() if not contact.deleted)

    def __len__(self) -> int:
        return sum(1 for _ in self.each())

    def create(
        self, revision: Revision, *, at: datetime | None = None, created_by: str = "CRM_UI"
    ) -> Contact:
        """A new contact; `at` may lie in the past while a location is being filled."""
        when = at or self._now()
        contact = Contact(
            self._ids.draw(), self.location_id, added=when, updated=when, created_by=created_by
        )
        self.announce_write(contact.id)
        self._rows[contact.id] = contact
        _apply(contact, revision)
        self._tell("ContactCreate", contact, {})
        return contact

    def revise(self, contact: Contact, revision: Revision) -> Changes:
        """Apply a change and return what really changed; the vendor's `dateUpdated` always moves."""
        self.announce_write(contact.id)
        changes = _apply(contact, revision)
        contact.updated = self._now()
        if "tags" in changes:
            self._tell("ContactTagUpdate", contact, changes)
        if changes.keys() & {"dnd", "dndSettings", "inboundDndSettings"}:
            self._tell("ContactDndUpdate", contact, changes)
        if changes.keys() - {"tags", "dnd", "dndSettings", "inboundDndSettings"}:
            self._tell("ContactUpdate", contact, changes)
        return changes

    def mark(self, contact: Contact, name: str, at: datetime) -> None:
        """Note a moment of engagement, the latest of its name."""
        known = contact.marks.get(name)
        if known is None or at > known:
            self.announce_write(contact.id)
            contact.marks[name] = at

    def attribute(self, contact: Contact, session: Json, *, at: datetime, tell: bool) -> None:
        """Note where a web session came from: only of the first and the last one a contact keeps that."""
        self.announce_write(contact.id)
        before = contact.attributions[-1:]
        contact.attributions = [*contact.attributions[:1], session]
        contact.updated = max(contact.updated, at)
        if tell:
            changed: Changes = {"lastAttributionSource": (before, session)}
            self._tell("ContactUpdate", contact, changed)

    def delete(self, contact: Contact) -> None:
        """Delete a contact for good."""
        self.announce_write(contact.id)
        contact.deleted = True
        self._tell("ContactDelete", contact, {})

    def _tell(self, event: str, contact: Contact, changes: Changes) -> None:
        for listener in self._listeners:
            listener(event, contact, changes)


def _apply(contact: Contact, revision: Revision) -> Changes:
    changes: Changes = {}
    for name, value in (revision.details or {}).items():
        wanted = value or None
        if contact.details.get(name) != wanted:
            changes[name] = (contact.details.get(name), wanted)
            contact.details[name] = wanted
    for field_id, setting in (revision.custom or {}).items():
        before = contact.custom.get(field_id)
        if before == setting:
            continue
        changes[f"customFields.{field_id}"] = (before, setting)
        if setting is None:
            del contact.custom[field_id]
        else:
            contact.custom[field_id] = setting
    if revision.tags is not None and revision.tags != contact.tags:
        changes["tags"] = (contact.tags, revision.tags)
        contact.tags = revision.tags
    return changes | _apply_dnd(contact, revision)


def _apply_dnd(contact: Contact, revision: Revision) -> Changes:
    changes: Changes = {}
    if revision.dnd is not None and revision.dnd != contact.dnd:
        changes["dnd"] = (contact.dnd, revision.dnd)
        contact.dnd = revision.dnd
    settings = contact.dnd_settings | (revision.dnd_settings or {})
    if settings != contact.dnd_settings:
        changes["dndSettings"] = (contact.dnd_settings, settings)
        contact.dnd_settings = settings
    inbound = contact.inbound_dnd | (revision.inbound_dnd or {})
    if inbound != contact.inbound_dnd:
        changes["inboundDndSettings"] = (contact.inbound_dnd, inbound)
        contact.inbound_dnd = inbound
    return changes


def normal_tags(tags: list[str]) -> list[str]:
    """Tags as the platform keeps them: lower case, trimmed, each once."""
    words = (tag.strip().lower() for tag in tags)
    return list(dict.fromkeys(word for word in words if word))


def custom_values(contact: Contact) -> list[Json]:
    """Custom values as answers carry them: ids without names, and numbers as texts."""
    return [{"id": field_id, "value": _shown(value)} for field_id, value in contact.custom.items()]


def _shown(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if float(value).is_integer() else str(value)


def contact_json(contact: Contact, *, v3: bool = False) -> Json:
    """The contact as `GET /contacts/{id}` shows it; what is not known is left out."""
    spelt = dict(zip(CHANNELS, V3_CHANNELS if v3 else CHANNELS, strict=True))
    known: Json = {name: contact.details.get(name) for name in DETAILS}
    email = contact.details.get("email")
    activity = contact.marks.get("lastActivity")
    shown: Json = {
        "id": contact.id,
        "locationId": contact.location_id,
        "name": contact.name,
        "contactName": contact.name,
        "firstNameLowerCase": (contact.details.get("firstName") or "").lower(),
        "lastNameLowerCase": (contact.details.get("lastName") or "").lower(),
        "fullNameLowerCase": contact.name.lower(),
        **known,
        "emailLowerCase": email.lower() if email else None,
        "type": "lead",
        "dateAdded": iso(contact.added),
        "dateUpdated": iso(contact.updated),
        "lastActivity": iso(activity) if activity else None,
        "createdBy": {
            "source": contact.created_by,
            "channel": "APP",
            "timestamp": iso(contact.added),
        },
    }
    if contact.attributions:
        shown["attributionSource"] = contact.attributions[0]
        shown["lastAttributionSource"] = contact.attributions[-1]
    return {name: value for name, value in shown.items() if value is not None} | {
        "tags": list(contact.tags),
        "customFields": custom_values(contact),
        "additionalEmails": [],
        "followers": list(contact.followers),
        "dnd": contact.dnd,
        "dndSettings": {spelt[name]: dict(row) for name, row in contact.dnd_settings.items()},
        "inboundDndSettings": dict(contact.inbound_dnd),
        **contact.odd,
    }


def contact_event(contact: Contact, event: str) -> Json:
    """The contact as a webhook carries it: flat, and without inbound do-not-disturb."""
    shown: Json = {
        "id": contact.id,
        "name": contact.name,
        **{name: contact.details.get(name) for name in DETAILS},
        "dateAdded": iso(contact.added),
        "tags": list(contact.tags),
        "dnd": contact.dnd,
        "customFields": custom_values(contact),
        "attachments": [],
    }
    if event == "ContactDndUpdate":
        shown["dndSettings"] = dict(contact.dnd_settings)
    return {name: value for name, value in shown.items() if value is not None}
