"""Webhook deliveries: verified, then in our words; what they say of a record is never used."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connector.highlevel import signature
from connector.highlevel.values import millis
from connector.port import Delivery, SignedRequest
from core.errors import Forbidden, Invalid
from core.moments import from_millis

# HighLevel repeats a delivery for hours; one that is older was taken from somewhere.
OLDEST = timedelta(hours=72)

_CONTACT_EVENTS = {
    "ContactCreate": "created",
    "ContactUpdate": "changed",
    "ContactDelete": "deleted",
    "ContactTagUpdate": "changed",
    "ContactDndUpdate": "changed",
}
# The app's own life; of an agency where no account is named.
_APP_EVENTS = {"INSTALL": "installed", "UNINSTALL": "uninstalled"}
# Something happened with a contact: its record and its latest activities are read again.
_RELATED = ("InboundMessage", "Appointment", "Opportunity")


class HighLevelWebhooks:
    """Verifies what HighLevel sends us with its public keys."""

    def __init__(self, keys: Callable[[], Sequence[Ed25519PublicKey]]) -> None:
        self._keys = keys

    def read_deliveries(self, request: SignedRequest, *, now: datetime) -> Sequence[Delivery]:
        """At most one: HighLevel sends event by event. An echo of our own write looks like any other change."""
        signature.verify(self._keys(), request.body, request.headers.get(signature.HEADER))
        event = _decoded(request.body)
        occurred_at = _occurred_at(event, now)
        if now - occurred_at > OLDEST:
            raise Forbidden("The request is too old.")
        return [d for d in [_delivery(event, request.body, occurred_at)] if d is not None]


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Invalid("The delivery is not an event of HighLevel.")
    return event


def _occurred_at(event: dict[str, Any], now: datetime) -> datetime:
    """Documented examples leave the time out; then the moment it came must do."""
    at = millis(event.get("timestamp"))
    return now if at is None else from_millis(at)


def _delivery(event: dict[str, Any], body: bytes, occurred_at: datetime) -> Delivery | None:
    """None for a type we do not listen to, and for what names no contact or no account."""
    kind = event["type"]
    location, agency = _id(event.get("locationId")), _id(event.get("companyId"))
    if kind in _APP_EVENTS:
        what, contact_id = _APP_EVENTS[kind], ""
        complete = bool(location or agency)
    else:
        what, contact_id = _CONTACT_EVENTS.get(kind, "changed"), _contact_id(event)
        complete = bool(location and contact_id)
    if not complete:
        return None
    return Delivery(
        delivery_key=_key(event, body),
        remote_account_id=location,
        event=what,
        contact_id=contact_id,
        occurred_at=occurred_at,
        remote_agency_id=agency or None,
    )


def _contact_id(event: dict[str, Any]) -> str:
    kind = event["type"]
    if kind in _CONTACT_EVENTS:
        return _id(event.get("id")) or _id(event.get("contactId"))
    if not kind.startswith(_RELATED):
        return ""
    appointment = event.get("appointment")
    nested = appointment.get("contactId") if isinstance(appointment, dict) else None
    return _id(event.get("contactId")) or _id(nested)


def _id(value: object) -> str:
    return value if isinstance(value, str) else ""


def _key(event: dict[str, Any], body: bytes) -> str:
    """HighLevel's id of the delivery, the same in every repetition; else what was said."""
    given = _id(event.get("webhookId"))
    return given or hashlib.blake2b(body, digest_size=16).hexdigest()
