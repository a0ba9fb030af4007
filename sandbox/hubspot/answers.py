"""HubSpot's answers: JSON bodies, and the error bodies that its documentation shows."""

import uuid
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from sandbox.kit.answers import ApiError, Json, json_answer

JSON = "application/json;charset=utf-8"


def answer(
    payload: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The payload as JSON; None is an answer without a body."""
    return json_answer(payload, status, headers, JSON)


def error_body(message: str, category: str, **more: object) -> Json:
    """The general error shape; `more` adds context, errors, subCategory or links."""
    body: Json = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    return {**body, "category": category, **more}


def batch_error(message: str, category: str, **more: object) -> Json:
    """What went wrong with single inputs of a batch, beside what went well; without an id of its own."""
    body: Json = {"status": "error", "category": category, "message": message}
    return {**body, "context": {}, "errors": [], "links": {}, **more}


def invalid(message: str, **more: object) -> ApiError:
    """400 VALIDATION_ERROR."""
    return ApiError(400, error_body(message, "VALIDATION_ERROR", **more))


def not_found(message: str = "resource not found", **more: object) -> ApiError:
    """404 OBJECT_NOT_FOUND."""
    return ApiError(404, error_body(message, "OBJECT_NOT_FOUND", **more))


def conflict(message: str, category: str = "CONFLICT", **more: object) -> ApiError:
    """409 for something that exists already."""
    return ApiError(409, error_body(message, category, **more))


def missing_scopes(required: Sequence[str]) -> ApiError:
    """403 for a token that lacks scopes."""
    detail = {
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": list(required)},
    }
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes."
    )
    return ApiError(403, error_body(message, "MISSING_SCOPES", errors=[detail]))


def unauthorized(category: str, message: str) -> ApiError:
    """401 with category INVALID_AUTHENTICATION or EXPIRED_AUTHENTICATION."""
    return ApiError(401, error_body(message, category))


def rate_limited(policy: str, headers: Mapping[str, str] | None = None) -> ApiError:
    """429; the body says `errorType` where every other error says `category`."""
    words = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly"}
    body: Json = {
        "status": "error",
        "message": f"You have reached your {words[policy]} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": str(uuid.uuid4()),
        "policyName": policy,
        "groupName": "publicapi:crm:app-oauth",
        "requestId": str(uuid.uuid4()),
    }
    return ApiError(429, body, headers)


FAULT_BODIES: dict[int, tuple[str, str]] = {
    400: ("There was a problem with the request.", "VALIDATION_ERROR"),
    401: ("The OAuth token used to make this call expired.", "EXPIRED_AUTHENTICATION"),
    403: ("You do not have permission to make this request.", "FORBIDDEN"),
    404: ("resource not found", "OBJECT_NOT_FOUND"),
    409: ("There was a conflict with an existing object.", "CONFLICT"),
    414: ("URI Too Long", "URI_TOO_LONG"),
    423: ("The object is locked by another write. Try again in a few seconds.", "LOCKED"),
    477: ("This account is being migrated between data hosting locations.", "MIGRATION"),
    500: ("internal error", "INTERNAL_ERROR"),
    502: ("Bad Gateway", "BAD_GATEWAY"),
    503: ("Service Unavailable", "SERVICE_UNAVAILABLE"),
    504: ("Gateway Timeout", "GATEWAY_TIMEOUT"),
}


def fault_answer(status: int) -> ApiError:
    """The error HubSpot sends with a status, for faults that are asked for."""
    if status == 429:
        return rate_limited("TEN_SECONDLY_ROLLING")
    message, category = FAULT_BODIES.get(status, ("unexpected error", "UNKNOWN"))
    # Retry-After is promised for 477 alone.
    headers = {"Retry-After": "2"} if status == 477 else None
    return ApiError(status, error_body(message, category), headers)
