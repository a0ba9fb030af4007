"""What a contact's properties don't hold of its wishes: lists that staff keep, and subscriptions as they are now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound
from connector.hubspot import paths
from connector.hubspot.answers import listed, within
from connector.hubspot.http import HubSpotHttp
from connector.port.records import ContactRow
from inputs.refusals import EMAIL, refused

LISTS_SCOPE = "crm.lists.read"
STATUSES_SCOPE = "communication_preferences.statuses.batch.read"
AT_ONCE = 100
LISTS_PAGE = 250
_CONTACTS = "0-1"
_REFUSED = "UNSUBSCRIBED"


class Preferences:
    """The wishes of one account's contacts, as far as its scopes let them be read."""

    def __init__(self, http: HubSpotHttp, scopes: frozenset[str]) -> None:
        self._http = http
        self._scopes = scopes

    def by_lists(self, rows: Sequence[ContactRow]) -> list[ContactRow]:
        """The contacts, those in a list whose name refuses contact with what it refuses."""
        if not rows or not self._refusing:
            return list(rows)
        found: dict[str, frozenset[str]] = {}
        for some in _batches([row["contact_id"] for row in rows]):
            inputs = [{"objectTypeId": _CONTACTS, "recordId": contact_id} for contact_id in some]
            try:
                answer = self._http.post(paths.LIST_MEMBERSHIPS, {"inputs": inputs})
            except (CrmForbidden, CrmNotFound):
                return list(rows)
            for result in listed(answer):
                lists = (m.get("listId") for m in listed(result, "recordListMemberships"))
                closed = [self._refusing.get(str(list_id), frozenset()) for list_id in lists]
                found[str(result.get("recordId"))] = frozenset[str]().union(*closed)
        return [_closed(row, found.get(row["contact_id"], ())) for row in rows]

    def by_status(self, rows: Sequence[ContactRow]) -> list[ContactRow]:
        """The contacts with their subscriptions as HubSpot has them at this moment."""
        addresses = {row["email"] for row in rows if row["email"]}
        if not addresses or STATUSES_SCOPE not in self._scopes:
            return list(rows)
        asked = sorted(addresses)
        kinds = self._unsubscribed(paths.SUBSCRIPTIONS_READ, "statuses", asked)
        everything = self._unsubscribed(paths.OPT_OUTS_READ, "wideStatuses", asked)
        found = []
        for row in rows:
            address = (row["email"] or "").lower()
            told = _closed(row, (EMAIL,)) if address in everything else row
            found.append({**told, "email_consent": False} if address in kinds else told)
        return found

    def _unsubscribed(self, path: str, name: str, addresses: Sequence[str]) -> frozenset[str]:
        """Those of these addresses that have refused anything that is listed under a name."""
        found: set[str] = set()
        for some in _batches(addresses):
            try:
                answer = self._http.post(f"{path}?channel=EMAIL", {"inputs": list(some)})
            except (CrmForbidden, CrmNotFound, CrmInvalid):
                continue  # the contact's own properties tell
            for result in listed(answer):
                if any(status.get("status") == _REFUSED for status in listed(result, name)):
                    found.add(str(result.get("subscriberIdString")).lower())
        return frozenset(found)

    @cached_property
    def _refusing(self) -> Mapping[str, frozenset[str]]:
        """List id → what its name refuses; read once for each time the account is opened."""
        if LISTS_SCOPE not in self._scopes:
            return {}
        try:
            named = list(self._lists())
        except (CrmForbidden, CrmNotFound, CrmInvalid):
            return {}
        told = {list_id: refused([name]) for list_id, name in named}
        return {list_id: closed for list_id, closed in told.items() if closed}

    def _lists(self) -> Iterator[tuple[str, str]]:
        """Id and name of every list of contacts."""
        offset, more = 0, True
        while more:
            body = {
                "additionalProperties": [],
                "listIds": [],
                "processingTypes": [],
                "objectTypeId": _CONTACTS,
                "offset": offset,
                "count": LISTS_PAGE,
            }
            answer = self._http.post(paths.LIST_SEARCH, body)
            page = listed(answer, "lists")
            for one in page:
                if str(one.get("objectTypeId")) == _CONTACTS:
                    yield str(one.get("listId")), str(one.get("name") or "")
            offset += len(page)
            more = bool(page) and within(answer, "hasMore") is True


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _closed(row: ContactRow, names: Iterable[str]) -> ContactRow:
    return {**row, **dict.fromkeys(names, True)}  # type: ignore[typeddict-item]
