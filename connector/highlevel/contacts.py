"""Contacts in pages and by id, each with all that HighLevel's two ways of asking know of it.

A search has the validity of the e-mail address and not the do-not-disturb settings of each channel; a contact asked
for by its id has it the other way round.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from connector.errors import CrmNotFound, CrmUnexpected
from connector.highlevel import endpoints
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.parse import LAST_CLICK, Record
from connector.highlevel.values import count, fields_of, id_of, records_of
from connector.parallel import each

PAGE = 500  # the search's maximum
# Accounts up to this size are read contact by contact as well, for their do-not-disturb settings: 5 % of a day's
# requests. In larger ones they stay unknown until a contact is read by its id.
MOST_DETAILED = 10_000
_IDS_AT_ONCE = 50

Filter = dict[str, object]


class Contacts:
    """Contacts of one account as HighLevel's records."""

    def __init__(self, http: HighLevelHttp) -> None:
        self._http = http

    def page(self, cursor: str | None) -> tuple[list[Record], str | None]:
        """A page from the oldest on, and the cursor of the next; raises CrmUnexpected where pages repeat."""
        after = None if cursor is None else orjson.loads(cursor)
        answer = self._search(size=PAGE, **({} if after is None else {"searchAfter": after}))
        rows = records_of(answer, "contacts")
        found: list[Record] = [row for row in rows if _id(row)]
        following = answer.get("searchAfter") or (rows[-1].get("searchAfter") if rows else None)
        if len(rows) < PAGE or not following:
            following = None
        elif following == after:
            raise CrmUnexpected("HighLevel repeats a page of contacts instead of going on.")
        if count(answer, "total") <= MOST_DETAILED:
            found = self._detailed(found)
        return found, None if following is None else orjson.dumps(following).decode()

    def total(self, filters: Sequence[Filter] = ()) -> int:
        return count(self._search(size=1, filters=list(filters)), "total")

    def matching(
        self, filters: Sequence[Filter], cursor: str | None
    ) -> tuple[list[Record], str | None]:
        """A page of what matches, as the search has it, from the oldest on, and the next cursor."""
        after = {} if cursor is None else {"searchAfter": orjson.loads(cursor)}
        answer = self._search(size=PAGE, filters=list(filters), **after)
        found: list[Record] = [row for row in records_of(answer, "contacts") if _id(row)]
        following = answer.get("searchAfter") or (found[-1].get("searchAfter") if found else None)
        if len(found) < PAGE or not following:
            return found, None
        return found, orjson.dumps(following).decode()

    def oldest(self) -> Record | None:
        """The contact that was added first."""
        found = records_of(self._search(size=1), "contacts")
        return found[0] if found else None

    def fetch(self, contact_ids: Sequence[str]) -> list[Record]:
        """Contacts by id with all that is known of them; those that are gone are absent."""
        searched: dict[str, Record] = {}
        for start in range(0, len(contact_ids), _IDS_AT_ONCE):
            by_id = self._any_of("id", contact_ids[start : start + _IDS_AT_ONCE])
            answer = self._search(size=_IDS_AT_ONCE, filters=[by_id])
            searched |= {_id(row): row for row in records_of(answer, "contacts")}
        return [_both(searched.get(_id(r), {}), r) for r in self.fetch_each(contact_ids)]

    def fetch_each(self, contact_ids: Sequence[str]) -> list[Record]:
        """Contacts one by one as they are stored now; those that are gone are absent."""
        return [record for record in each(self._fetch_one, contact_ids) if record is not None]

    def members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        """Those of these contacts whom a workflow has or, unless `now_only`, had."""
        found: set[str] = set()
        passed = [
            {"field": field, "operator": "eq", "value": workflow_id}
            for field in ("activeWorkflows", "finishedWorkflows")[: 1 if now_only else 2]
        ]
        for start in range(0, len(contact_ids), _IDS_AT_ONCE):
            by_id = self._any_of("id", contact_ids[start : start + _IDS_AT_ONCE])
            filters = [by_id, {"group": "OR", "filters": passed}]
            answer = self._search(size=_IDS_AT_ONCE, filters=filters)
            found |= {_id(row) for row in records_of(answer, "contacts")}
        return frozenset(found.intersection(contact_ids))

    def _search(self, *, size: int, **more: object) -> dict[str, Any]:
        body = {
            "locationId": self._http.location_id,
            "pageLimit": size,
            "sort": [{"field": "dateAdded", "direction": "asc"}],
            **more,
        }
        return self._http.call(endpoints.CONTACT_SEARCH, body=body)

    def _any_of(self, field: str, values: Sequence[str]) -> dict[str, object]:
        equals = [{"field": field, "operator": "eq", "value": value} for value in values]
        return {"group": "OR", "filters": equals}

    def _detailed(self, found: Sequence[Record]) -> list[Record]:
        stored = {_id(r): r for r in self.fetch_each([_id(r) for r in found])}
        # One that was deleted meanwhile stays as it was searched: the next reading misses it.
        return [_both(row, stored.get(_id(row), {})) for row in found]

    def _fetch_one(self, contact_id: str) -> Record | None:
        try:
            answer = self._http.call(endpoints.CONTACT, contact_id=contact_id)
        except CrmNotFound:
            return None
        record = fields_of(answer, "contact")
        return record if _id(record) else None


def _id(record: Record) -> str:
    """The contact's id; empty for one that has none, who is nobody."""
    return id_of(record.get("id"))


def _both(searched: Record, stored: Record) -> Record:
    """What is stored, with the validity of its address and its last click, which the search alone tells.

    A value that was cleared is in no answer, and the search index has it for a while longer: nothing else of it counts.
    """
    if not stored:
        return searched
    is_of_this_address = searched.get("email") == stored.get("email")
    known = [
        *(["validEmail"] if is_of_this_address and "validEmail" in searched else []),
        *([LAST_CLICK] if LAST_CLICK in searched else []),
    ]
    return {**{name: searched[name] for name in known}, **stored}
