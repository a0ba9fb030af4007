"""Moves the world's people into a portal, and lets them go on living there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from sandbox.agenda import Agenda
from sandbox.hubspot.conversations import Conversations
from sandbox.hubspot.custom_properties import (
    HEARING_CONCERN,
    INQUIRY_LEVEL,
    LEAD_QUALITY,
    LOST_REASON,
    SMS_CONSENT,
    SMS_CONSENT_DATE,
)
from sandbox.hubspot.edge_cases import EdgeCases
from sandbox.hubspot.newsletter import Newsletter
from sandbox.hubspot.records import Records
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.moments import iso
from sandbox.world.events import Event, Kind, Touch, to_ms
from sandbox.world.identity import Person
from sandbox.world.remarks import remark
from sandbox.world.world import World

#: Where a contact came from, in HubSpot's words.
SOURCES = {
    "ads": "PAID_SEARCH",
    "referral": "REFERRALS",
    "form": "ORGANIC_SEARCH",
    "event": "OFFLINE",
    "import": "OFFLINE",
}
ZONES = {
    "America/New_York": "us_slash_eastern",
    "America/Chicago": "us_slash_central",
    "America/Los_Angeles": "us_slash_pacific",
}
LATE_SHARE = 0.02  # of past events that reached the CRM days after they happened
LATE_DAYS = 6.0
RATED_AFTER = timedelta(hours=1)  # when staff rate a lead whose outcome they have seen
_ENGAGEMENTS = frozenset(
    {Kind.EMAIL_IN, Kind.EMAIL_OUT, Kind.CALL_IN, Kind.CALL_ANSWERED, Kind.CALL_MISSED}
)


class Population:
    """Knows which contact is which person; brings the person's doings into the portal in time."""

    def __init__(
        self,
        records: Records,
        agenda: Agenda,
        world: World | None = None,
        *,
        owners: Sequence[str] = (),
        conversations: Conversations | None = None,
    ) -> None:
        """Without a world the portal's contacts do nothing by themselves and answer nobody."""
        self.records = records
        self.agenda = agenda
        self.world = world
        self.owners = owners
        self.timeline = Timeline(records, conversations)
        self.contact_of: dict[int, str] = {}
        self._person_of: dict[str, int] = {}
        self._organic: dict[int, Iterator[Event]] = {}
        if world is None:
            self.timeline.follow()

    def settle(self) -> None:
        """Write everyone with their past, then plan their future; nothing later than now shows."""
        world = self._world()
        edges = EdgeCases(self.timeline, self.agenda)
        people = sorted(world.people(), key=lambda person: (person.created_at, person.number))
        again = {person.number for person in edges.choose_recreated(people)}
        for person in people:
            properties = self._properties(person)
            if person.number in again:
                edges.delete_former(properties, person.created_at)
            contact_id = self.records.create(
                "contacts",
                properties,
                at=person.created_at,
                source="IMPORT" if person.source == "import" else "FORM",
            )
            self.contact_of[person.number] = contact_id
            self._person_of[contact_id] = person.number
        newsletter = Newsletter(self.timeline, self.agenda, world)
        for person in people:
            self._write_past(person, newsletter)
        edges.plant(self)
        for person in people:
            self.timeline.show(self.contact_of[person.number])
            self._plan_next(person.number)
        newsletter.begin(self.contact_of)
        self.timeline.follow()

    def touch(self, contact_id: str, touch: Touch, *, marketing: bool) -> None:
        """Let the person behind a contact react to a touch; contacts from files never react."""
        person = self._person(contact_id)
        if person is None or self.world is None:
            return
        for event in self.world.react(person, touch):
            self._plan(event, marketing=marketing)

    def deliver(self, event: Event, *, marketing: bool = False) -> None:
        """Let an event happen now: in the world, in the portal, with what follows from it."""
        world = self._world()
        person = world.people()[event.person]
        contact_id = self.contact_of[event.person]
        self.timeline.log(contact_id, event, form=person.form, marketing=marketing)
        for consequence in world.happened(event):
            self._plan(consequence)

    def _world(self) -> World:
        if self.world is None:
            raise ValueError("this portal was loaded from files: it has no people who behave")
        return self.world

    def _plan(self, event: Event, *, marketing: bool = False) -> None:
        self.agenda.schedule(event.at, partial(self.deliver, event, marketing=marketing))

    def _plan_next(self, person: int) -> None:
        """Plan the person's next unprompted doing; each one plans the one after."""
        stream = self._organic.get(person)
        if stream is None:
            stream = self._organic[person] = self._world().organic(person)
        event = next(stream, None)
        if event is None:
            return

        def happen() -> None:
            self.deliver(event)
            self._plan_next(person)

        self.agenda.schedule(event.at, happen)

    def _person(self, contact_id: str) -> int | None:
        """Who is behind a contact; of one that a merge has made, whoever was behind the primary one first."""
        record = self.records.get("contacts", contact_id)
        merged = (record.properties.get("hs_merged_object_ids") if record else None) or ""
        behind = (self._person_of.get(known) for known in (contact_id, *merged.split(";")))
        return next((number for number in behind if number is not None), None)

    def _properties(self, person: Person) -> dict[str, str | None]:
        world = self._world()
        consented = person.created_at + timedelta(minutes=2)
        # What a sale tells staff is filled in after it; address lists hold former customers.
        bought = bool(world.customer[person.number])
        former = bought and person.source == "import"
        later = bought and not former and person.lifecycle == "customer"
        owner = self.owners[person.owner % len(self.owners)] if self.owners else None
        return {
            "firstname": person.first_name,
            "lastname": person.last_name,
            "email": person.email,
            "phone": person.phone,
            "city": person.city,
            "state": person.state,
            "zip": person.postcode,
            "country": "United States",
            "hs_timezone": ZONES[person.zone] if person.zone_known else None,
            "lifecyclestage": "lead" if later else person.lifecycle,
            "hs_lead_status": None if former else "OPEN",
            "hubspot_owner_id": owner,
            "hs_analytics_source": SOURCES[person.source],
            "hs_marketable_status": "true" if person.email else "false",
            "hs_email_optout": None,
            SMS_CONSENT: "true" if person.sms_consent else None,
            SMS_CONSENT_DATE: iso(consented) if person.sms_consent else None,
            HEARING_CONCERN: None if person.source == "import" else person.concern,
            INQUIRY_LEVEL: person.inquiry,
        }

    def _write_past(self, person: Person, newsletter: Newsletter) -> None:
        """Write one person's past; what the CRM learns late may still be to come."""
        world, number = self._world(), person.number
        contact_id, as_of = self.contact_of[number], world.tenant.as_of
        events = world.events_until(number)
        sent = newsletter.past(person, events)
        luck = world.dice.uniform("late", number, np.arange(max(1, len(events))))
        for event, share in zip(events, luck.tolist(), strict=False):
            if event.by_machine and (sent is None or event.at > sent.last + timedelta(days=1)):
                continue  # nothing was sent that a machine could have opened
            if event.kind not in _ENGAGEMENTS or share >= LATE_SHARE:
                self._write_event(contact_id, person, event)
                continue
            known = event.at + timedelta(days=0.5 + LATE_DAYS * share / LATE_SHARE)
            if known > as_of:
                self.agenda.schedule(known, partial(self._learn_late, contact_id, event, known))
            else:
                self.timeline.write(contact_id, event, at=known)
        if person.reason_noted is not None:
            last = max((e.at for e in events if not e.by_machine), default=person.created_at)
            self.timeline.note(contact_id, remark(person.reason_noted, person.number), last)
            self._fill_in(contact_id, {LOST_REASON: person.reason_noted}, last)
        if sent is not None:
            self.timeline.rollup(contact_id).sends(
                sent.number, to_ms(sent.first), to_ms(sent.last), unopened=sent.unopened
            )

    def _learn_late(self, contact_id: str, event: Event, known: datetime) -> None:
        target = self.timeline.live(contact_id)
        if target is not None:
            self.timeline.write(target, event, at=known)
            self.timeline.show(target)

    def _write_event(self, contact_id: str, person: Person, event: Event) -> None:
        """Meetings are booked days before they take place; imported sales came with the import."""
        known = max(event.at, person.created_at)
        match event.kind:
            case Kind.MEETING_COMPLETED | Kind.MEETING_NO_SHOW | Kind.MEETING_CANCELLED:
                booked = max(person.created_at, event.at - timedelta(days=1 + event.at.minute % 6))
                booking = replace(event, kind=Kind.MEETING_BOOKED, at=booked)
                self.timeline.rollup(contact_id).add(booking)
                self.timeline.write(contact_id, event, at=booked)
            case _:
                self.timeline.write(contact_id, event, form=person.form, at=known)
        if event.kind is Kind.PURCHASE:
            rated = min(known + RATED_AFTER, self._world().tenant.as_of)
            outcome = {LEAD_QUALITY: "won", "lifecyclestage": person.lifecycle}
            self._fill_in(contact_id, {**outcome, "hs_lead_status": None}, rated)

    def _fill_in(self, contact_id: str, values: Mapping[str, str | None], at: datetime) -> None:
        """Let staff write down what they learnt; nothing written later is thereby dated back."""
        contact = self.records.get("contacts", contact_id)
        if contact is not None and any(
            contact.properties.get(name) != value for name, value in values.items()
        ):
            self.records.update("contacts", contact_id, values, at=max(at, contact.updated_at))
