"""Reading an account's streams, each as one range by HighLevel's own cursors, and contacts by id."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from connector.errors import CrmForbidden
from connector.highlevel import activities, deals, endpoints, parse
from connector.highlevel.activities import Activities
from connector.highlevel.contacts import Contacts
from connector.highlevel.custom_fields import CustomFields
from connector.highlevel.deals import Deals
from connector.highlevel.sessions import last_session
from connector.highlevel.sources import values_of
from connector.highlevel.values import id_of, millis
from connector.parallel import each
from connector.port.fields import PropertyPage
from connector.port.records import (
    ActivityRow,
    Bounds,
    ContactRow,
    IdRange,
    Page,
    Stream,
    WebSession,
)
from core.moments import to_millis

MESSAGES = endpoints.MESSAGE_EXPORT.scope
_MEETING_SCOPES = {endpoints.CALENDARS.scope, endpoints.CALENDAR_EVENTS.scope}
# Calls come with the messages, e-mail never does; there are no tickets.
_SCOPES = {
    Stream.CONTACTS: {endpoints.CONTACT_SEARCH.scope},
    Stream.MEETINGS: _MEETING_SCOPES,
    Stream.EMAILS: {MESSAGES},
    Stream.MESSAGES: {MESSAGES},
}
_BOOKED_AHEAD = timedelta(days=400)


def streams(scopes: frozenset[str]) -> tuple[Stream, ...]:
    """The streams these scopes allow, in the order they are read."""
    allowed = {stream for stream, needed in _SCOPES.items() if needed <= scopes}
    if deals.parts(scopes):
        allowed.add(Stream.DEALS)
    return tuple(stream for stream in Stream if stream in allowed)


@contextmanager
def _named(stream: Stream) -> Iterator[None]:
    """Says of a refusal which stream it kept from being read."""
    try:
        yield
    except CrmForbidden as error:
        needed = _SCOPES.get(stream) or deals.SCOPES
        raise error.of(stream.value, needed) from error


class Records:
    """Pages of one account."""

    def __init__(
        self,
        contacts: Contacts,
        fields: CustomFields,
        happened: Activities,
        sales: Deals,
        *,
        scopes: frozenset[str],
        now: Callable[[], datetime],
        every_field: bool = False,
        sources: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._contacts = contacts
        self._fields = fields
        self._activities = happened
        self._deals = sales
        self._scopes = scopes
        self._now = now
        self._every_field = every_field
        self._sources = sources

    def bounds(self, stream: Stream) -> Bounds:
        """Where the stream begins; raises CrmForbidden naming the stream."""
        with _named(stream):
            return self._bounds(stream)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        with _named(stream):
            return self._fetch_page(stream, part, cursor)

    def _bounds(self, stream: Stream) -> Bounds:
        """One open range; its size is known for contacts, its beginning for meetings."""
        if stream is Stream.CONTACTS:
            return Bounds((IdRange(None, None),), self._contacts.total())
        if stream is Stream.MEETINGS:
            # Nobody had an appointment before the first contact was added.
            oldest = self._contacts.oldest() or {}
            since = millis(oldest.get("dateAdded")) or to_millis(self._now())
            return Bounds((IdRange(str(since), None),))
        return Bounds((IdRange(None, None),))

    def _fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        if stream is Stream.CONTACTS:
            return self._contact_page(cursor)
        if stream is Stream.DEALS:
            sold, size, following = self._deals.page(cursor)
            return Page(
                count=size,
                cursor=following,
                deals=sold.deals,
                activities=sold.activities,
                merged=sold.merged,
            )
        if stream is Stream.MEETINGS:
            return self._meeting_page(part, cursor)
        channel = activities.EMAIL if stream is Stream.EMAILS else None
        found, size, following = self._activities.messages(channel, cursor)
        return Page(count=size, cursor=following, activities=found)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        """Contacts by id, with what newly happened with them; ids that are gone are absent."""
        found = self._contacts.fetch(contact_ids)
        busy = [id_of(record.get("id")) for record in found if closely or parse.has_news(record)]
        latest = dict(zip(busy, each(self._latest, busy), strict=True))
        rows = [row for acts in latest.values() for row in acts]
        # Without the messages nobody can tell whose click it was.
        rows += [
            row
            for record in found
            if MESSAGES in self._scopes
            and (acts := latest.get(id_of(record.get("id")))) is not None
            for row in parse.last_click(record, acts)
        ]
        sales = each(self._deals.of_contact, busy) if closely else []
        return Page(
            count=len(found),
            cursor=None,
            contacts=self._contact_rows(found),
            activities=[*rows, *(act for sold in sales for act in sold.activities)],
            deals=[deal for sold in sales for deal in sold.deals],
            merged={old: by for sold in sales for old, by in sold.merged.items()},
            sessions=[s for record in found for s in _session(record, latest)],
        )

    def _contact_page(self, cursor: str | None) -> Page:
        found, following = self._contacts.page(cursor)
        return Page(
            count=len(found),
            cursor=following,
            contacts=self._contact_rows(found),
            sessions=[s for record in found for s in last_session(record)],
        )

    def _contact_rows(self, found: Sequence[parse.Record]) -> list[ContactRow]:
        keys = self._fields.keys()
        return [
            parse.contact(r, keys, every_field=self._every_field, sources=self._sources)
            for r in found
        ]

    def values_page(self, names: Sequence[str], cursor: str | None) -> PropertyPage:
        """What the contacts after a cursor have in these fields, as the search knows it."""
        found, following = self._contacts.matching([], cursor)
        return PropertyPage(self._values(found, names), following)

    def values_of(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        """The same of contacts by id, as it is stored."""
        return self._values(self._contacts.fetch_each(contact_ids), names)

    def _values(
        self, found: Sequence[parse.Record], names: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        keys = self._fields.keys()
        return {
            id_of(r.get("id")): values_of(r, parse.custom_values(r, keys), names) for r in found
        }

    def _meeting_page(self, part: IdRange, cursor: str | None) -> Page:
        start = int(cursor or part.lower or to_millis(self._now()))
        rows, size = self._activities.meetings(start)
        following = start + activities.WINDOW_MS
        is_end = following > to_millis(self._now() + _BOOKED_AHEAD)
        return Page(count=size, cursor=None if is_end else str(following), activities=rows)

    def _latest(self, contact_id: str) -> list[ActivityRow]:
        return self._activities.latest(
            contact_id,
            messages=MESSAGES in self._scopes,
            appointments=Stream.MEETINGS in streams(self._scopes),
        )


def _session(
    record: parse.Record, latest: Mapping[str, Sequence[ActivityRow]]
) -> Sequence[WebSession]:
    """The contact's last session, dated where nothing else that it did lately explains its last activity."""
    acts = latest.get(id_of(record.get("id")))
    return last_session(record, None if acts is None else [row["occurred_at"] for row in acts])
