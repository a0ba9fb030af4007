"""Which deals, tickets, notes and activities belong to some contacts, asked in batches."""

from collections.abc import Mapping, Sequence

from connector.hubspot import paths
from connector.hubspot.answers import listed, within
from connector.hubspot.http import HubSpotHttp

AT_ONCE = 100  # contacts in one request
# Of each contact; ids grow with time, so the newest are the largest.
LATEST = 20


def of_contacts(
    http: HubSpotHttp, kind: str, contact_ids: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """Record id → those of these contacts that it belongs to, the newest records of each contact."""
    owners: dict[str, list[str]] = {}
    for start in range(0, len(contact_ids), AT_ONCE):
        inputs = [{"id": i} for i in contact_ids[start : start + AT_ONCE]]
        answer = http.post(paths.associations("contacts", kind), {"inputs": inputs})
        for result in listed(answer):
            owner = within(result, "from", "id")
            # Numbers here, where ids are texts everywhere else.
            told = {str(to.get("toObjectId")) for to in listed(result, "to")}
            ids = sorted(int(record_id) for record_id in told if record_id.isdecimal())
            for record_id in ids[-LATEST:] if owner else ():
                owners.setdefault(str(record_id), []).append(str(owner))
    return owners


def contacts_of(http: HubSpotHttp, kind: str, record_ids: Sequence[str]) -> list[str]:
    """The contacts that some deals or tickets belong to, each once."""
    found: dict[str, None] = {}
    for start in range(0, len(record_ids), AT_ONCE):
        inputs = [{"id": i} for i in record_ids[start : start + AT_ONCE]]
        answer = http.post(paths.associations(kind, "contacts"), {"inputs": inputs})
        for result in answer.get("results") or []:
            found |= dict.fromkeys(str(to["toObjectId"]) for to in result.get("to") or [])
    return list(found)
