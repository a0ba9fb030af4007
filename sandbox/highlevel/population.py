"""Moves the world's people into a location, and lets them go on living there."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sandbox.agenda import Agenda
from sandbox.highlevel.contacts import Contact, Revision, normal_tags
from sandbox.highlevel.journal import LEAD_QUALITY, QUALITIES, Journal, session_of
from sandbox.highlevel.location import Location
from sandbox.world.events import Event, Kind, Touch
from sandbox.world.identity import DEPTHS, UNASKED, Person
from sandbox.world.remarks import FILED_UNDER, NEUTRAL, UNFILED, remark
from sandbox.world.verticals import Vertical
from sandbox.world.world import World

#: Custom fields that the location's own staff made: key, name, type.
STAFF_FIELDS = (
    ("sms_consent", "SMS consent", "RADIO"),
    ("service_interest", "Service interest", "SINGLE_OPTIONS"),
    ("lost_reason", "Lost reason", "TEXT"),
    ("inquiry_level", "Inquiry level", "SINGLE_OPTIONS"),
    (LEAD_QUALITY, "Lead quality", "SINGLE_OPTIONS"),
)
NEWSLETTERS = 12  # of the past are kept as messages
_QUIET = timedelta(days=150)  # after which staff give an open opportunity up


class Population:
    """Knows which contact is which person; brings the person's doings into the location in time."""

    def __init__(
        self, location: Location, agenda: Agenda, world: World, vertical: Vertical
    ) -> None:
        self.location = location
        self.agenda = agenda
        self.world = world
        self.vertical = vertical
        self.journal = Journal(location)
        self.contact_of: dict[int, str] = {}
        self._person_of: dict[str, int] = {}
        self._organic: dict[int, Iterator[Event]] = {}

    def settle(self) -> None:
        """Write everyone with their past, then plan their future; nothing later than now shows."""
        make_staff_fields(self.location, self.vertical)
        people = sorted(self.world.people(), key=lambda person: (person.created_at, person.number))
        for person in people:
            contact = self._create(person)
            self.contact_of[person.number] = contact.id
            self._person_of[contact.id] = person.number
            self._write_past(contact, person)
            self._plan_next(person.number)
        self.location.index.catch_up()

    def touch(self, contact_id: str, touch: Touch) -> None:
        """Let the person behind a contact react to a touch; contacts made by hand never react."""
        person = self._person_of.get(contact_id)
        if person is None:
            return
        for event in self.world.react(person, touch):
            self._plan(event)

    def deliver(self, event: Event) -> None:
        """Let an event happen now: in the world, in the location, with what follows from it."""
        person = self.world.people()[event.person]
        self.journal.log(self.contact_of[event.person], event, form=self._form(person))
        for consequence in self.world.happened(event):
            self._plan(consequence)

    def _plan(self, event: Event) -> None:
        self.agenda.schedule(event.at, partial(self.deliver, event))

    def _plan_next(self, person: int) -> None:
        """Plan the person's next unprompted doing; each one plans the one after."""
        stream = self._organic.get(person)
        if stream is None:
            stream = self._organic[person] = self.world.organic(person)
        event = next(stream, None)
        if event is None:
            return

        def happen() -> None:
            self.deliver(event)
            self._plan_next(person)

        self.agenda.schedule(event.at, happen)

    def _service(self, person: Person) -> str:
        return self.vertical.services[person.number % len(self.vertical.services)]

    def _form(self, person: Person) -> str:
        asks = {"low": "Newsletter sign-up", "medium": "Question", "high": "Appointment request"}
        return f"{asks[person.depth]}: {self._service(person)}"

    def _create(self, person: Person) -> Contact:
        location, staff = self.location, self.location.users
        tags = [
            *(["hot lead"] if person.depth == "high" else []),
            *(["imported"] if person.source == "import" else []),
            *([self._service(person)] if person.number % 3 == 0 else []),
        ]
        keys = {row.key: row.id for row in location.fields.each("contact")}
        known = person.source != "import"
        custom: dict[str, object] = {
            "contact.sms_consent": "Yes" if person.sms_consent else None,
            "contact.service_interest": self._service(person) if known else None,
            "contact.lost_reason": person.reason_noted,
            "contact.inquiry_level": person.inquiry.capitalize(),
        }
        details = {
            "firstName": person.first_name,
            "lastName": person.last_name,
            "email": person.email,
            "phone": person.phone,
            "city": person.city,
            "state": person.state,
            "postalCode": person.postcode,
            "country": "US",
            "timezone": person.zone if person.zone_known else None,
            "source": person.source,
            "assignedTo": staff[person.owner % len(staff)].id if staff else None,
        }
        revision = Revision(
            details=details,
            tags=normal_tags(tags),
            custom={keys[key]: value for key, value in custom.items() if value is not None},
        )
        made_by = "IMPORT" if person.source == "import" else "FORM"
        contact = location.contacts.create(revision, at=person.created_at, created_by=made_by)
        if person.email is not None:
            contact.valid_email = True
        if made_by == "FORM":
            came = Event(person.number, Kind.FORM, person.created_at)
            contact.attributions.append(session_of(came))
        return contact

    def _write_past(self, contact: Contact, person: Person) -> None:
        events = self.world.events_until(person.number)
        self._write_newsletters(contact, person)
        if person.depth != "low" or self.world.customer[person.number]:
            self._open_opportunity(contact, person)
        for event in events:
            self.journal.write(contact, event, form=self._form(person))
        self._give_up(contact, person)
        last = max((event.at for event in events), default=person.created_at)
        contact.updated = max(last, person.created_at)
        self._note(contact, person)

    def _note(self, contact: Contact, person: Person) -> None:
        """What staff noted: why somebody left, where they know, and things that say nothing."""
        reason = person.reason_noted
        body = remark(reason, person.number) if reason else NEUTRAL[person.number % len(NEUTRAL)]
        self.location.leave_note(contact.id, body, at=contact.updated)

    def _write_newsletters(self, contact: Contact, person: Person) -> None:
        lost = int(self.world.email_lost_ms[person.number])
        for sent in self.world.newsletters()[-NEWSLETTERS:]:
            alive = sent.timestamp() * 1000 < lost
            if person.email is not None and alive and sent > person.created_at:
                self.location.conversations.write(
                    contact.id,
                    "TYPE_CAMPAIGN_EMAIL",
                    "outbound",
                    # A bulk send takes its time: no two conversations end at the same moment.
                    sent + timedelta(milliseconds=53 * person.number),
                    body="Newsletter",
                    source="bulk_actions",
                )

    def _open_opportunity(self, contact: Contact, person: Person) -> None:
        self.location.opportunities.open(
            contact.id,
            f"{contact.name}: {self._service(person)}",
            round(self.vertical.price, -1),
            at=person.created_at,
            user_id=contact.details.get("assignedTo"),
        )

    def _give_up(self, contact: Contact, person: Person) -> None:
        """Close what stayed open long after the last sign of life."""
        now = self.location.now()
        seen = contact.marks.get("lastActivity", contact.added)
        for row in self.location.opportunities.of(contact.id):
            if row.status == "open" and now - seen > _QUIET:
                closed: datetime = seen + _QUIET / 2
                status = "lost" if person.number % 3 else "abandoned"
                filed = FILED_UNDER.get(person.reason_noted or "", UNFILED)
                self.location.opportunities.close(row, status, at=closed, lost_reason=filed)


def make_staff_fields(location: Location, vertical: Vertical) -> None:
    """The custom fields that the location's staff have made for themselves."""
    options = {
        "sms_consent": ("Yes", "No"),
        "service_interest": vertical.services,
        "inquiry_level": tuple(word.capitalize() for word in (*reversed(DEPTHS), UNASKED)),
        LEAD_QUALITY: QUALITIES,
    }
    for key, name, data_type in STAFF_FIELDS:
        choices = list(options.get(key, ()))
        location.fields.create(name, data_type, fieldKey=key, options=choices)
