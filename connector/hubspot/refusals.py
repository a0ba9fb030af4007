"""HubSpot's failed answers in our classes of error; messages carry codes and names, never values."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx2

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
from connector.json_text import NotJson, decode

_RATE_LIMIT_WAITS = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}

# What HubSpot's codes and the names of properties look like: no value of a person passes for one.
_CODE = re.compile(r"(?:[A-Z][A-Za-z]*\.)*[A-Z][A-Z0-9_]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 100
# Codes wherever they stand: some areas of the API have theirs in the text of a message.
_CODES = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")
_LOOKED_AT = 20_000


def classify(response: httpx2.Response) -> CrmError:
    """The error class of a failed answer; its message carries codes and names, never values."""
    return classify_parts(response.status_code, response.content, dict(response.headers))


def classify_parts(status: int, content: bytes, headers: Mapping[str, str]) -> CrmError:
    """The same from status, body and headers, for answers that came through another client."""
    body = _error_body(content)
    error = _classify(status, body, headers)
    error.codes = frozenset(_CODES.findall(content[:_LOOKED_AT].decode(errors="replace")))
    return error


def _classify(  # noqa: PLR0911  a table
    status: int, body: dict[str, Any], headers: Mapping[str, str]
) -> CrmError:
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
            f"HubSpot is not available ({status}{_saying(body)}).",
            request_id=request_id,
            retry_after=_seconds({k.lower(): v for k, v in headers.items()}.get("retry-after")),
        )
    if status == 401:
        return CrmAuthInvalid(
            f"HubSpot no longer accepts this account's access{_saying(body)}.",
            request_id=request_id,
        )
    if status == 403:
        return _forbidden(body, request_id)
    if status == 404:
        return CrmNotFound(
            f"HubSpot does not know this record or address{_saying(body)}.", request_id=request_id
        )
    if status == 409:
        return CrmConflict(
            f"HubSpot says that this exists already{_saying(body)}.", request_id=request_id
        )
    if status in {400, 413, 414, 415, 422}:
        return CrmInvalid(f"HubSpot refused the request: {refusal(body)}.", request_id=request_id)
    return CrmUnexpected(f"HubSpot answered {status}{_saying(body)}.", request_id=request_id)


def refusal(body: dict[str, Any]) -> str:
    """Codes and property names out of a validation error, without the values in its text."""
    message = str(body.get("message", ""))
    _, bracket, embedded = message.partition("[")
    found: list[str] = []
    if bracket:
        try:
            faults = decode(("[" + embedded).encode())
        except NotJson:
            faults = []
        found = [_fault(f) for f in faults if isinstance(f, dict)]
    if not found:
        found = [_entry(e) for e in _errors(body) if e.get("code") or e.get("subCategory")]
    named = [text for text in found if text] or _codes(body)
    return ", ".join(named[:5]) or "no reason given"


def _fault(fault: Mapping[str, Any]) -> str:
    code, name = _only(_CODE, [fault.get("error")]), _only(_NAME, [fault.get("name")])
    return " for ".join([*code, *name]) if code else ""


def _entry(error: Mapping[str, Any]) -> str:
    codes = _only(_CODE, [error.get("code") or error.get("subCategory")])
    given = _context(error).get("propertyName")
    names = _only(_NAME, given if isinstance(given, list) else [given])
    return f"{codes[0]} {', '.join(names)}".strip() if codes else ""


def _codes(body: Mapping[str, Any]) -> list[str]:
    """Category and subcategory of a refusal, and the codes of its single errors."""
    own = [body.get("category") or body.get("errorType"), body.get("subCategory")]
    single = [e.get(name) for e in _errors(body) for name in ("code", "subCategory")]
    return list(dict.fromkeys(_only(_CODE, [*own, *single])))


def _saying(body: Mapping[str, Any]) -> str:
    codes = _codes(body)
    return f": {', '.join(codes[:3])}" if codes else ""


def _only(pattern: re.Pattern[str], values: Iterable[object]) -> list[str]:
    """Those values that are such texts, and short ones."""
    return [v for v in values if isinstance(v, str) and len(v) <= _LONGEST and pattern.fullmatch(v)]


def _forbidden(body: dict[str, Any], request_id: str | None) -> CrmForbidden:
    named = [_context(e).get("requiredGranularScopes") for e in _errors(body)]
    scopes = tuple(str(scope) for names in named if isinstance(names, list) for scope in names)
    wanted = f": {', '.join(scopes)}" if scopes else _saying(body)
    return CrmForbidden(
        f"HubSpot needs a permission that was not granted{wanted}.",
        request_id=request_id,
        scopes=scopes,
    )


def _errors(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    errors = body.get("errors")
    return [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []


def _context(error: Mapping[str, Any]) -> dict[str, Any]:
    context = error.get("context")
    return context if isinstance(context, dict) else {}


def _error_body(content: bytes) -> dict[str, Any]:
    try:
        body = decode(content)
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None
