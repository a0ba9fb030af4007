"""One HTTP client for one account: bytes out, decoded JSON in, every failure classified."""

from typing import Any

import httpx2
import orjson

from connector.dates import http_date
from connector.errors import CrmUnavailable, CrmUnexpected
from connector.highlevel.endpoints import Endpoint
from connector.highlevel.refusals import classify, is_expired, seconds
from connector.json_text import NotJson, decode
from connector.port.provider import AccountAccess
from connector.tls import trusted

BURST = "burst"
_WINDOW_MS = 10_000
# 100 requests in 10 s for each app and account; a few stay free for what we do not see.
BUDGETS = {BURST: (95, _WINDOW_MS)}
REQUESTS_PER_DAY = 200_000

TIMEOUT = httpx2.Timeout(30.0, connect=10.0)


class HighLevelHttp:
    """Requests in the name of one account; renews its token once when HighLevel calls it expired."""

    def __init__(self, api_url: str, access: AccountAccess, *, connections: int = 16) -> None:
        self._client = httpx2.Client(
            verify=trusted(),
            base_url=api_url,
            timeout=TIMEOUT,
            limits=httpx2.Limits(max_connections=connections),
            headers={"User-Agent": "rekindle/0.1", "Accept": "application/json"},
        )
        self._access = access
        self.location_id = access.remote_account_id
        # By HighLevel's own clock (ms), as its last answer had it.
        self.told_at: int | None = None

    def call(
        self,
        endpoint: Endpoint,
        *,
        params: dict[str, str] | None = None,
        body: object = None,
        **ids: str,
    ) -> dict[str, Any]:
        """The decoded answer, always an object; raises a CrmError. `ids` fill the endpoint's path."""
        address = endpoint.address(**ids)
        content = None if body is None else orjson.dumps(body)
        token = self._access.token()
        response = self._once(endpoint, address, params, content, token)
        if is_expired(response.status_code, response.content):
            token = self._access.renew(token)
            response = self._once(endpoint, address, params, content, token)
        self._learn(response)
        self.told_at = http_date(response.headers.get("Date")) or self.told_at
        if response.status_code >= 400:
            raise classify(response.status_code, response.content, _lowered(response))
        return _decode(response)

    def close(self) -> None:
        self._client.close()

    def _once(
        self,
        endpoint: Endpoint,
        address: str,
        params: dict[str, str] | None,
        content: bytes | None,
        token: str,
    ) -> httpx2.Response:
        self._access.budget.take(BURST)
        headers = {"Authorization": f"Bearer {token}", "Version": endpoint.version}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._client.request(
                endpoint.method, address, params=params, content=content, headers=headers
            )
        except httpx2.RequestError as error:
            raise CrmUnavailable(
                f"HighLevel could not be reached ({type(error).__name__})."
            ) from error

    def _learn(self, response: httpx2.Response) -> None:
        """Take over the limit the answer states, counted for our window."""
        most = seconds(response.headers.get("X-RateLimit-Max"))
        interval = seconds(response.headers.get("X-RateLimit-Interval-Milliseconds"))
        if most and interval:
            self._access.budget.learn(BURST, int(most * _WINDOW_MS / interval))


def _lowered(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _decode(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer = decode(response.content)
    except NotJson:
        raise CrmUnavailable("HighLevel's answer was cut short or is not JSON.") from None
    if not isinstance(answer, dict):
        raise CrmUnexpected("HighLevel's answer is not an object.")
    return answer
