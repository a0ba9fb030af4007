"""The pretend CRM's notices: verified by their HMAC, then in our words."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

from connector.port import Delivery, SignedRequest
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


class FakeWebhooks:
    """Verifies with the app's client secret."""

    def __init__(self, settings: FakeSettings) -> None:
        self._secret = settings.client_secret

    def read_deliveries(self, request: SignedRequest, *, now: datetime) -> Sequence[Delivery]:
        stamp, _, given = request.headers.get("x-fake-signature", "").partition(".")
        if not stamp.isdigit() or len(stamp) > 15:
            raise Forbidden("The request is not signed.")
        wanted = hmac.new(self._secret.encode(), f"{stamp}.".encode() + request.body, sha256)
        if not hmac.compare_digest(wanted.hexdigest().encode(), given.encode()):
            raise Forbidden("The request's signature is wrong.")
        if abs(now - from_millis(int(stamp))) > _OLDEST:
            raise Forbidden("The request's signature is too old.")
        try:
            return [_delivery(event) for event in orjson.loads(request.body)]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise Invalid("The delivery is not a list of events.") from None


def _delivery(event: dict[str, str]) -> Delivery:
    return Delivery(
        delivery_key=event["id"],
        remote_account_id=event["account"],
        event=_EVENTS[event["event"]],
        contact_id=event["person"],
        occurred_at=from_millis(int(event["at"])),
        remote_agency_id=event["agency"],
    )
