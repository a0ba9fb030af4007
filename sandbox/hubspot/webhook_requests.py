"""What HubSpot's webhook requests look like: up to 100 events each, signed two ways, always tried again."""

from collections.abc import Callable

from sandbox.hubspot.app import HubSpotApp
from sandbox.hubspot.signatures import sign_v1, sign_v3
from sandbox.kit.answers import json_bytes
from sandbox.kit.delivery import Parcel

WORKERS = 10


class WebhookRequests:
    """Makes the requests that tell the registered app of events."""

    name = "hubspot"
    user_agent = "HubSpot Connect 2.0 (sandbox)"
    most_events = 100

    def __init__(self, app: Callable[[], HubSpotApp], wall: Callable[[], float]) -> None:
        """`wall` is the real time in seconds, which requests are stamped with."""
        self._app, self._wall = app, wall

    def target(self) -> str | None:
        return self._app().target_url

    def at_once(self) -> int:
        return min(WORKERS, self._app().max_concurrent)

    def request(self, parcel: Parcel, target: str) -> tuple[bytes, dict[str, str]]:
        events = [
            event | {"attemptNumber": parcel.attempt} if isinstance(event, dict) else event
            for event in parcel.events
        ]
        body, secret = json_bytes(events), self._app().credentials.client_secret
        headers = {"Content-Type": "application/json"}
        if parcel.signed:
            timestamp = str(int(self._wall() * 1000))
            headers |= {
                "X-HubSpot-Request-Timestamp": timestamp,
                "X-HubSpot-Signature": sign_v1(secret, body),
                "X-HubSpot-Signature-Version": "v1",
                "X-HubSpot-Signature-v3": sign_v3(
                    secret, "POST", target, body=body, timestamp=timestamp
                ),
            }
        return body, headers

    def tries_again(self, status: int) -> bool:  # noqa: ARG002 - whatever the app answered
        return True
