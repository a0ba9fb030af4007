"""Calendars and their events over the API."""

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid
from sandbox.highlevel.gateway import Call, Operation
from sandbox.kit.moments import epoch_ms

_EVENTS = "calendars/events.readonly"


def operations() -> list[Operation]:
    return [
        Operation("GET", "/calendars/", calendars, "calendars.readonly"),
        Operation("GET", "/calendars/events", events, _EVENTS),
        Operation("GET", "/calendars/events/appointments/{eventId}", event, _EVENTS),
    ]


def calendars(call: Call) -> Response:
    location = call.own(call.asked("locationId", required=True))
    rows = [row.json() for row in location.appointments.calendars]
    return answer({"calendars": rows})


def events(call: Call) -> Response:
    """Events that start in a window of epoch milliseconds, of one calendar, user or group."""
    location = call.own(call.asked("locationId", required=True))
    bounds = [call.asked(name, required=True) or "" for name in ("startTime", "endTime")]
    if not all(text.isdigit() for text in bounds):
        raise invalid("startTime and endTime must be epoch milliseconds")
    calendar_id, user_id, group_id = (
        call.asked(name) for name in ("calendarId", "userId", "groupId")
    )
    if calendar_id is None and user_id is None and group_id is None:
        raise invalid("Either of userId, groupId or calendarId is required")
    first, last = int(bounds[0]), int(bounds[1])
    rows = [
        row.json(location.id, location.zone)
        for row in location.appointments.each()
        if first <= epoch_ms(row.starts) <= last
        and calendar_id in {None, row.calendar_id}
        and user_id in {None, row.user_id}
        and group_id is None
    ]
    return answer({"events": rows})


def event(call: Call) -> Response:
    location = call.location
    row = location.appointments.get(call.path["eventId"])
    if row is None:
        raise bad_request(f"Event with id {call.path['eventId']} not found")
    shown = row.json(location.id, location.zone)
    return answer({"event": shown})
