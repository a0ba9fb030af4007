"""What HighLevel remembers of a contact's last session on the site: where it came from, and not when."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from connector.highlevel.values import fields_of, id_of, millis, records_of, text
from connector.port.records import WebSession

# Of an attribution what one browser's two sessions differ in; nothing by which the browser could be told again.
_TELLING = (
    "url",
    "campaign",
    "campaignId",
    "utmSource",
    "utmMedium",
    "utmContent",
    "referrer",
    "medium",
    "mediumId",
    "gclid",
    "fbclid",
    "msclikid",
    "dclid",
)
# A link in a text or an e-mail has a name in place of an address.
_TRIGGER_LINK = "trigger link"
# A message, a form or an appointment moves a contact's last activity as well, at about its own time (ms).
_SAME_ACT = 60_000


def last_session(record: Mapping[str, Any], acts: Iterable[int] | None = None) -> list[WebSession]:
    """The contact's last session; none where it never came by the web.

    `acts` are the times (ms) of all else that happened with the contact lately, None where nobody asked. The
    last activity that is none of these was the session.
    """
    contact_id, attribution = id_of(record.get("id")), _last(record)
    since = millis(record.get("dateAdded"))
    if not contact_id or attribution is None or since is None:
        return []
    active = millis(record.get("lastActivity"))
    at = None
    if acts is not None and active is not None:
        explained = any(abs(active - act) <= _SAME_ACT for act in acts)
        at = None if explained else active
    return [WebSession(contact_id, _mark(attribution), since, at)]


def _last(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The last attribution that names an address; a search lists all of them, the last one last."""
    listed: Sequence[Mapping[str, Any]] = records_of(record, "attributions")
    given = fields_of(record, "lastAttributionSource") or fields_of(record, "attributionSource")
    found = given or (listed[-1] if listed else {})
    address = text(found.get("url")).lower()
    return found if address.startswith("http") or address == _TRIGGER_LINK else None


def _mark(attribution: Mapping[str, Any]) -> str:
    said = [text(attribution.get(name)) for name in _TELLING]
    return hashlib.blake2b(orjson.dumps(said), digest_size=8).hexdigest()
