"""Sends the requests by which workflows call the app's actions, signed, and tried again where HubSpot would."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2 as httpx

from sandbox.hubspot.app import HubSpotApp
from sandbox.hubspot.config import HubSpotLimits
from sandbox.hubspot.signatures import sign_v2, sign_v3
from sandbox.kit.answers import Json, json_bytes
from sandbox.kit.tls import trusted

TIMEOUT = 10.0  # seconds, as reported
NO_ANSWER = 0


@dataclass(slots=True)
class ActionRequests:
    """Requests run beside those that the server answers: what the app asks meanwhile is answered."""

    app: Callable[[], HubSpotApp]
    limits: HubSpotLimits
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def post(self, url: str, payload: Json, answered: Callable[[int, bytes], None]) -> None:
        """Send the payload soon; `answered` hears the status and the body of the last attempt."""
        task = asyncio.get_running_loop().create_task(self._send(url, payload, answered))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, url: str, payload: Json, answered: Callable[[int, bytes], None]) -> None:
        body = json_bytes(payload)
        status, content = NO_ANSWER, b""
        async with httpx.AsyncClient(verify=trusted(), timeout=TIMEOUT) as client:
            for attempt in range(self.limits.webhook_retries + 1):
                if attempt:
                    await asyncio.sleep(self.limits.webhook_pause_seconds)
                try:
                    answer = await client.post(url, content=body, headers=self._headers(url, body))
                except httpx.HTTPError:
                    status = NO_ANSWER
                else:
                    status, content = answer.status_code, answer.content
                # A refusal is final, except for one that asks for patience.
                if status not in {NO_ANSWER, 429} and status < 500:
                    break
        answered(status, content)

    def _headers(self, url: str, body: bytes) -> dict[str, str]:
        secret, stamp = self.app().credentials.client_secret, str(int(time.time() * 1000))
        return {
            "Content-Type": "application/json",
            "X-HubSpot-Signature": sign_v2(secret, "POST", url, body),
            "X-HubSpot-Signature-Version": "v2",
            "X-HubSpot-Request-Timestamp": stamp,
            "X-HubSpot-Signature-v3": sign_v3(secret, "POST", url, body=body, timestamp=stamp),
        }
