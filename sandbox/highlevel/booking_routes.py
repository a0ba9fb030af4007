"""One calendar over the API: its free times, and appointments booked, moved and deleted in it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, not_found
from sandbox.highlevel.calendars import LENGTH, Appointment, Calendar
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, from_epoch_ms, read_moment

_READ, _WRITE = "calendars.readonly", "calendars/events.write"
_STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
KNOWN = (
    "title",
    "meetingLocationType",
    "meetingLocationId",
    "overrideLocationConfig",
    "appointmentStatus",
    "assignedUserId",
    "description",
    "address",
    "ignoreDateRange",
    "toNotify",
    "ignoreFreeSlotValidation",
    "rrule",
    "calendarId",
    "startTime",
    "endTime",
)
OPENS, CLOSES = 9, 17  # o'clock, from Monday to Friday
MOST_DAYS = 31


def operations() -> list[Operation]:
    """Operations; fixed words come before ids."""
    events = "/calendars/events/appointments"
    return [
        Operation("POST", events, book, _WRITE),
        Operation("PUT", f"{events}/{{eventId}}", change, _WRITE),
        Operation("DELETE", "/calendars/events/{eventId}", delete, _WRITE),
        Operation("GET", "/calendars/groups", groups, "calendars/groups.readonly"),
        Operation("GET", "/calendars/{calendarId}/free-slots", free_slots, _READ),
        Operation("GET", "/calendars/{calendarId}", show, _READ),
    ]


def groups(call: Call) -> Response:
    """Groups of calendars: nobody here has made one."""
    call.own(call.asked("locationId", required=True))
    return answer({"groups": []})


def _calendar(location: Location, calendar_id: object) -> Calendar:
    for calendar in location.appointments.calendars:
        if calendar.id == calendar_id:
            return calendar
    raise not_found(f"Calendar with id {calendar_id} not found")


def show(call: Call) -> Response:
    return answer({"calendar": _calendar(call.location, call.path["calendarId"]).json()})


# Appointments


def book(call: Call) -> Response:
    """Book a time; 400 for one that is taken, unless the body says not to look."""
    spec = call.spec(
        *KNOWN,
        "locationId",
        "contactId",
        required=("calendarId", "locationId", "contactId", "startTime"),
    )
    location = call.own(spec["locationId"])
    calendar = _calendar(location, spec["calendarId"])
    contact = location.contacts.get(str(spec["contactId"]))
    if contact is None:
        raise bad_request(f"Contact with id {spec['contactId']} not found")
    starts = _moment(spec["startTime"], location.zone)
    if spec.get("ignoreFreeSlotValidation") is not True and starts in _taken(location, calendar):
        raise bad_request("The slot you have selected is no longer available.")
    row = location.appointments.book(
        contact.id,
        starts,
        at=location.now(),
        title=str(spec.get("title") or calendar.name),
        turn=location.appointments.calendars.index(calendar),
    )
    return _changed(location, row, spec)


def _taken(location: Location, calendar: Calendar) -> set[datetime]:
    return {
        row.starts
        for row in location.appointments.each()
        if row.calendar_id == calendar.id and row.status not in {"cancelled", "invalid"}
    }


def _moment(value: object, zone: ZoneInfo) -> datetime:
    """A time with its offset, or in the location's zone where it has none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise invalid("startTime must be a valid ISO 8601 date string") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def change(call: Call) -> Response:
    spec, location = call.spec(*KNOWN), call.location
    row = location.appointments.get(call.path["eventId"])
    if row is None:
        raise bad_request(f"Event with id {call.path['eventId']} not found")
    if "startTime" in spec:
        location.appointments.move(
            row, _moment(spec["startTime"], location.zone), at=location.now()
        )
    row.title = str(spec.get("title") or row.title)
    return _changed(location, row, spec)


def _changed(location: Location, row: Appointment, spec: Json) -> Response:
    """Set what both bodies may name, and answer the appointment."""
    status, user_id = spec.get("appointmentStatus", row.status), spec.get("assignedUserId")
    if status not in {row.status, *_STATUSES}:
        words = ", ".join(_STATUSES)
        raise invalid(f"appointmentStatus must be one of the following values: {words}")
    if user_id is not None:
        if location.user(str(user_id)) is None:
            raise bad_request("assignedUserId is not a user of this location")
        row.user_id = str(user_id)
    if "calendarId" in spec:
        row.calendar_id = _calendar(location, spec["calendarId"]).id
    location.appointments.set_status(row, str(status), location.now())
    shown: Json = {
        "id": row.id,
        "calendarId": row.calendar_id,
        "locationId": location.id,
        "contactId": row.contact_id,
        "startTime": row.starts.astimezone(location.zone).isoformat(),
        "endTime": (row.starts + LENGTH).astimezone(location.zone).isoformat(),
        "title": row.title,
        "appointmentStatus": row.status,
        "assignedUserId": row.user_id,
        "address": str(spec.get("address") or ""),
    }
    return answer(shown)


def delete(call: Call) -> Response:
    row = call.location.appointments.get(call.path["eventId"])
    if row is None:
        raise bad_request(f"Event with id {call.path['eventId']} not found")
    call.location.appointments.delete(row)
    return answer({"succeeded": True}, 201)


# Free times


def free_slots(call: Call) -> Response:
    """Half hours in which nobody is booked, by day."""
    location = call.location
    calendar = _calendar(location, call.path["calendarId"])
    first, last = (_bound(call, name) for name in ("startDate", "endDate"))
    if last - first > timedelta(days=MOST_DAYS):
        raise bad_request(f"The date range may not be more than {MOST_DAYS} days")
    taken = _taken(location, calendar)
    days: dict[str, dict[str, list[str]]] = {}
    for starts in _half_hours(first, last, location.zone):
        if starts not in taken:
            day = days.setdefault(f"{starts:%Y-%m-%d}", {"slots": []})
            day["slots"].append(starts.isoformat())
    return answer(days)


def _bound(call: Call, name: str) -> datetime:
    text = call.asked(name, required=True) or ""
    try:
        return from_epoch_ms(epoch_ms(read_moment(text.removesuffix(".0"))))
    except ValueError as error:
        raise invalid(f"{name} must be a number") from error


def _half_hours(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = first.astimezone(zone).replace(hour=OPENS, minute=0, second=0, microsecond=0)
    while day <= last:
        for number in range((CLOSES - OPENS) * 2) if day.weekday() < 5 else ():
            starts = day + number * LENGTH
            if first <= starts <= last:
                yield starts
        day += timedelta(days=1)
