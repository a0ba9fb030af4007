"""What every API request passes before its handler: version, token, limits, scopes, the JSON of its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.highlevel.answers import (
    error_body,
    foreign_location,
    invalid,
    not_found,
    unauthorized,
    unknown_contact,
)
from sandbox.highlevel.contacts import Contact
from sandbox.highlevel.grants import HighLevelToken, Install, check_bearer
from sandbox.highlevel.location import Location
from sandbox.highlevel.platform import PREFIX, HighLevel
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.gateway import Headers, Work

# Each document names one version, and the live service takes every published one on every path.
GENERAL, TALK, V3 = "2021-07-28", "2021-04-15", "v3"
VERSIONS = (V3, "2023-02-21", GENERAL, TALK)
WITH_BODY = frozenset(("POST", "PUT", "PATCH", "DELETE"))
DAY = 86_400
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Call:
    """One authorized request, with its JSON body read (None: it has none)."""

    highlevel: HighLevel
    token: HighLevelToken
    path: Mapping[str, str]
    query: QueryParams
    body: object
    v3: bool = False  # whether names and shapes are those of version 3

    @property
    def install(self) -> Install:
        return self.token.install

    @property
    def location(self) -> Location:
        """The location of the token; raises 401 for an agency's token."""
        if self.install.location_id is None:
            raise unauthorized("The token is not authorized for this scope.")
        return self.highlevel.locations[self.install.location_id]

    def own(self, location_id: object) -> Location:
        """The named location; raises 403 unless the token is for it (or for its agency)."""
        if location_id == self.install.location_id:
            return self.location
        found = self.highlevel.locations.get(str(location_id))
        agency = self.install.location_id is None
        if found is None or not agency or found.company_id != self.install.company_id:
            raise foreign_location()
        return found

    def contact(self, part: str = "contactId") -> Contact:
        """The contact named in the path; raises 400 where this location has none."""
        found = self.location.contacts.get(self.path[part])
        if found is None:
            raise unknown_contact(self.path[part])
        return found

    def spec(self, *known: str, required: tuple[str, ...] = ()) -> Json:
        """The body as an object with known properties only; raises 422 naming what is wrong."""
        return read_object(self.body, known, required)

    def asked(self, name: str, *, required: bool = False) -> str | None:
        """A query parameter; raises 422 when it is needed and missing."""
        value = self.query.get(name)
        if required and not value:
            raise invalid(f"{name} should not be empty", f"{name} must be a string")
        return value or None

    def only(self, *known: str) -> None:
        """Refuse with 422 any query parameter that the endpoint does not know."""
        wrong = [name for name in self.query if name not in known]
        if wrong:
            raise invalid(*(f"property {name} should not exist" for name in wrong))

    def count(self, name: str, default: int, most: int, *, least: int = 1) -> int:
        """A whole number from the query, from `least` to `most`; raises 422."""
        text = self.query.get(name)
        if text is None:
            return default
        text = text.removesuffix(".0")  # as the vendor's own client writes whole numbers
        if not text.isdigit():
            raise invalid(f"{name} must be a number string")
        if int(text) < least:
            raise invalid(f"{name} must not be less than {least}")
        if int(text) > most:
            raise invalid(f"{name} must not be greater than {most}")
        return int(text)


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path with the scope it needs, where it is: in dated versions, in v3 or in both."""

    method: str
    path: str
    handler: Handler
    scope: str
    agency: bool = False  # whether an agency's token may be used
    dated: bool = True
    v3: bool = True


def read_object(body: object, known: tuple[str, ...], required: tuple[str, ...]) -> Json:
    """An object with known properties only; raises 422 with one message for each fault."""
    if not isinstance(body, dict):
        raise invalid("request body must be an object")
    wrong = [f"property {name} should not exist" for name in body if name not in known]
    wrong += [f"{name} should not be empty" for name in required if body.get(name) is None]
    if wrong:
        raise invalid(*wrong)
    return body


def routes(highlevel: HighLevel, operations: list[Operation]) -> list[Route]:
    """Starlette routes for the operations, in their order."""
    return [
        highlevel.gateway.route(operation.method, operation.path, _work(highlevel, operation))
        for operation in operations
    ]


def _work(highlevel: HighLevel, operation: Operation) -> Work:
    def work(request: Request, body: bytes, headers: Headers) -> Response:
        v3 = check_version(request) == V3
        if not (operation.v3 if v3 else operation.dated):
            raise not_found(f"Cannot {request.method} {request.url.path.removeprefix(PREFIX)}")
        token = check_bearer(highlevel.grants, request.headers.get("authorization", ""))
        spend(highlevel, token.install, headers)
        if operation.scope not in token.scopes:
            raise unauthorized("The token is not authorized for this scope.")
        if token.install.location_id is None and not operation.agency:
            raise unauthorized("The token is not authorized for this scope.")
        payload = _payload(request, body) if operation.method in WITH_BODY else None
        path, query = request.path_params, request.query_params
        return operation.handler(Call(highlevel, token, path, query, payload, v3=v3))

    return work


def check_version(request: Request) -> str:
    """The version asked for; raises 401 where it is missing or was never published."""
    given = request.headers.get("version")
    if given is None:
        raise unauthorized("version header was not found.")
    if given not in VERSIONS:
        raise unauthorized("version header is invalid")
    return given


def spend(highlevel: HighLevel, install: Install, headers: Headers) -> None:
    """Count a request of a location or agency; raises 429 beyond the burst or the day."""
    limits, wall, account = highlevel.limits, highlevel.wall(), install.account
    day = (account, int(wall // DAY))
    spent = highlevel.spent.get(day, 0)
    whole = None if spent >= limits.day else limits.day - spent - 1
    left = highlevel.window.take(account, limits.burst, limits.window_seconds)
    if whole is not None and left is not None:
        highlevel.spent[day] = spent + 1
    headers |= {
        "X-RateLimit-Limit-Daily": str(limits.day),
        "X-RateLimit-Daily-Remaining": str(whole or 0),
        "X-RateLimit-Daily-Reset": str(int((DAY - wall % DAY) * 1000)),
        "X-RateLimit-Interval-Milliseconds": str(int(limits.window_seconds * 1000)),
        "X-RateLimit-Max": str(limits.burst),
        "X-RateLimit-Remaining": str(left or 0),
    }
    if whole is None or left is None:
        if limits.retry_after_header:
            headers["Retry-After"] = str(int(limits.window_seconds))
        raise ApiError(429, error_body(429, "Too Many Requests"), headers)


def _payload(request: Request, body: bytes) -> object:
    if not body:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        raise ApiError(415, error_body(415, "Unsupported Media Type"))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, error_body(400, "Unexpected token in JSON")) from error
