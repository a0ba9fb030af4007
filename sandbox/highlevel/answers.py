"""HighLevel's answers: JSON bodies, and the errors as its documents and users show them."""

import uuid
from collections.abc import Mapping

from starlette.responses import Response

from sandbox.kit.answers import ApiError, Json, json_answer

NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


JSON = "application/json; charset=utf-8"


def answer(
    payload: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The payload as JSON."""
    return json_answer(payload, status, headers, JSON)


def succeeded(*, v3: bool) -> Json:
    """The flag of success: misspelt in the dated versions, in v3 spelt both ways."""
    return {"succeeded": True, "succeded": True} if v3 else {"succeded": True}


def trace_id() -> str:
    """A new id under which the vendor would find a request in its logs."""
    return str(uuid.uuid4())


def error_body(status: int, message: str | list[str], **more: object) -> Json:
    """The general error shape; `message` is a list where a body did not validate."""
    name = NAMES.get(status, "Error")
    return {"statusCode": status, "message": message, "error": name, "traceId": trace_id(), **more}


def bad_request(message: str) -> ApiError:
    return ApiError(400, error_body(400, message))


def invalid(*messages: str) -> ApiError:
    """422 with one message for each property that is wrong."""
    return ApiError(422, error_body(422, list(messages)))


def unauthorized(message: str) -> ApiError:
    return ApiError(401, error_body(401, message))


def forbidden(message: str) -> ApiError:
    return ApiError(403, error_body(403, message))


def not_found(message: str) -> ApiError:
    return ApiError(404, error_body(404, message))


def foreign_location() -> ApiError:
    """403 for a token of another location."""
    return forbidden("The token does not have access to this location.")


def unknown_contact(contact_id: str) -> ApiError:
    """400, not 404: so the documents' own example says."""
    return bad_request(f"Contact with id {contact_id} not found")


def fault_error(status: int) -> ApiError:
    """The error HighLevel sends with a status, for faults that are asked for."""
    if status == 401:
        return unauthorized("Invalid JWT")
    return ApiError(status, error_body(status, NAMES.get(status, "Error")))
