"""What HubSpot's searches tell of changes, and how many contacts they count."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector import changes
from connector.changes import Part, Sighting, Sightings
from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnavailable
from connector.hubspot import linked, paths
from connector.hubspot.conversations import Conversations
from connector.hubspot.http import SEARCH, HubSpotHttp
from connector.hubspot.mapping import MERGED_IDS
from connector.hubspot.parse import merged_ids, millis
from connector.port.changes import Changes, Span
from connector.port.records import ReadText, Stream

PAGE = 200  # the search's maximum
_FIRST = "0"
_MODIFIED = "lastmodifieddate"
# Roll-ups move without the contact's own time of change (estuary/connectors#3515): activities that were logged,
# visits, sends (with which bounces and unengaged sends come) and clicks. A search takes five groups of filters.
_ROLLUPS = (
    "notes_last_updated",
    "hs_analytics_last_timestamp",
    "hs_email_last_send_date",
    "hs_email_last_click_date",
)
# Every kind of record but contacts has the newer name.
_OTHERS_MODIFIED = "hs_lastmodifieddate"
_TURNING = {Stream.DEALS: "deals", Stream.TICKETS: "tickets"}


class ChangeSearch:
    """The searches of one account; `streams` are those its scopes allow."""

    def __init__(
        self,
        http: HubSpotHttp,
        streams: Sequence[Stream],
        read_text: ReadText | None = None,
    ) -> None:
        self._http = http
        self._rollups: tuple[str, ...] = _ROLLUPS
        self._always = [Part("contacts", self._contacts, _of_contacts)]
        self._turning = [
            Part(kind, self._searching(kind), self._telling(kind))
            for stream, kind in _TURNING.items()
            if stream in streams
        ]
        if Stream.CONVERSATIONS in streams:
            talks = Conversations(http, read_text)
            wrote = Part("conversations", talks.since, lambda _: Changes())
            # Every second turn: an answer is waited for.
            self._turning = [part for other in self._turning for part in (wrote, other)] or [wrote]

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

    def _contacts(self, since: int, cursor: str | None) -> Sightings:
        try:
            return self._sighted("contacts", (_MODIFIED, *self._rollups), since, cursor)
        except CrmInvalid:
            if not self._rollups:
                raise
            self._rollups = ()  # an account without one of these properties
            return self._sighted("contacts", (_MODIFIED,), since, cursor)

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
        replaced=[old for s in sightings for old in s.others],
    )


def _sighting(record: Mapping[str, Any], times: Sequence[str], since: int) -> Sighting:
    values = record.get("properties") or {}
    moments = {name: millis(values.get(name)) or 0 for name in times}
    rolled = any(at >= since for name, at in moments.items() if name != times[0])
    return Sighting(
        str(record["id"]),
        max(moments.values()),
        moved=None if rolled else moments[times[0]],
        others=merged_ids(record),
    )


def _after(record_id: str) -> dict[str, str]:
    return {"propertyName": "hs_object_id", "operator": "GT", "value": record_id}


def _made_in(created: Span) -> list[dict[str, str]]:
    since, until = created
    return [
        {"propertyName": "createdate", "operator": "GTE", "value": str(since)},
        {"propertyName": "createdate", "operator": "LT", "value": str(until)},
    ]
