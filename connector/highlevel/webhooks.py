"""Webhook deliveries: verified, then in our words; what they say of a record is never used."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connector.events import AnotherApps, Unreadable, digest, read_each
from connector.highlevel import signature
from connector.highlevel.values import millis
from connector.json_text import NotJson, decode
from connector.port.signed import Deliveries, Delivery, SignedRequest
from core.errors import Forbidden, Invalid
from core.moments import from_millis

# HighLevel repeats a delivery for hours; one that is older was taken from somewhere.
OLDEST = timedelta(hours=72)
# How far HighLevel's clock may be ahead of ours before a time is nonsense.
_AHEAD = timedelta(days=1)
_LONGEST_ID = 80

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
_RELATED = ("InboundMessage", "Appointment", "Opportunity", "Note")


class HighLevelWebhooks:
    """Verifies what HighLevel sends us with its public keys.

    HighLevel signs the events of every app with the same keys, so that the app's id has to be compared too.
    """

    def __init__(self, keys: Callable[[], Sequence[Ed25519PublicKey]], app_id: str) -> None:
        self._keys = keys
        self._app_id = app_id

    def read_deliveries(
        self, request: SignedRequest, *, now: datetime, account_now: datetime | None = None
    ) -> Deliveries:
        """At most one: HighLevel sends event by event. An echo of our own write looks like any other change."""
        signature.verify(self._keys(), request.body, request.headers.get(signature.HEADER))
        try:
            event = decode(request.body)
        except NotJson:
            raise Invalid("The delivery is not an event of HighLevel.") from None
        at = millis(event.get("timestamp")) if isinstance(event, dict) else None
        if at is not None and now - from_millis(at) > OLDEST:
            raise Forbidden("The request is too old.")
        return read_each(
            [event],
            partial(self._delivery, now=max(now, account_now or now)),
            account_of=_account_of,
        )

    def _delivery(self, event: Mapping[str, Any], *, now: datetime) -> Delivery | None:
        """None for a type we do not listen to, and for what need not be about a contact and is not."""
        kind = event.get("type")
        if not isinstance(kind, str):
            raise Unreadable("type is missing or no text.")
        if (
            kind not in _APP_EVENTS
            and kind not in _CONTACT_EVENTS
            and not kind.startswith(_RELATED)
        ):
            return None
        self._must_be_ours(event, kind)
        contact_id = "" if kind in _APP_EVENTS else _contact_id(event, kind)
        if contact_id is None:
            return None
        location, agency = _id(event, "locationId"), ""
        if kind in _APP_EVENTS:
            agency = _id(event, "companyId")
        if not location and not agency:
            raise Unreadable("locationId is missing.")
        given = event.get("webhookId")
        return Delivery(
            delivery_key=given if isinstance(given, str) and given else digest(event),
            remote_account_id=location,
            event=_APP_EVENTS.get(kind) or _CONTACT_EVENTS.get(kind) or _related(kind),
            contact_id=contact_id,
            occurred_at=_occurred_at(event, now),
            remote_agency_id=agency or None,
        )

    def _must_be_ours(self, event: Mapping[str, Any], kind: str) -> None:
        """Raises AnotherApps. The published examples of contacts' events leave the app out."""
        app_id = _id(event, "appId")
        if not app_id and kind in _APP_EVENTS:
            raise Unreadable("appId is missing.")
        if app_id and app_id != self._app_id:
            raise AnotherApps


def _related(kind: str) -> str:
    """A note moves no time of the contact by which it would be looked into."""
    return "noted" if kind.startswith("Note") else "changed"


def _occurred_at(event: Mapping[str, Any], now: datetime) -> datetime:
    """Documented examples leave the time out; then the moment it came must do."""
    said = event.get("timestamp")
    at = millis(said)
    if at is None and said is not None:
        raise Unreadable("timestamp is no time.")
    moment = now if at is None else from_millis(at)
    if moment - now > _AHEAD:
        raise Unreadable("timestamp is no time that can be.")
    return moment


def _contact_id(event: Mapping[str, Any], kind: str) -> str | None:
    """None where a related record belongs to no contact; raises Unreadable where a contact has to be named."""
    if kind in _CONTACT_EVENTS:
        found = _id(event, "id") or _id(event, "contactId")
        if not found:
            raise Unreadable("id is missing.")
        return found
    appointment = event.get("appointment")
    if appointment is not None and not isinstance(appointment, dict):
        raise Unreadable("appointment is not an object.")
    return _id(event, "contactId") or _id(appointment or {}, "contactId") or None


def _account_of(event: Mapping[str, Any]) -> str:
    try:
        return _id(event, "locationId")
    except Unreadable:
        return ""


def _id(event: Mapping[str, Any], name: str) -> str:
    """The id in a field; empty where there is none; raises Unreadable for anything else."""
    value = event.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        raise Unreadable(f"{name} is no id.")
    return value
