"""One HighLevel location (sub-account) with all it holds, the people who work there, the agency."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.highlevel.calendars import Appointments, Calendar
from sandbox.highlevel.config import HighLevelLimits
from sandbox.highlevel.contacts import Changes, Contact, Contacts, contact_event, contact_json
from sandbox.highlevel.conversations import Conversations
from sandbox.highlevel.engine import Engine
from sandbox.highlevel.fields import CustomFields
from sandbox.highlevel.ids import Ids
from sandbox.highlevel.index import SearchIndex
from sandbox.highlevel.opportunities import Opportunities
from sandbox.highlevel.sales import Sales
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

Tell = Callable[[str, Json], None]
# What a contact shows when it is asked for by its id, and in no search.
_BY_ID_ALONE = (
    "dndSettings",
    "inboundDndSettings",
    "name",
    "lastActivity",
    "attributionSource",
    "lastAttributionSource",
)


@dataclass(frozen=True, slots=True)
class Company:
    """An agency, or the company of one stand-alone location."""

    id: str
    name: str
    owner_id: str
    email: str
    domain: str | None = None  # of the agency's white-label address


@dataclass(frozen=True, slots=True)
class User:
    """Someone who works at a location, or at the agency when there are no `location_ids`."""

    id: str
    company_id: str
    first_name: str
    last_name: str
    email: str
    role: str = "user"
    location_ids: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """What answers call the level of the user."""
        return "account" if self.location_ids else "agency"

    def json(self) -> Json:
        """The user as answers show it."""
        roles = {"type": self.type, "role": self.role, "locationIds": list(self.location_ids)}
        return {
            "id": self.id,
            "name": f"{self.first_name} {self.last_name}",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "phone": "",
            "extension": "",
            "permissions": {"contactsEnabled": True, "conversationsEnabled": True},
            "roles": roles,
            "deleted": False,
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """What `GET /locations/{id}` tells of a location."""

    name: str
    city: str
    state: str
    postal_code: str
    zone: str
    email: str
    phone: str


@dataclass(slots=True)
class Location:
    """One location; `tell` hears the events that webhooks may carry."""

    id: str
    company_id: str
    profile: Profile
    users: tuple[User, ...]
    now: Callable[[], datetime]
    limits: HighLevelLimits
    wall: Callable[[], float]
    seed: int
    tell: Tell
    ids: Ids = field(init=False)
    contacts: Contacts = field(init=False)
    fields: CustomFields = field(init=False)
    tags: dict[str, str] = field(default_factory=dict)  # id by name
    notes: dict[str, list[Json]] = field(default_factory=dict)  # by contact
    tasks: dict[str, list[Json]] = field(default_factory=dict)  # by contact
    # When each task was made and done: the API tells neither.
    task_moments: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)
    custom_values: dict[str, tuple[str, str]] = field(default_factory=dict)  # name and value by id
    campaigns: tuple[tuple[str, str, str], ...] = field(init=False)  # id, name, status
    in_campaigns: dict[str, set[str]] = field(default_factory=dict)  # by contact
    conversations: Conversations = field(init=False)
    appointments: Appointments = field(init=False)
    opportunities: Opportunities = field(init=False)
    sales: Sales = field(init=False)
    index: SearchIndex = field(init=False)
    engine: Engine | None = None
    _hear_of_tasks: list[Callable[[Json], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = Ids(self.seed)
        self.contacts = Contacts(self.id, self.ids, self.now)
        self.fields = CustomFields(self.ids)
        # From a seed of their own, so that they take no id that something else would have drawn.
        early = Ids(self.seed + 1_000_003)
        self.campaigns = (
            (early.draw(), "New patient welcome", "published"),
            (early.draw(), "Last year's newsletter", "draft"),
        )
        self.conversations = Conversations(self.ids, self.tell)
        self.appointments = Appointments(self.ids, self.zone, self.tell)
        self.opportunities = Opportunities(self.ids, self.tell)
        self.sales = Sales(self.id, self.profile.name, self.ids, self.tell)
        staff = tuple(user.id for user in self.users)
        for name in ("Consultations", "Appointments"):
            calendar = Calendar(self.ids.draw(), name, self.id, staff)
            self.appointments.calendars.append(calendar)
        self.index = SearchIndex(
            self.contacts, self.document, self.limits, self._index_time, self.seed
        )
        self.contacts.on_change(self._changed)

    @property
    def allow_duplicates(self) -> bool:
        """The setting "Allow Duplicate Contact"."""
        return self.limits.allow_duplicate_contacts

    def _index_time(self) -> float:
        return self.now().timestamp() if self.limits.search_lag_virtual else self.wall()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.profile.zone)

    def json(self) -> Json:
        """The location as `GET /locations/{id}` shows it."""
        p = self.profile
        place: Json = {
            "name": p.name,
            "address": "1 Main Street",
            "city": p.city,
            "state": p.state,
            "country": "US",
            "postalCode": p.postal_code,
            "website": "",
            "timezone": p.zone,
        }
        settings = {
            "allowDuplicateContact": self.allow_duplicates,
            "allowDuplicateOpportunity": False,
            "allowFacebookNameMerge": False,
            "disableContactTimezone": False,
        }
        more = {"id": self.id, "companyId": self.company_id, "email": p.email, "phone": p.phone}
        return place | more | {"business": place, "social": {}, "settings": settings}

    def counts(self) -> dict[str, int]:
        """How many of each kind there are."""
        return {
            "contacts": len(self.contacts),
            "conversations": sum(1 for _ in self.conversations.each()),
            "messages": sum(1 for _ in self.conversations.messages()),
            "appointments": sum(1 for _ in self.appointments.each()),
            "opportunities": sum(1 for _ in self.opportunities.each()),
            "transactions": sum(1 for _ in self.sales.each()),
        }

    def user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    def on_task(self, listener: Callable[[Json], None]) -> None:
        """Call the listener after each task that is made."""
        self._hear_of_tasks.append(listener)

    def add_task(self, contact_id: str, spec: Json) -> Json:
        """A task about a contact."""
        task: Json = {"id": self.ids.draw(), "contactId": contact_id, **spec}
        self.tasks.setdefault(contact_id, []).append(task)
        self.task_moments[str(task["id"])] = (self.now(), None)
        self.tell("TaskCreate", task)
        for listener in self._hear_of_tasks:
            listener(task)
        return task

    def complete_task(self, task: Json) -> None:
        """Somebody has done a task; done once more it stays as it is."""
        if task.get("completed") is not True:
            task["completed"] = True
            made, _ = self.task_moments[str(task["id"])]
            self.task_moments[str(task["id"])] = (made, self.now())
            self.tell("TaskComplete", task)

    def leave_note(self, contact_id: str, body: str, *, at: datetime) -> Json:
        """A note that staff left with a contact; nobody is told of it."""
        note: Json = {"id": self.ids.draw(), "contactId": contact_id, "body": body}
        self.notes.setdefault(contact_id, []).append(note | {"dateAdded": iso(at)})
        return note | {"dateAdded": iso(at)}

    def adopt_tags(self, names: list[str]) -> None:
        """Make tags that a contact carries known to the location, as the platform does."""
        for name in names:
            if name not in self.tags:
                self.tags[name] = self.ids.draw()

    def document(self, contact: Contact) -> Json:
        """The contact as search sees it: without do-not-disturb settings, with engagement."""
        shown = contact_json(contact)
        for name in _BY_ID_ALONE:
            shown.pop(name, None)
        engaged = {name: iso(at) for name, at in contact.marks.items() if name != "lastActivity"}
        active, finished = self.engine.standing(contact.id) if self.engine else ([], [])
        hidden: Json = {
            "opportunities": [
                (row.pipeline_id, row.stage_id, row.status)
                for row in self.opportunities.of(contact.id)
            ],
            "activeWorkflows": active,
            "finishedWorkflows": finished,
        }
        known = {} if contact.valid_email is None else {"validEmail": contact.valid_email}
        sessions = [dict(session) for session in contact.attributions]
        if sessions:
            sessions[0]["isFirst"], sessions[-1]["isLast"] = True, True
        return shown | engaged | known | {"attributions": sessions, "_hidden": hidden}

    def _changed(self, event: str, contact: Contact, changes: Changes) -> None:
        self.adopt_tags(contact.tags)
        if event == "ContactDelete":
            for store in (self.conversations, self.appointments, self.opportunities, self.sales):
                store.forget(contact.id)
        self.tell(event, contact_event(contact, event))
        if self.engine is not None:
            self.engine.changed(event, contact, changes)
