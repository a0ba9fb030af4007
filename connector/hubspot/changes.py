"""What HubSpot's searches tell of changes, and how many contacts they count."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector import changes
from connector.changes import Part, Sighting, Sightings
from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnavailable
from connector.hubspot import linked, paths
from connector.hubspot.conversations import Conversations
from connector.hubspot.http import SEARCH, HubSpotHttp
from connector.hubspot.mapping import LAST_SEEN, MERGED_IDS
from connector.hubspot.parse import merged_ids, millis
from connector.port.changes import Changes, Span
from connector.port.records import ReadText, Stream

PAGE = 200  # the search's maximum
_FIRST = "0"
_MODIFIED = "lastmodifieddate"
# Roll-ups move without the contact's own time of change (estuary/connectors#3515), and no notice tells of what is
# calculated. A search takes five groups of filters: with every poll activities that were logged, visits, engagement
# of any kind (forms, replies, clicks in sales e-mails, answered calls) and clicks in marketing e-mails ...
_LOGGED = "notes_last_updated"
_ROLLUPS = (
    _LOGGED,
    LAST_SEEN,
    "hs_last_sales_activity_timestamp",
    "hs_email_last_click_date",
)
# ... and in turn with others those by which that engagement is known where its own date is not kept; and sends, with
# which bounces and unengaged sends come.
_FURTHER_ROLLUPS = (
    "recent_conversion_date",
    "hs_email_last_reply_date",
    "hs_sales_email_last_replied",
    "hs_sales_email_last_clicked",
    "hs_email_last_send_date",
)
_CALCULATED = frozenset({*_ROLLUPS, *_FURTHER_ROLLUPS})
# Every kind of record but contacts has the newer name.
_OTHERS_MODIFIED = "hs_lastmodifieddate"
_TURNING = {Stream.DEALS: "deals", Stream.TICKETS: "tickets"}


class ChangeSearch:
    """The searches of one account; `streams` are those its scopes allow, `names` tells its contact properties."""

    def __init__(
        self,
        http: HubSpotHttp,
        streams: Sequence[Stream],
        names: Callable[[], Sequence[str]],
        read_text: ReadText | None = None,
    ) -> None:
        self._http = http
        self._names = names
        self._always = [Part("contacts", self._contacts(_MODIFIED, *_ROLLUPS), _of_contacts)]
        self._turning = [
            Part("roll-ups", self._contacts(*_FURTHER_ROLLUPS), _of_contacts),
            *(
                Part(kind, self._searching(kind), self._telling(kind))
                for stream, kind in _TURNING.items()
                if stream in streams
            ),
        ]
        if Stream.CONVERSATIONS in streams:
            talks = Conversations(http, read_text)
            wrote = Part("conversations", talks.since, lambda _: Changes())
            # Every second turn: an answer is waited for.
            self._turning = [part for other in self._turning for part in (wrote, other)]

    def fetch_changes(self, watermark: str | None) -> Changes:
        if watermark is not None:
            return changes.walk(self._always, self._turning, watermark)
        self.count()
        if self._http.told_at is None:
            raise CrmUnavailable("HubSpot does not say what time it is.")
        return changes.begin([*self._always, *self._turning], self._http.told_at)

    def count(self, created: Span | None = None) -> int:
        filters = [] if created is None else [{"filters": _made_in(created)}]
        answer = self._search("contacts", filters, limit=1, names=["hs_object_id"])
        return int(answer["total"])

    def list_ids(self, created: Span) -> list[str]:
        found: list[str] = []
        while True:
            after = [{"filters": [*_made_in(created), _after(found[-1] if found else _FIRST)]}]
            answer = self._search("contacts", after, limit=PAGE, names=["hs_object_id"])
            page = [str(r["id"]) for r in answer["results"]]
            found += page
            if len(page) < PAGE:
                return found

    def _contacts(self, *times: str) -> Callable[[int, str | None], Sightings]:
        def search(since: int, cursor: str | None) -> Sightings:
            try:
                return self._sighted("contacts", times, since, cursor)
            except CrmInvalid:
                there = set(self._names())
                left = [name for name in times if name in there]
                if len(left) == len(times):
                    raise
            # An account without one of these properties.
            if not left:
                return Sightings((), None, self._http.told_at)
            return self._sighted("contacts", left, since, cursor)

        return search

    def _searching(self, kind: str) -> Callable[[int, str | None], Sightings]:
        def search(since: int, cursor: str | None) -> Sightings:
            try:
                return self._sighted(kind, (_OTHERS_MODIFIED,), since, cursor)
            except (CrmForbidden, CrmNotFound):
                return Sightings((), None, self._http.told_at)

        return search

    def _telling(self, kind: str) -> Callable[[Sequence[Sighting]], Changes]:
        def tell(sightings: Sequence[Sighting]) -> Changes:
            ids = [s.record_id for s in sightings]
            return Changes(busy=linked.contacts_of(self._http, kind, ids))

        return tell

    def _sighted(
        self, kind: str, times: Sequence[str], since: int, cursor: str | None
    ) -> Sightings:
        """A page by ascending id: so many records may have changed at one moment as like."""
        groups = [
            {
                "filters": [
                    {"propertyName": name, "operator": "GTE", "value": str(since)},
                    _after(cursor or _FIRST),
                ]
            }
            for name in times
        ]
        answer = self._search(kind, groups, limit=PAGE, names=[*times, MERGED_IDS])
        told_at = self._http.told_at
        rows = [_sighting(r, times, since) for r in answer["results"]]
        following = rows[-1].record_id if len(rows) == PAGE else None
        return Sightings(rows, following, told_at)

    def _search(
        self, kind: str, groups: list[dict[str, Any]], *, limit: int, names: list[str]
    ) -> Any:
        body = {
            "filterGroups": groups,
            "sorts": ["hs_object_id"],
            "properties": names,
            "limit": limit,
            "after": _FIRST,
        }
        return self._http.post(paths.objects(kind, "search"), body, bucket=SEARCH)


def _of_contacts(sightings: Sequence[Sighting]) -> Changes:
    return Changes(
        moved={s.record_id: s.moved for s in sightings},
        busy=[s.record_id for s in sightings if s.acted],
        replaced=[old for s in sightings for old in s.others],
    )


def _sighting(record: Mapping[str, Any], times: Sequence[str], since: int) -> Sighting:
    values = record.get("properties") or {}
    moments = {name: millis(values.get(name)) or 0 for name in times}
    rolled = any(at >= since for name, at in moments.items() if name in _CALCULATED)
    return Sighting(
        str(record["id"]),
        max(moments.values()),
        moved=None if rolled else moments[times[0]],
        others=merged_ids(record),
        acted=moments.get(_LOGGED, 0) >= since,
    )


def _after(record_id: str) -> dict[str, str]:
    return {"propertyName": "hs_object_id", "operator": "GT", "value": record_id}


def _made_in(created: Span) -> list[dict[str, str]]:
    since, until = created
    return [
        {"propertyName": "createdate", "operator": "GTE", "value": str(since)},
        {"propertyName": "createdate", "operator": "LT", "value": str(until)},
    ]
