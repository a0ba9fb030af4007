"""JSON answers, and requests that are refused with a vendor's own status and body."""

import json
from collections.abc import Mapping

import orjson
from starlette.responses import Response

Json = dict[str, object]


class ApiError(Exception):
    """A request that is refused, with the status and body that the vendor would send."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(body.get("message", status)))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def json_answer(
    payload: object, status: int, headers: Mapping[str, str] | None, media_type: str
) -> Response:
    """The payload as JSON of the vendor's media type; None is an answer without a body."""
    if payload is None:
        return Response(b"", status, headers)
    return Response(json_bytes(payload), status, headers, media_type)


def json_bytes(payload: object) -> bytes:
    """The payload as JSON, also where a text in it is no valid Unicode, as a vendor would send it."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        return json.dumps(payload).encode()
