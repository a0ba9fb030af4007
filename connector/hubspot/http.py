"""One HTTP client for an account's data plane: bytes out, decoded JSON in, every failure classified."""

from collections.abc import Mapping
from typing import Any

import httpx2
import orjson

from connector.dates import http_date
from connector.errors import (
    CrmAuthInvalid,
    CrmConflict,
    CrmError,
    CrmForbidden,
    CrmInvalid,
    CrmNotFound,
    CrmRateLimited,
    CrmUnavailable,
    CrmUnexpected,
)
from connector.port import AccountAccess

BURST = "burst"
SEARCH = "search"
# platforms: 110 requests in a rolling 10 s per installed account; 5 searches a second, shared by all apps.
BUDGETS = {BURST: (105, 10_000), SEARCH: (4, 1_000)}

TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_RATE_LIMIT_WAITS = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}


class HubSpotHttp:
    """Requests in the name of one account; renews its token once when HubSpot calls it expired."""

    def __init__(self, api_url: str, access: AccountAccess, *, connections: int = 16) -> None:
        self._client = httpx2.Client(
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

    def post(self, path: str, body: object, *, bucket: str = BURST) -> Any:
        return self._send("POST", path, content=orjson.dumps(body), bucket=bucket)

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
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise CrmUnavailable("HubSpot's answer was cut short or is not JSON.") from None


def classify(response: httpx2.Response) -> CrmError:
    """The error class of a failed answer; its message carries codes and names, never values."""
    return classify_parts(response.status_code, response.content, dict(response.headers))


def classify_parts(status: int, content: bytes, headers: Mapping[str, str]) -> CrmError:  # noqa: PLR0911  a table
    """The same from status, body and headers, for answers that came through another client."""
    body = _error_body(content)
    request_id = _text(body.get("correlationId"))
    if status == 429:
        wait = _RATE_LIMIT_WAITS.get(str(body.get("policyName")), 10.0)
        return CrmRateLimited(
            "HubSpot's request limit is used up.", request_id=request_id, retry_after=wait
        )
    if status == 423:
        return CrmUnavailable(
            "The records are locked by HubSpot.", request_id=request_id, retry_after=2.0
        )
    if status == 477 or status >= 500:
        return CrmUnavailable(
            f"HubSpot is not available ({status}).",
            request_id=request_id,
            retry_after=_seconds({k.lower(): v for k, v in headers.items()}.get("retry-after")),
        )
    if status == 401:
        return CrmAuthInvalid(
            "HubSpot no longer accepts this account's access.", request_id=request_id
        )
    if status == 403:
        return _forbidden(body, request_id)
    if status == 404:
        return CrmNotFound("HubSpot does not know this record or address.", request_id=request_id)
    if status == 409:
        return CrmConflict("HubSpot says that this exists already.", request_id=request_id)
    if status in {400, 413, 414, 415, 422}:
        return CrmInvalid(f"HubSpot refused the request: {refusal(body)}.", request_id=request_id)
    return CrmUnexpected(f"HubSpot answered {status}.", request_id=request_id)


def refusal(body: dict[str, Any]) -> str:
    """Codes and property names out of a validation error, without the values in its text."""
    message = str(body.get("message", ""))
    _, bracket, embedded = message.partition("[")
    if bracket:
        try:
            faults = orjson.loads("[" + embedded)
        except orjson.JSONDecodeError:
            faults = []
        named = [f"{f.get('error')} for {f.get('name')}" for f in faults if isinstance(f, dict)]
        if named:
            return ", ".join(named[:5])
    codes = [
        f"{e.get('code') or e.get('subCategory')} {_context(e).get('propertyName', '')}".strip()
        for e in _errors(body)
        if e.get("code") or e.get("subCategory")
    ]
    return ", ".join(codes[:5]) or str(
        body.get("category") or body.get("errorType") or "no reason given"
    )


def _forbidden(body: dict[str, Any], request_id: str | None) -> CrmForbidden:
    named = [_context(e).get("requiredGranularScopes") for e in _errors(body)]
    scopes = tuple(str(scope) for names in named if isinstance(names, list) for scope in names)
    wanted = f": {', '.join(scopes)}" if scopes else ""
    return CrmForbidden(
        f"HubSpot needs a permission that was not granted{wanted}.",
        request_id=request_id,
        scopes=scopes,
    )


def _errors(body: dict[str, Any]) -> list[dict[str, Any]]:
    errors = body.get("errors")
    return [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []


def _context(error: dict[str, Any]) -> dict[str, Any]:
    context = error.get("context")
    return context if isinstance(context, dict) else {}


def _error_body(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None
