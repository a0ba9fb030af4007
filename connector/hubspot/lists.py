"""HubSpot's lists of contacts that are kept by hand: found by name, made, filled."""

from collections.abc import Sequence
from urllib.parse import quote

from connector.errors import CrmNotFound, CrmUnexpected
from connector.hubspot import paths
from connector.hubspot.answers import within
from connector.hubspot.http import HubSpotHttp

_CONTACTS = "0-1"
# The endpoint takes far more; so many are written between two looks at what may stop us.
AT_ONCE = 1_000


def find(http: HubSpotHttp, name: str) -> str | None:
    """The id of the list of that name."""
    try:
        answer = http.get(f"{paths.LISTS}/object-type-id/{_CONTACTS}/name/{quote(name, safe='')}")
    except CrmNotFound:
        return None
    return _id(answer)


def make(http: HubSpotHttp, name: str) -> str:
    """A new list that nothing fills by itself."""
    body = {"name": name, "objectTypeId": _CONTACTS, "processingType": "MANUAL"}
    return _id(http.post(paths.LISTS, body))


def add(http: HubSpotHttp, list_id: str, contact_ids: Sequence[str]) -> frozenset[str]:
    """Put contacts in; those that HubSpot has no more are answered."""
    answer = http.put(f"{paths.LISTS}/{list_id}/memberships/add", list(contact_ids))
    missing = within(answer, "recordIdsMissing")
    return frozenset(map(str, missing)) if isinstance(missing, list) else frozenset()


def _id(answer: object) -> str:
    found = within(answer, "list", "listId")
    if not isinstance(found, str | int):
        raise CrmUnexpected("HubSpot told of a list and did not say which.")
    return str(found)
