"""Calendars of a location and the appointments in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.highlevel.ids import Ids
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

LENGTH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar that people book in."""

    id: str
    name: str
    location_id: str
    user_ids: tuple[str, ...]

    def json(self) -> Json:
        """The calendar as answers show it."""
        return {
            "id": self.id,
            "locationId": self.location_id,
            "name": self.name,
            "calendarType": "round_robin",
            "eventType": "RoundRobin_OptimizeForAvailability",
            "isActive": True,
            "slotDuration": 30,
            "slotDurationUnit": "mins",
            "teamMembers": [{"userId": user_id, "priority": 0.5} for user_id in self.user_ids],
        }


@dataclass(slots=True)
class Appointment:
    """One appointment."""

    id: str
    calendar_id: str
    contact_id: str
    user_id: str
    title: str
    starts: datetime
    status: str
    added: datetime
    updated: datetime

    def event(self, zone: ZoneInfo) -> Json:
        """The appointment as a webhook nests it."""
        return {
            "id": self.id,
            "title": self.title,
            "contactId": self.contact_id,
            "calendarId": self.calendar_id,
            "appointmentStatus": self.status,
            "assignedUserId": self.user_id,
            "users": [self.user_id],
            "groupId": "",
            "notes": "",
            "source": "booking_widget",
            "startTime": self.starts.astimezone(zone).isoformat(),
            "endTime": (self.starts + LENGTH).astimezone(zone).isoformat(),
            "dateAdded": iso(self.added),
            "dateUpdated": iso(self.updated),
        }

    def json(self, location_id: str, zone: ZoneInfo) -> Json:
        """The appointment as `GET /calendars/events` shows it."""
        more = {"locationId": location_id, "assignedResources": [], "address": ""}
        shown = self.event(zone) | more | {"createdBy": {"source": "booking_widget"}}
        del shown["source"]
        return shown

    def local_json(self, location_id: str, zone: ZoneInfo) -> Json:
        """The appointment as a contact's own list shows it: naive times of the location."""
        shown = self.json(location_id, zone)
        for name, moment in (("startTime", self.starts), ("endTime", self.starts + LENGTH)):
            shown[name] = f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        for name, moment in (("dateAdded", self.added), ("dateUpdated", self.updated)):
            shown[name] = f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        del shown["createdBy"]
        return shown | {"status": "booked"}


class Appointments:
    """Books appointments and notes how they went."""

    def __init__(self, ids: Ids, zone: ZoneInfo, tell: Callable[[str, Json], None]) -> None:
        self.calendars: list[Calendar] = []
        self._ids = ids
        self._zone = zone
        self._tell = tell
        self._rows: dict[str, Appointment] = {}
        self._by_start: dict[tuple[str, datetime], str] = {}

    def each(self) -> Iterator[Appointment]:
        return iter(list(self._rows.values()))

    def get(self, appointment_id: str) -> Appointment | None:
        return self._rows.get(appointment_id)

    def of(self, contact_id: str) -> list[Appointment]:
        return [row for row in self._rows.values() if row.contact_id == contact_id]

    def book(
        self, contact_id: str, starts: datetime, *, at: datetime, title: str, turn: int = 0
    ) -> Appointment:
        """A confirmed appointment; `turn` chooses the calendar and the member of staff."""
        calendar = self.calendars[turn % len(self.calendars)]
        user_id = calendar.user_ids[turn % len(calendar.user_ids)]
        row = Appointment(
            id=self._ids.draw(),
            calendar_id=calendar.id,
            contact_id=contact_id,
            user_id=user_id,
            title=title,
            starts=starts,
            status="confirmed",
            added=at,
            updated=at,
        )
        self._rows[row.id] = row
        self._by_start[contact_id, starts] = row.id
        self._tell("AppointmentCreate", {"appointment": row.event(self._zone)})
        return row

    def at(self, contact_id: str, starts: datetime) -> Appointment | None:
        """The contact's appointment at a time."""
        known = self._by_start.get((contact_id, starts))
        return self._rows[known] if known else None

    def set_status(self, row: Appointment, status: str, at: datetime) -> None:
        """Note how an appointment went."""
        if row.status == status:
            return
        row.status, row.updated = status, at
        self._tell("AppointmentUpdate", {"appointment": row.event(self._zone)})

    def move(self, row: Appointment, starts: datetime, *, at: datetime) -> None:
        """Give an appointment another time."""
        if row.starts == starts:
            return
        self._by_start.pop((row.contact_id, row.starts), None)
        self._by_start[row.contact_id, starts] = row.id
        row.starts, row.updated = starts, at
        self._tell("AppointmentUpdate", {"appointment": row.event(self._zone)})

    def delete(self, row: Appointment) -> None:
        """Remove an appointment."""
        del self._rows[row.id]
        self._by_start.pop((row.contact_id, row.starts), None)
        self._tell("AppointmentDelete", {"appointment": row.event(self._zone)})

    def hand_over(self, old_id: str, new_id: str, *, at: datetime) -> None:
        """One contact's appointments are another's from now on."""
        for row in self.of(old_id):
            self._by_start.pop((old_id, row.starts), None)
            row.contact_id, row.updated = new_id, at
            self._by_start[new_id, row.starts] = row.id

    def forget(self, contact_id: str) -> None:
        """Remove a deleted contact's appointments."""
        for row in self.of(contact_id):
            del self._rows[row.id]
