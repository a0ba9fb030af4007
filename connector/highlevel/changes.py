"""What HighLevel's searches tell of changes, and how many contacts they count."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from connector import changes
from connector.changes import Part, Sighting, Sightings
from connector.errors import CrmForbidden, CrmUnavailable
from connector.highlevel import deals, endpoints
from connector.highlevel.activities import EMAIL, Activities
from connector.highlevel.contacts import Contacts, Filter
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.parse import LAST_CLICK
from connector.highlevel.records import MESSAGES
from connector.highlevel.values import millis
from connector.port.changes import Changes, Span
from core.moments import from_millis

OPPORTUNITIES = 100
_UPDATED = "dateUpdated"
_DAY = timedelta(days=1)
_Search = Callable[[int, str | None], Sightings]


class ChangeSearch:
    """The searches of one account, as far as its scopes allow.

    Contacts that were deleted are in none of them: they are missing from the counts.
    """

    def __init__(
        self,
        http: HighLevelHttp,
        contacts: Contacts,
        activities: Callable[[], Activities],
        scopes: frozenset[str],
    ) -> None:
        self._http = http
        self._contacts = contacts
        self._activities = activities
        self._always = [Part("contacts", self._changed_contacts, _of_contacts)]
        sold, said = deals.parts(scopes), MESSAGES in scopes
        others = [
            Part(name, self._allowed(search), _of_owners)
            for name, search, there in (
                ("emails", self._messages(EMAIL), said),
                ("opportunities", self._opportunities, deals.OPPORTUNITIES in sold),
                ("emails", self._messages(EMAIL), said),
                ("transactions", self._transactions, deals.TRANSACTIONS in sold),
            )
            if there
        ]
        # Every second turn: a text is answered soon.
        wrote = Part("messages", self._allowed(self._messages(None)), _of_owners)
        self._turning = [p for other in others for p in (wrote, other)] if said else others

    def fetch_changes(self, watermark: str | None) -> Changes:
        if watermark is not None:
            return changes.walk(self._always, self._turning, watermark)
        self._contacts.total()
        if self._http.told_at is None:
            raise CrmUnavailable("HighLevel does not say what time it is.")
        return changes.begin([*self._always, *self._turning], self._http.told_at)

    def count(self, created: Span | None = None) -> int:
        return self._contacts.total([] if created is None else _made_in(created))

    def list_ids(self, created: Span) -> list[str]:
        found, cursor = self._contacts.matching(_made_in(created), None)
        ids = [str(record["id"]) for record in found]
        while cursor is not None:
            found, cursor = self._contacts.matching(_made_in(created), cursor)
            ids += [str(record["id"]) for record in found]
        return ids

    def _changed_contacts(self, since: int, cursor: str | None) -> Sightings:
        # In the order they were made, which no change moves while the pages are turned. A click moves no change.
        times = [
            {"field": name, "operator": "range", "value": {"gte": _iso(since)}}
            for name in (_UPDATED, LAST_CLICK)
        ]
        either: Filter = {"group": "OR", "filters": times}
        found, following = self._contacts.matching([either], cursor)
        rows = []
        for record in found:
            at, clicked = millis(record.get(_UPDATED)), millis(record.get(LAST_CLICK)) or 0
            # Only a reading by id tells of a click.
            moved = None if clicked >= since else at
            rows.append(Sighting(str(record["id"]), max(at or since, clicked), moved=moved))
        return Sightings(rows, following, self._http.told_at)

    def _opportunities(self, since: int, cursor: str | None) -> Sightings:
        updated = {"field": "date_updated", "operator": "range", "value": {"gte": _iso(since)}}
        body = {
            "locationId": self._http.location_id,
            "query": "",
            "limit": OPPORTUNITIES,
            "page": 1,
            "searchAfter": [] if cursor is None else orjson.loads(cursor),
            "additionalDetails": {
                "notes": False,
                "tasks": False,
                "calendarEvents": False,
                "unReadConversations": False,
            },
            "filters": [updated],
        }
        answer = self._http.call(endpoints.OPPORTUNITY_SEARCH, body=body)
        found = answer.get("opportunities") or []
        rows = [_owned(r, r.get("updatedAt"), since) for r in found]
        following = following_opportunities(found)
        return Sightings(rows, following, self._http.told_at)

    def _transactions(self, since: int, cursor: str | None) -> Sightings:
        """Payments can be asked for by whole days alone."""
        offset, first = int(cursor or 0), from_millis(since)
        params = {
            "altId": self._http.location_id,
            "altType": "location",
            "paymentMode": "live",
            "startAt": first.date().isoformat(),
            "endAt": (first + 2 * _DAY).date().isoformat(),
            "limit": str(deals.TRANSACTION_PAGE),
            "offset": str(offset),
        }
        answer = self._http.call(endpoints.TRANSACTIONS, params=params)
        found = answer.get("data") or []
        rows = [_owned(r, r.get("updatedAt") or r.get("createdAt"), since) for r in found]
        following = offset + len(found)
        is_end = not found or following >= int(answer.get("totalCount") or 0)
        return Sightings(rows, None if is_end else str(following), self._http.told_at)

    def _messages(self, channel: str | None) -> _Search:
        def search(since: int, cursor: str | None) -> Sightings:
            rows, following = self._activities().changed(channel, _iso(since), cursor)
            return Sightings((), following, self._http.told_at, Changes(activities=rows))

        return search

    def _allowed(self, search: _Search) -> _Search:
        """The search; empty where the account forbids it though its scopes do not."""

        def asked(since: int, cursor: str | None) -> Sightings:
            try:
                return search(since, cursor)
            except CrmForbidden:
                return Sightings((), None, self._http.told_at)

        return asked


def following_opportunities(found: Sequence[Mapping[str, Any]]) -> str | None:
    """Where the page after these opportunities begins; None where they are the last.

    The published shape wants texts, whatever the answer had.
    """
    sort = found[-1].get("sort") if len(found) == OPPORTUNITIES else None
    if not isinstance(sort, list):
        return None
    return orjson.dumps([str(value) for value in sort]).decode()


def _made_in(created: Span) -> list[Filter]:
    since, until = map(_iso, created)
    return [{"field": "dateAdded", "operator": "range", "value": {"gte": since, "lt": until}}]


def _of_contacts(sightings: Sequence[Sighting]) -> Changes:
    return Changes(moved={s.record_id: s.moved for s in sightings})


def _of_owners(sightings: Sequence[Sighting]) -> Changes:
    return Changes(busy=list(dict.fromkeys(s.contact_id for s in sightings if s.contact_id)))


def _owned(record: dict[str, Any], at: object, since: int) -> Sighting:
    record_id = str(record.get("id") or record.get("_id"))
    return Sighting(record_id, millis(at) or since, contact_id=str(record.get("contactId") or ""))


def _iso(at: int) -> str:
    return from_millis(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"
