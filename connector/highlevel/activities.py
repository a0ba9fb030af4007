"""Messages, calls, forms and appointments of a whole account, or the latest of one contact with its notes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta, tzinfo
from typing import Any

import orjson

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.highlevel import endpoints, parse
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.values import id_of, records_of
from connector.parallel import each
from connector.port.records import ActivityRow, ReadText

PAGE = 500  # the export's maximum
LATEST = 20  # messages looked at when one contact is read again
# Calendar events come without pages, so that a window must not hold too many.
WINDOW_MS = int(timedelta(days=30).total_seconds() * 1000)

# Without a channel the export has everything but e-mail.
EMAIL = "Email"


class Activities:
    """Activities of one account; `zone` asks for its time zone."""

    def __init__(
        self, http: HighLevelHttp, zone: Callable[[], tzinfo], read_text: ReadText | None = None
    ) -> None:
        self._http = http
        self._zone = zone
        self._read_text = read_text
        self._calendars: tuple[str, ...] | None = None

    def messages(
        self, channel: str | None, cursor: str | None
    ) -> tuple[list[ActivityRow], int, str | None]:
        """Activities of a page of messages from the oldest on, its size, and the next cursor."""
        mark = {} if cursor is None else orjson.loads(cursor)
        answer = self._export(channel, mark)
        found = records_of(answer, "messages")
        following = answer.get("nextCursor")
        if following and following == mark.get("cursor"):
            raise CrmUnexpected("HighLevel repeats a page of messages instead of going on.")
        rows = self._said(found)
        if not following or not found:
            return rows, len(found), None
        # The time goes along, because a cursor does not outlive a long pause.
        rest = orjson.dumps({"cursor": following, "since": found[-1].get("dateAdded")})
        return rows, len(found), rest.decode()

    def changed(
        self, channel: str | None, since: str, cursor: str | None
    ) -> tuple[list[ActivityRow], str | None]:
        """Activities of a page of messages that came or changed since then, and the next cursor."""
        params = {
            "locationId": self._http.location_id,
            "limit": str(PAGE),
            "sortBy": "updatedAt",
            "sortOrder": "asc",
            "startDate": since,
        }
        if channel is not None:
            params["channel"] = channel
        if cursor is not None:
            params["cursor"] = cursor
        answer = self._http.call(endpoints.MESSAGE_EXPORT, params=params)
        found, following = answer.get("messages") or [], answer.get("nextCursor")
        if following and following == cursor:
            raise CrmUnexpected("HighLevel repeats a page of messages instead of going on.")
        return self._said(found), str(following) if following and found else None

    def meetings(self, start: int) -> tuple[list[ActivityRow], int]:
        """Appointments of all calendars that begin within a window, in ms since 1970, and how many."""
        records = [e for c in self._calendar_ids() for e in self._events(c, start)]
        return self._appointments(records), len(records)

    def latest(self, contact_id: str, *, messages: bool, appointments: bool) -> list[ActivityRow]:
        """The newest messages, the notes where texts are read, and all appointments of one contact."""
        parts: list[Callable[[], list[ActivityRow]]] = [lambda: self._notes(contact_id)]
        if messages:
            parts.append(lambda: self._latest_messages(contact_id, None))
            parts.append(lambda: self._latest_messages(contact_id, EMAIL))
        if appointments:
            parts.append(lambda: self._booked(contact_id))
        return [row for part in parts for row in _allowed(part)]

    def notes(self, contact_ids: Sequence[str]) -> list[ActivityRow]:
        """The notes of these contacts, where texts are read."""
        if self._read_text is None:
            return []
        found = each(lambda one: _allowed(lambda: self._notes(one)), contact_ids)
        return [row for rows in found for row in rows]

    def _booked(self, contact_id: str) -> list[ActivityRow]:
        answer = self._http.call(endpoints.CONTACT_APPOINTMENTS, contact_id=contact_id)
        return self._appointments(records_of(answer, "events"), of=contact_id)

    def _export(self, channel: str | None, mark: dict[str, str]) -> Any:
        params = {
            "locationId": self._http.location_id,
            "limit": str(PAGE),
            "sortBy": "createdAt",
            "sortOrder": "asc",
        }
        if channel is not None:
            params["channel"] = channel
        if not mark:
            return self._http.call(endpoints.MESSAGE_EXPORT, params=params)
        try:
            return self._http.call(
                endpoints.MESSAGE_EXPORT, params={**params, "cursor": mark["cursor"]}
            )
        except (CrmInvalid, CrmNotFound):
            since = {"startDate": mark["since"]}
            return self._http.call(endpoints.MESSAGE_EXPORT, params={**params, **since})

    def _latest_messages(self, contact_id: str, channel: str | None) -> list[ActivityRow]:
        params = {
            "locationId": self._http.location_id,
            "contactId": contact_id,
            "limit": str(LATEST),
            "sortBy": "createdAt",
            "sortOrder": "desc",
        }
        if channel is not None:
            params["channel"] = channel
        answer = self._http.call(endpoints.MESSAGE_EXPORT, params=params)
        return self._said(records_of(answer, "messages"))

    def _said(self, records: Iterable[parse.Record]) -> list[ActivityRow]:
        return [row for record in records for row in parse.message(record, self._read_text)]

    def _notes(self, contact_id: str) -> list[ActivityRow]:
        if self._read_text is None:
            return []
        answer = self._http.call(endpoints.CONTACT_NOTES, contact_id=contact_id)
        found = (
            parse.note(record, contact_id, self._read_text)
            for record in records_of(answer, "notes")
        )
        return [row for row in found if row is not None]

    def _calendar_ids(self) -> tuple[str, ...]:
        if self._calendars is None:
            params = {"locationId": self._http.location_id}
            answer = self._http.call(endpoints.CALENDARS, params=params)
            found = (id_of(c.get("id")) for c in records_of(answer, "calendars"))
            self._calendars = tuple(filter(None, found))
        return self._calendars

    def _events(self, calendar_id: str, start: int) -> list[parse.Record]:
        params = {
            "locationId": self._http.location_id,
            "calendarId": calendar_id,
            "startTime": str(start),
            "endTime": str(start + WINDOW_MS),
        }
        return list(records_of(self._http.call(endpoints.CALENDAR_EVENTS, params=params), "events"))

    def _appointments(
        self, records: Iterable[parse.Record], *, of: str | None = None
    ) -> list[ActivityRow]:
        zone = self._zone()
        known = {} if of is None else {"contactId": of}
        rows = [parse.appointment({**known, **record}, zone) for record in records]
        return [row for row in rows if row is not None]


def _allowed(read: Callable[[], list[ActivityRow]]) -> list[ActivityRow]:
    """What is read; nothing where the account does not allow it or the contact was deleted meanwhile."""
    try:
        return read()
    except (CrmForbidden, CrmNotFound):
        return []
