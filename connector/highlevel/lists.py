"""HighLevel's tags as lists: whoever has the tag is in the list."""

from collections.abc import Sequence

from connector.highlevel import endpoints
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.values import id_of, records_of

# The most that the documents allow in one call.
AT_ONCE = 500


def add(http: HighLevelHttp, tag: str, contact_ids: Sequence[str]) -> frozenset[str]:
    """Give contacts the tag beside those they have; those that HighLevel has no more are answered."""
    body = {"contacts": list(contact_ids), "tags": [tag], "locationId": http.location_id}
    answer = http.call(endpoints.ADD_TAGS, body=body)
    failed = [one for one in records_of(answer, "responses") if one.get("type") == "error"]
    return frozenset(id_of(one.get("contactId")) for one in failed) - {""}
