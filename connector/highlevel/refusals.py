"""HighLevel's failed answers in our classes of error; messages carry names of fields, never values."""

import re
from collections.abc import Mapping
from typing import Any

from connector.errors import (
    CrmAuthInvalid,
    CrmConflict,
    CrmError,
    CrmForbidden,
    CrmInvalid,
    CrmLimitReached,
    CrmNotFound,
    CrmRateLimited,
    CrmUnavailable,
    CrmUnexpected,
)
from connector.json_text import NotJson, decode

# Longest waits that are believed: a window of requests, a day of requests.
_WINDOW_SECONDS = 10.0
_DAY_SECONDS = 86_400.0

# What a refusal may be repeated with: phrases that name a field and hold nothing that was sent.
_SAFE = tuple(
    re.compile(pattern)
    for pattern in (
        r"property [A-Za-z][\w.]{0,60} should not exist",
        r"[A-Za-z][\w.]{0,60} must be (?:an? )?[a-z]+(?: value| string)?",
        r"[A-Za-z][\w.]{0,60} must not be (?:greater|less) than \d+",
        r"[A-Za-z][\w.]{0,60} should not be empty",
        r"Invalid field [A-Za-z][\w.]{0,60}",
    )
)
# No error of a limit of records is documented: these are the words such refusals have in common.
_LIMIT = re.compile(
    r"(?:maximum|max) (?:number|limit|allowed) |limit (?:of .{1,40} )?(?:is |was |has been )?(?:reached|exceeded)"
)
_TRACE = re.compile(r"[\w-]{1,64}")


def classify(status: int, content: bytes, headers: Mapping[str, str]) -> CrmError:  # noqa: PLR0911  a table
    """The error class of a failed answer; `headers` by lower-case names.

    A 401 is not always about the token, and a contact that is gone is a 400 as often as a 404.
    """
    body = json_object(content)
    said = " ".join(messages(body)).lower()
    trace = _trace(body)
    if status == 429:
        return _rate_limited(headers, trace)
    if status >= 500:
        wait = seconds(headers.get("retry-after"))
        return CrmUnavailable(
            f"HighLevel is not available ({status}).", request_id=trace, retry_after=wait
        )
    if status == 401:
        return _unauthorized(said, trace)
    if status == 403:
        return _forbidden(said, trace)
    if status == 404 or (status == 400 and "not found" in said):
        return CrmNotFound("HighLevel does not know this record or address.", request_id=trace)
    if status == 409:
        return CrmConflict("HighLevel says that this exists already.", request_id=trace)
    if status in {400, 413, 414, 415, 422}:
        return _refused(body, said, trace)
    return CrmUnexpected(f"HighLevel answered {status}.", request_id=trace)


def _refused(body: Mapping[str, Any], said: str, trace: str | None) -> CrmError:
    message = f"HighLevel refused the request: {refusal(body)}."
    if _LIMIT.search(said):
        return CrmLimitReached(message, limit="records of this kind", request_id=trace)
    return CrmInvalid(message, request_id=trace)


def is_expired(status: int, content: bytes) -> bool:
    """Whether a 401 may be about the token's age, so that a new one is worth a try."""
    said = " ".join(messages(json_object(content))).lower()
    return status == 401 and isinstance(_unauthorized(said, None), CrmAuthInvalid)


def refusal(body: Mapping[str, Any]) -> str:
    """What was wrong, as far as it can be repeated."""
    found = [m for text in messages(body) for p in _SAFE if (m := p.fullmatch(text))]
    return ", ".join(m.group() for m in found[:5]) or "no reason that can be repeated"


def messages(body: Mapping[str, Any]) -> list[str]:
    """`message` is a text, or a list of texts where a body did not validate."""
    said = body.get("message")
    listed = said if isinstance(said, list) else [said]
    return [text for text in listed if isinstance(text, str)]


def json_object(content: bytes) -> dict[str, Any]:
    try:
        body = decode(content)
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


def seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isascii() and value.isdecimal() else None


def _unauthorized(said: str, trace: str | None) -> CrmError:
    if "version header" in said:
        return CrmUnexpected(
            "HighLevel does not accept the API version asked for.", request_id=trace
        )
    if "scope" in said:
        return CrmForbidden(
            "HighLevel needs a permission that was not granted: install the app again.",
            request_id=trace,
        )
    if "access to this feature" in said:
        return CrmForbidden("The account's HighLevel plan does not include this.", request_id=trace)
    return CrmAuthInvalid("HighLevel no longer accepts this account's access.", request_id=trace)


def _forbidden(said: str, trace: str | None) -> CrmError:
    if "access to this location" in said:
        return CrmAuthInvalid("HighLevel no longer lets us into this account.", request_id=trace)
    return CrmForbidden(
        "HighLevel needs a permission that was not granted: install the app again.",
        request_id=trace,
    )


def _rate_limited(headers: Mapping[str, str], trace: str | None) -> CrmRateLimited:
    """The day's requests are used up, or those of one window; the wait is what the headers say."""
    if headers.get("x-ratelimit-daily-remaining") == "0":
        millis = seconds(headers.get("x-ratelimit-daily-reset"))
        wait = _DAY_SECONDS if millis is None else min(millis / 1000, _DAY_SECONDS)
        return CrmRateLimited(
            "The account's HighLevel requests of the day are used up.",
            request_id=trace,
            retry_after=wait,
        )
    interval = seconds(headers.get("x-ratelimit-interval-milliseconds"))
    usual = _WINDOW_SECONDS if interval is None else interval / 1000
    named = seconds(headers.get("retry-after"))
    return CrmRateLimited(
        "HighLevel's request limit is used up.",
        request_id=trace,
        retry_after=usual if named is None else named,
    )


def _trace(body: Mapping[str, Any]) -> str | None:
    said = body.get("traceId")
    return said if isinstance(said, str) and _TRACE.fullmatch(said) else None
