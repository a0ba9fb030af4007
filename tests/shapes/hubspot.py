"""What HubSpot's published shapes allow of requests and answers, with the exceptions that are known."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.shapes.exchange import Exchange
from tests.shapes.hubspot_deviations import EXCEPTIONS
from tests.shapes.hubspot_schema import Schema, departures

VARIABLE = "REKINDLE_HUBSPOT_SHAPES"
FILE = Path(
    os.environ.get(VARIABLE)
    or Path(__file__).parents[2] / "../shared/platforms/hubspot-shapes.json"
)
MISSING = f"the published shapes are not here; {VARIABLE} names their file"

# Pages for people and what the sandbox is steered with, and the other CRM: none of HubSpot's operations.
_OTHERS = re.compile(r"/(control|highlevel)(/|$)|/oauth/([^/]+/)?authorize")

_VALUES = {
    "integer": re.compile(r"-?\d+"),
    "boolean": re.compile(r"true|false"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
}


@dataclass(frozen=True)
class Operation:
    """One published operation; `name` is its method and path."""

    name: str
    parameters: Mapping[str, Sequence[Any]]
    request: Mapping[str, Schema]
    responses: Mapping[str, Mapping[str, Schema]]
    scopes: frozenset[str]
    pattern: re.Pattern[str] = field(repr=False)


class Shapes:
    """The published operations."""

    def __init__(self, operations: Mapping[str, Mapping[str, Any]]) -> None:
        self._operations: dict[str, list[Operation]] = {}
        # Fixed words before parameters: /groups is not the property named groups.
        for name in sorted(operations, key=lambda name: [p[:1] == "{" for p in name.split("/")]):
            method, _, path = name.partition(" ")
            given = operations[name]
            self._operations.setdefault(method, []).append(
                Operation(
                    name,
                    given["parameters"],
                    given["request"],
                    given["responses"],
                    frozenset(given["scopes"]),
                    _pattern(path),
                )
            )

    def find(self, method: str, path: str) -> Operation | None:
        """The operation at a path, or None."""
        found = (o for o in self._operations.get(method, ()) if o.pattern.fullmatch(path))
        return next(found, None)

    def of_request(self, exchange: Exchange) -> list[str]:
        """What in the request is not as published."""
        operation = self.find(exchange.method, exchange.path)
        if operation is None:
            return _unexpected(f"{exchange.method} {exchange.path}:", ["is not published"])
        found = [*_parameters(operation, exchange), *_body(operation, exchange)]
        return _unexpected(f"{operation.name} request", found)

    def unasked(self, exchange: Exchange, asked: frozenset[str]) -> list[str]:
        """The operation, where none of the scopes it takes is among those that an app asks for."""
        operation = self.find(exchange.method, exchange.path)
        if operation is None or not operation.scopes or operation.scopes & asked:
            return []
        return _unexpected(operation.name, ["takes a scope that is not asked for"])

    def of_answer(self, exchange: Exchange) -> list[str]:
        """What in the answer is not as published."""
        operation = self.find(exchange.method, exchange.path)
        if operation is None:
            return []  # said of the request already
        return _unexpected(
            f"{operation.name} {exchange.status}", list(_answer(operation, exchange))
        )


@cache
def published() -> Shapes | None:
    """The shapes in the file, or None where there is none."""
    if not FILE.is_file():
        return None
    return Shapes(json.loads(FILE.read_bytes())["operations"])


def concerns_hubspot(path: str) -> bool:
    """Whether a request to this path is for HubSpot's API."""
    return _OTHERS.match(path) is None


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^}]*\\}", r"[^/]+", re.escape(path)))


def _unexpected(where: str, found: list[str]) -> list[str]:
    named = dict.fromkeys(f"{where} {text}" for text in found)
    return [text for text in named if not any(e.covers(text) for e in EXCEPTIONS)]


def _parameters(operation: Operation, exchange: Exchange) -> Iterator[str]:
    given = dict(parse_qsl(exchange.query, keep_blank_values=True))
    in_query = {n: rest for n, rest in operation.parameters.items() if rest[0] == "query"}
    for name, (_, required, kind) in in_query.items():
        if required and name not in given:
            yield f"?{name}: is missing"
        pattern = _VALUES.get(kind)
        if name in given and pattern is not None and not pattern.fullmatch(given[name]):
            yield f"?{name}: is no {kind}"
    yield from (f"?{name}: is not published" for name in given if name not in in_query)
    path = operation.name.partition(" ")[2]
    for template, word in zip(path.split("/"), exchange.path.split("/"), strict=True):
        if not template.startswith("{"):
            continue
        _, _, kind = operation.parameters[template.strip("{}")]
        pattern = _VALUES.get(kind)
        if pattern is not None and not pattern.fullmatch(unquote(word)):
            yield f"{template}: is no {kind}"


def _body(operation: Operation, exchange: Exchange) -> Iterator[str]:
    kinds = operation.request
    if not exchange.body:
        if kinds:
            yield "the body: is missing"
        return
    kind = exchange.content_type.partition(";")[0].strip()
    if kind not in kinds:
        yield f"the body: {kind or 'no type'} is not published"
    elif kind == "application/x-www-form-urlencoded":
        form = dict(parse_qsl(exchange.body.decode(), keep_blank_values=True))
        yield from departures(kinds[kind], form)
    elif kind == "application/json":
        yield from departures(kinds[kind], json.loads(exchange.body))


def _answer(operation: Operation, exchange: Exchange) -> Iterator[str]:
    status = exchange.status
    if status >= 400:
        yield from _refusal(exchange)
        return
    # Partial success has the body of success; the dated snapshot names 207 nowhere.
    wanted = operation.responses if status != 207 else {"207": _success(operation)}
    if str(status) not in wanted:
        if operation.responses:
            yield "the status: is not published"
        return
    schema = wanted[str(status)].get("application/json")
    if schema is None:
        if exchange.answer:
            yield "the answer: has a body where none belongs"
        return
    try:
        answer = json.loads(exchange.answer)
    except ValueError:
        yield "the answer: is no JSON"
        return
    yield from departures(schema, answer)


def _success(operation: Operation) -> Mapping[str, Schema]:
    return next((operation.responses[s] for s in ("200", "201") if s in operation.responses), {})


_REFUSAL: Schema = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "status": {"type": "string"},
        "message": {"type": "string"},
        "category": {"type": "string"},
        "subCategory": {"type": "string"},
        "correlationId": {"type": "string"},
        "context": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                    "in": {"type": "string"},
                    "subCategory": {"type": "string"},
                    "context": {
                        "type": "object",
                        "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
        # Of the request limit's answers.
        "errorType": {"type": "string"},
        "policyName": {"type": "string"},
        "groupName": {"type": "string"},
        "requestId": {"type": "string"},
        # Of the token endpoints' answers.
        "error": {"type": "string"},
        "error_description": {"type": "string"},
    },
}


def _refusal(exchange: Exchange) -> Iterator[str]:
    """An error's body; the published operations name none, the documentation shows this one."""
    try:
        answer = json.loads(exchange.answer)
    except ValueError:
        yield "the error: is no JSON"
        return
    yield from departures(_REFUSAL, answer)
