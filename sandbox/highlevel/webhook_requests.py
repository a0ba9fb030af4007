"""What HighLevel's webhook requests look like: one event each, signed, tried again after a 429 alone."""

from collections.abc import Callable

from sandbox.highlevel.app import HighLevelApp
from sandbox.highlevel.config import HighLevelLimits
from sandbox.highlevel.signing import sign
from sandbox.kit.answers import json_bytes
from sandbox.kit.delivery import Parcel

WORKERS = 8
UNSIGNED = "N/A"  # what the vendor writes where it did not sign


class WebhookRequests:
    """Makes the requests that tell the registered app of events."""

    name = "highlevel"
    user_agent = "axios/1.7 (sandbox)"
    most_events = 1

    def __init__(self, app: Callable[[], HighLevelApp], limits: HighLevelLimits) -> None:
        self._app, self._limits = app, limits

    def target(self) -> str | None:
        return self._app().webhook_target

    def at_once(self) -> int:
        return WORKERS

    def request(self, parcel: Parcel, target: str) -> tuple[bytes, dict[str, str]]:  # noqa: ARG002
        body = json_bytes(parcel.events[0])
        return body, {
            "Content-Type": "application/json",
            "X-GHL-Signature": sign(body) if parcel.signed else UNSIGNED,
            "deliveryId": parcel.id,
        }

    def tries_again(self, status: int) -> bool:
        return status == 429 or self._limits.retry_all
