"""What every API request passes before its handler: token, limits, scopes, the JSON of its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.answers import error_body, fault_answer, invalid, missing_scopes, rate_limited
from sandbox.hubspot.grants import HubSpotToken, check_bearer
from sandbox.hubspot.object_types import kind_of, refuse_kind
from sandbox.hubspot.platform import HubSpot
from sandbox.hubspot.portal import Portal
from sandbox.kit.answers import ApiError
from sandbox.kit.gateway import Headers, Work

VERSIONS = ("2026-09", "2026-03")
MAX_URI = 8_192  # bytes; many properties in the address end here
WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


@dataclass(slots=True)
class Call:
    """One authorized request, with its JSON body read (None: it has none)."""

    hubspot: HubSpot
    portal: Portal
    token: HubSpotToken
    template: str
    path: Mapping[str, str]
    query: QueryParams
    body: object
    size: int

    @property
    def kind(self) -> str:
        """The kind of record in the path; raises 403 or 404 for one that is not kept."""
        return self.named_kind("kind")

    def named_kind(self, part: str) -> str:
        """The kind named by some part of the path."""
        kind = kind_of(self.path[part])
        if kind is None:
            raise refuse_kind(self.path[part])
        return kind

    @property
    def lenient(self) -> bool:
        """Whether dates are normalized (2026-09) rather than refused (older versions)."""
        return VERSIONS[0] in self.template

    def spec(self) -> Mapping[str, object]:
        """The body as an object; raises 400."""
        if not isinstance(self.body, dict):
            raise invalid("Invalid input JSON on line 1, column 1: an object is expected")
        return self.body

    def need(self, scopes: tuple[str, ...]) -> None:
        """Refuse with 403 unless the token has all of the scopes."""
        lacking = [scope for scope in scopes if scope not in self.token.scopes]
        if lacking:
            raise missing_scopes(lacking)

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from the query, from 1 to `most`; raises 400."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid(f"{name} must be a number from 1 to {most}")
        return int(text)

    def words(self, name: str) -> list[str]:
        """A comma-separated or repeated query parameter as a list."""
        given = [word for value in self.query.getlist(name) for word in value.split(",")]
        return [word.strip() for word in given if word.strip()]

    @property
    def source_id(self) -> str:
        """What the changes of this app carry as their source."""
        return str(self.hubspot.app.credentials.app_id)


Handler = Callable[[Call], Response]
Lane = Literal["general", "search"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one or more paths; `scopes` are the ones needed whatever the kind."""

    method: str
    paths: tuple[str, ...]
    handler: Handler
    scopes: tuple[str, ...] = ()
    lane: Lane = field(default="general")


def versioned(area: str, rest: str = "") -> tuple[str, ...]:
    """The dated paths of an API and its old one: `/crm/objects/2026-09`, `/crm/v3/objects`."""
    root, _, name = area.strip("/").rpartition("/")
    head = f"/{root}" if root else ""
    dated = tuple(f"{head}/{name}/{version}{rest}" for version in VERSIONS)
    old = f"{head}/v3/{name}{rest}" if root else f"/{name}/v3{rest}"
    return (*dated, old)


def routes(hubspot: HubSpot, operations: list[Operation]) -> list[Route]:
    """Starlette routes for the operations, in their order."""
    return [
        hubspot.gateway.route(operation.method, path, _work(hubspot, operation, path))
        for operation in operations
        for path in operation.paths
    ]


def _work(hubspot: HubSpot, operation: Operation, path: str) -> Work:
    def work(request: Request, body: bytes, headers: Headers) -> Response:
        if len(request.url.path) + len(request.url.query) > MAX_URI:
            raise fault_answer(414)
        token = check_bearer(hubspot.grants, request.headers.get("authorization", ""))
        portal = hubspot.portals[token.install.portal_id]
        _spend(hubspot, operation, portal, headers)
        call = Call(
            hubspot,
            portal,
            token,
            path.replace("{kind}", str(request.path_params.get("kind", "{kind}"))),
            request.path_params,
            request.query_params,
            _payload(request, body) if operation.method in WITH_BODY else None,
            len(body),
        )
        call.need(operation.scopes)
        return operation.handler(call)

    return work


def _spend(hubspot: HubSpot, operation: Operation, portal: Portal, headers: Headers) -> None:
    limits, window = hubspot.limits, hubspot.window
    if operation.lane == "search":
        # Searches have a limit of their own, which no header tells of.
        if window.take(f"search:{portal.id}", limits.searches_per_second, 1.0) is None:
            raise rate_limited("SECONDLY")
        return
    left = window.take(f"app:{portal.id}", limits.requests, limits.window_seconds)
    milliseconds = int(limits.window_seconds * 1000)
    headers["X-HubSpot-RateLimit-Max"] = str(limits.requests)
    headers["X-HubSpot-RateLimit-Remaining"] = str(left or 0)
    headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = str(milliseconds)
    if left is None:
        raise rate_limited("TEN_SECONDLY_ROLLING")


def _payload(request: Request, body: bytes) -> object:
    if not body:
        return None
    if "json" not in request.headers.get("content-type", ""):
        raise ApiError(415, error_body("Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE"))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid("Invalid input JSON: the body could not be parsed") from error
