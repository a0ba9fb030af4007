"""One HTTP client for an account's data plane: bytes out, decoded JSON in, every failure classified."""

from collections.abc import Iterator
from typing import Any

import httpx2
import orjson

from connector.dates import http_date
from connector.errors import CrmUnavailable
from connector.hubspot.answers import listed, within
from connector.hubspot.refusals import classify
from connector.json_text import NotJson, decode
from connector.port.provider import AccountAccess
from connector.tls import trusted

BURST = "burst"
SEARCH = "search"
# platforms: 110 requests in a rolling 10 s per installed account; 5 searches a second, shared by all apps.
BUDGETS = {BURST: (105, 10_000), SEARCH: (4, 1_000)}

_PAGE, _MOST_PAGES = "100", 10

TIMEOUT = httpx2.Timeout(30.0, connect=10.0)


class HubSpotHttp:
    """Requests in the name of one account; renews its token once when HubSpot calls it expired."""

    def __init__(self, api_url: str, access: AccountAccess, *, connections: int = 16) -> None:
        self._client = httpx2.Client(
            verify=trusted(),
            base_url=api_url,
            timeout=TIMEOUT,
            limits=httpx2.Limits(max_connections=connections),
            headers={"User-Agent": "rekindle/0.1"},
        )
        self._access = access
        # By HubSpot's own clock (ms), as its last answer had it.
        self.told_at: int | None = None

    def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        return self._send("GET", path, params=params)

    def pages(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        """The results of a list, page by page, up to a thousand."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            more = {"after": after} if after else {}
            answer = self.get(path, {**params, "limit": _PAGE, **more})
            yield from listed(answer)
            after = within(answer, "paging", "next", "after")
            if not after:
                return

    def post(
        self,
        path: str,
        body: object,
        *,
        bucket: str = BURST,
        params: dict[str, str] | None = None,
    ) -> Any:
        return self._send("POST", path, params=params, content=orjson.dumps(body), bucket=bucket)

    def put(self, path: str, body: object) -> Any:
        return self._send("PUT", path, content=orjson.dumps(body))

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def close(self) -> None:
        self._client.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
        bucket: str = BURST,
    ) -> Any:
        token = self._access.token()
        response = self._once(method, path, params, content, bucket, token)
        if response.status_code == 401:
            token = self._access.renew(token)
            response = self._once(method, path, params, content, bucket, token)
        if response.status_code >= 400:
            raise classify(response)
        self.told_at = http_date(response.headers.get("Date")) or self.told_at
        if limit := response.headers.get("X-HubSpot-RateLimit-Max"):
            self._access.budget.learn(BURST, int(limit) if limit.isdecimal() else 0)
        return _decode(response)

    def _once(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None,
        content: bytes | None,
        bucket: str,
        token: str,
    ) -> httpx2.Response:
        self._access.budget.take(bucket)
        headers = {"Authorization": f"Bearer {token}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._client.request(
                method, path, params=params, content=content, headers=headers
            )
        except httpx2.RequestError as error:
            raise CrmUnavailable(
                f"HubSpot could not be reached ({type(error).__name__})."
            ) from error


def _decode(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    return read_answer(response.content)


def read_answer(content: bytes) -> Any:
    """The decoded answer; raises CrmUnavailable for one that is not whole."""
    try:
        return decode(content)
    except NotJson:
        raise CrmUnavailable("HubSpot's answer was cut short or is not JSON.") from None
