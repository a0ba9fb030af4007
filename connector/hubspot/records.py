"""Reading whole streams in id ranges, many pages in flight, and single contacts by id."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.hubspot import deals, linked, parse, paths
from connector.hubspot.answers import listed, properties, records, within
from connector.hubspot.consent import NO_LABELS
from connector.hubspot.conversations import SCOPE, Conversations
from connector.hubspot.http import SEARCH, HubSpotHttp
from connector.hubspot.preferences import Preferences
from connector.hubspot.ranges import PAGE, check_order, cut
from connector.parallel import each
from connector.port.fields import PropertyPage
from connector.port.records import (
    ActivityRow,
    Bounds,
    IdRange,
    OrderBroken,
    Page,
    ReadText,
    Stream,
)

BATCH = 100  # the batch read endpoint's maximum
# Query strings beyond about 8 kB answer 414 (airbytehq/airbyte#33976): then the names travel in a body.
_LONGEST_QUERY = 6_000

_OBJECTS = {
    Stream.CONTACTS: "contacts",
    Stream.DEALS: "deals",
    Stream.MEETINGS: "meetings",
    Stream.CALLS: "calls",
    Stream.EMAILS: "emails",
    Stream.MESSAGES: "communications",
    Stream.TICKETS: "tickets",
    Stream.NOTES: "notes",
}

# Scopes page of the developer docs: contacts.read covers meetings, calls, communications and notes.
_SCOPES = {
    Stream.CONTACTS: "crm.objects.contacts.read",
    Stream.DEALS: "crm.objects.deals.read",
    Stream.MEETINGS: "crm.objects.contacts.read",
    Stream.CALLS: "crm.objects.contacts.read",
    Stream.EMAILS: "sales-email-read",
    Stream.MESSAGES: "crm.objects.contacts.read",
    Stream.CONVERSATIONS: SCOPE,
    Stream.TICKETS: "tickets",
    Stream.NOTES: "crm.objects.contacts.read",
}
# What changes without its contact and speaks for or against a start, or is what the contact did last.
_READ_ALONG = (
    Stream.DEALS,
    Stream.MEETINGS,
    Stream.CALLS,
    Stream.EMAILS,
    Stream.TICKETS,
    Stream.NOTES,
)


def streams(scopes: frozenset[str], *, texts: bool = False) -> tuple[Stream, ...]:
    """The streams these scopes allow; a note without its text would say nothing."""
    allowed = (stream for stream in _SCOPES if _SCOPES[stream] in scopes)
    return tuple(stream for stream in allowed if texts or stream is not Stream.NOTES)


@contextmanager
def _named(stream: Stream) -> Iterator[None]:
    """Says of a refusal which stream it kept from being read."""
    try:
        yield
    except CrmForbidden as error:
        raise error.of(stream.value, {_SCOPES[stream]}) from error


class Records:
    """Pages of one account; `mapping` is our field → properties, `names` the contact properties to ask for."""

    def __init__(
        self,
        http: HubSpotHttp,
        mapping: Mapping[str, Sequence[str]],
        names: Sequence[str],
        *,
        scopes: frozenset[str] = frozenset(),
        read_text: ReadText | None = None,
        kept: Collection[str] = (),
        labels: Mapping[tuple[str, str], str] = NO_LABELS,
    ) -> None:
        self._objects = paths.objects
        self._http = http
        self._mapping = mapping
        self._names = tuple(names)
        self._kept, self._labels = frozenset(kept), labels
        self._read_text = read_text
        allowed = streams(scopes, texts=read_text is not None)
        self._along = tuple(stream for stream in _READ_ALONG if stream in allowed)
        self._talks = Conversations(http, read_text)
        self._preferences = Preferences(http, scopes)
        self._currency: str | None = None
        self._hears = Stream.CONVERSATIONS in allowed

    def bounds(self, stream: Stream) -> Bounds:
        """Where the stream can be cut; raises CrmForbidden naming the stream."""
        if stream is Stream.CONVERSATIONS:
            return Bounds((IdRange(None, None),))  # its cursors are no ids
        with _named(stream):
            return self._bounds(stream)

    def fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        with _named(stream):
            if stream is Stream.CONVERSATIONS:
                return self._talks.page(cursor)
            return self._fetch_page(stream, part, cursor)

    def _bounds(self, stream: Stream) -> Bounds:
        """(start, largest id] to be halved at will, and what is created after it meanwhile."""
        largest, total = self._largest_id(stream)
        if largest is None:
            return Bounds((IdRange(None, None),), total)
        return Bounds((IdRange("0", largest), IdRange(largest, None)), total)

    def _fetch_page(self, stream: Stream, part: IdRange, cursor: str | None) -> Page:
        after = cursor or part.lower
        ranged = part != IdRange(None, None)
        try:
            answer, complete = self._list(stream, after)
        except CrmInvalid as error:
            if ranged and cursor is None and after != "0":
                # The server's cursors are not ids, so it refuses one that it did not give out.
                raise OrderBroken from error
            raise
        results: Sequence[parse.Record] = records(answer)
        following = _next(answer)
        if ranged:
            check_order(results, after, following)
            results, following = cut(results, following, part.upper)
        if not complete and results:
            # After the order was checked: a record deleted in between must not look like disorder.
            results = self.batch_read([str(r["id"]) for r in results], self._names)
        return self._page(stream, results, following)

    def fetch_contacts(self, contact_ids: Sequence[str], *, closely: bool = False) -> Page:
        """Contacts by id, closely with their deals, tickets and notes; ids that are gone are absent.

        Both ids of a merge lead to the record it has made.
        """
        found: dict[str, parse.Record] = {}
        merged: dict[str, str] = {}
        for start in range(0, len(contact_ids), BATCH):
            asked = contact_ids[start : start + BATCH]
            answered = {r["id"]: r for r in self.batch_read(asked, self._names)}
            merged |= self._led_elsewhere(asked, answered)
            found |= answered
        page = self._page(Stream.CONTACTS, list(found.values()), None)
        page = replace(page, merged={**merged, **page.merged})
        if not closely or not found:
            return page
        page = replace(page, contacts=self._preferences.by_status(page.contacts))
        present = list(found)
        more = each(lambda stream: self._linked(stream, present), self._along)
        wrote = self._wrote_lately(present)
        return replace(
            page,
            activities=[
                *page.activities,
                *(row for part in more for row in part.activities),
                *wrote,
            ],
            deals=[row for part in more for row in part.deals],
        )

    def fetch_written(self, thread_ids: Sequence[str], *, since: int) -> Page:
        """What people wrote on these threads since a moment; nothing where that may not be read."""
        if not self._hears:
            return Page(0, None)
        with suppress(CrmForbidden):
            rows = self._talks.written(thread_ids, since)
            return Page(len(rows), None, activities=rows)
        return Page(0, None)

    def values_page(self, cursor: str | None) -> PropertyPage:
        """What the contacts after a cursor have in the properties that this was opened with."""
        answer, complete = self._list(Stream.CONTACTS, cursor)
        found: Sequence[parse.Record] = records(answer)
        if not complete and found:
            found = self.batch_read([str(r["id"]) for r in found], self._names)
        values = {str(r["id"]): {k: v for k, v in properties(r).items() if v} for r in found}
        return PropertyPage(values, _next(answer))

    def _wrote_lately(self, contact_ids: Sequence[str]) -> Sequence[ActivityRow]:
        if not self._hears:
            return ()
        try:
            return self._talks.lately(contact_ids)
        except (CrmNotFound, CrmForbidden):
            return ()

    def _led_elsewhere(
        self, asked: Sequence[str], answered: Mapping[str, parse.Record]
    ) -> dict[str, str]:
        """Id asked for → id answered, where the record answered does not list the ids merged into it."""
        listing = {i: parse.merged_ids(r) for i, r in answered.items() if i not in asked}
        if all({*asked} & {*ids} for ids in listing.values()):
            return {}
        known = {*answered, *(old for ids in listing.values() for old in ids)}
        missing = [i for i in asked if i not in known]
        # One by one: a batch does not say which answer belongs to which question.
        alone = {i: self.batch_read([i], ["hs_object_id"]) for i in missing}
        return {i: r["id"] for i, found in alone.items() for r in found if r["id"] != i}

    def batch_read(
        self, ids: Sequence[str], names: Sequence[str], kind: str = "contacts"
    ) -> list[parse.Record]:
        # The schema requires all three parts, though the service takes the request without the second.
        body = {
            "properties": list(names),
            "propertiesWithHistory": [],
            "inputs": [{"id": i} for i in ids],
        }
        return list(records(self._http.post(self._objects(kind, "batch", "read"), body)))

    def _linked(self, stream: Stream, contact_ids: Sequence[str]) -> Page:
        """What of a stream belongs to these contacts now; empty where the server has no such address."""
        kind = _OBJECTS[stream]
        try:
            owners = linked.of_contacts(self._http, kind, contact_ids)
            found: list[parse.Record] = []
            ids = list(owners)
            for start in range(0, len(ids), BATCH):
                names = self._asked(stream)
                found += self.batch_read(ids[start : start + BATCH], names, kind)
        except (CrmNotFound, CrmForbidden):
            return Page(count=0, cursor=None)
        owned = [(r, owners.get(r["id"], ())) for r in found]
        return self._rows(stream, owned, len(found), None)

    def _list(self, stream: Stream, after: str | None) -> tuple[Any, bool]:
        """A page as it is listed, and whether its records have the wanted properties."""
        names = self._asked(stream)
        params = {"limit": str(PAGE)}
        if after is not None and after != "0":
            params["after"] = after
        if stream is not Stream.CONTACTS:
            params["associations"] = "contacts"
        complete = len(",".join(names)) <= _LONGEST_QUERY
        if complete:
            params["properties"] = ",".join(names)
        try:
            return self._http.get(self._objects(_OBJECTS[stream]), params), complete
        except CrmNotFound:
            if self._objects is paths.older_objects:
                raise
            # A server that does not know the dated address yet: the older one says the same.
            paths.tell_older()
            self._objects = paths.older_objects
            return self._http.get(self._objects(_OBJECTS[stream]), params), complete

    def _page(self, stream: Stream, results: Sequence[parse.Record], following: str | None) -> Page:
        if stream is Stream.CONTACTS:
            return Page(
                count=len(results),
                cursor=following,
                contacts=self._preferences.by_lists(
                    [parse.contact(r, self._mapping, self._kept, self._labels) for r in results]
                ),
                activities=[a for r in results for a in parse.moments(r)],
                merged={old: str(r["id"]) for r in results for old in parse.merged_ids(r)},
            )
        owned = [(r, self._contacts_of(stream, r)) for r in results]
        return self._rows(stream, owned, len(results), following)

    def _rows(
        self,
        stream: Stream,
        owned: Iterable[tuple[parse.Record, Sequence[str]]],
        count: int,
        following: str | None,
    ) -> Page:
        """A page of records that are not contacts, each with the contacts it belongs to."""
        if stream is Stream.DEALS:
            owned = list(owned)
            sold = [d for r, ids in owned for d in deals.read(r, ids, self._own_currency)]
            said = [a for r, ids in owned for a in deals.noted(r, ids)]
            return Page(count=count, cursor=following, deals=sold, activities=said)
        rows = [a for r, ids in owned for a in parse.activities(stream, r, ids, self._read_text)]
        return Page(count=count, cursor=following, activities=rows)

    def _own_currency(self) -> str | None:
        """The account's currency; asked for once, where a deal in some currency has no amount in it."""
        if self._currency is None:
            with suppress(CrmNotFound, CrmForbidden):
                self._currency = within(self._http.get(paths.ACCOUNT), "companyCurrency")
            self._currency = str(self._currency or "")
        return self._currency or None

    def _asked(self, stream: Stream) -> tuple[str, ...]:
        """The properties to ask for; texts only where somebody reads them."""
        if stream is Stream.CONTACTS:
            return self._names
        if stream is Stream.DEALS:
            return deals.PROPERTIES
        more = parse.TEXT_PROPERTIES.get(stream, ()) if self._read_text is not None else ()
        return (*parse.ACTIVITY_PROPERTIES[stream], *more)

    def _contacts_of(self, stream: Stream, record: parse.Record) -> list[str]:
        linked = within(record, "associations", "contacts")
        ids = [r["id"] for r in records(linked)] if isinstance(linked, dict) else []
        if within(linked, "paging"):
            # More contacts than a list answers inline: read them all by their own address.
            path = self._objects(_OBJECTS[stream], str(record["id"]), "associations", "contacts")
            ids = self._all_associated(path)
        return list(dict.fromkeys(ids))

    def _all_associated(self, path: str) -> list[str]:
        ids: list[str] = []
        params = {"limit": "500"}
        while True:
            answer = self._http.get(path, params)
            ids += [str(r.get("toObjectId") or r.get("id")) for r in listed(answer)]
            following = _next(answer)
            if following is None:
                return ids
            params["after"] = following

    def _largest_id(self, stream: Stream) -> tuple[str | None, int | None]:
        body = {
            "limit": 1,
            "after": "0",
            "sorts": ["-hs_object_id"],
            "properties": ["hs_object_id"],
            "filterGroups": [],
        }
        try:
            answer = self._http.post(self._objects(_OBJECTS[stream], "search"), body, bucket=SEARCH)
        except (CrmNotFound, CrmInvalid, CrmForbidden, CrmUnexpected):
            # Without search the end is found by asking what comes after ever larger ids.
            return self._probe_largest(stream), None
        results, total = records(answer), within(answer, "total")
        largest = results[0]["id"] if results else ""
        return largest if largest.isdigit() else None, total if isinstance(total, int) else None

    def _probe_largest(self, stream: Stream) -> str | None:
        mark = 1 << 10
        while mark < 1 << 62:
            try:
                answer = self._http.get(
                    self._objects(_OBJECTS[stream]), {"limit": "1", "after": str(mark)}
                )
            except (CrmInvalid, CrmNotFound):
                return None
            results = records(answer)
            if not results:
                return str(mark)
            last = results[-1]["id"]
            if not last.isdigit() or int(last) <= mark:
                return None
            mark = max(mark * 4, int(last))
        return None


def _next(answer: Any) -> str | None:
    following = within(answer, "paging", "next", "after")
    return None if following is None else str(following)
