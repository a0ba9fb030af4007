"""The pretend CRM's notices: verified by their HMAC, then in our words."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from connector.events import Unreadable, read_each
from connector.json_text import NotJson, decode
from connector.port.signed import Deliveries, Delivery, SignedRequest
from core.errors import Forbidden, Invalid
from core.moments import from_millis
from tests.fakecrm.settings import FakeSettings

_EVENTS = {
    "person_added": "created",
    "person_edited": "changed",
    "person_removed": "deleted",
    "added": "installed",
    "removed": "uninstalled",
}
_OLDEST = timedelta(minutes=5)
_LATEST = 4_102_444_800_000  # the year 2100


class FakeWebhooks:
    """Verifies with the app's client secret."""

    def __init__(self, settings: FakeSettings) -> None:
        self._secret = settings.client_secret

    def read_deliveries(
        self, request: SignedRequest, *, now: datetime, account_now: datetime | None = None
    ) -> Deliveries:
        stamp, _, given = request.headers.get("x-fake-signature", "").partition(".")
        if not stamp.isdigit() or len(stamp) > 15:
            raise Forbidden("The request is not signed.")
        wanted = hmac.new(self._secret.encode(), f"{stamp}.".encode() + request.body, sha256)
        if not hmac.compare_digest(wanted.hexdigest().encode(), given.encode()):
            raise Forbidden("The request's signature is wrong.")
        if abs(now - from_millis(int(stamp))) > _OLDEST:
            raise Forbidden("The request's signature is too old.")
        try:
            events = decode(request.body)
        except NotJson:
            events = None
        if not isinstance(events, list):
            raise Invalid("The delivery is not a list of events.")
        return read_each(events, _delivery, account_of=lambda event: _text(event, "account", ""))


def _delivery(event: Mapping[str, Any]) -> Delivery:
    kind, at = _text(event, "event"), event.get("at")
    if kind not in _EVENTS:
        raise Unreadable("event is none we know.")
    if not isinstance(at, int) or not 0 <= at < _LATEST:
        raise Unreadable("at is no time that can be.")
    return Delivery(
        delivery_key=_text(event, "id"),
        remote_account_id=_text(event, "account"),
        event=_EVENTS[kind],
        contact_id=_text(event, "person"),
        occurred_at=from_millis(at),
        remote_agency_id=_text(event, "agency", "") or None,
    )


def _text(event: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    value = event.get(name)
    if isinstance(value, str):
        return value
    if otherwise is None:
        raise Unreadable(f"{name} is missing or no text.")
    return otherwise
