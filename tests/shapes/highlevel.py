"""What HighLevel's published OpenAPI documents have against a request and its answer."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.shapes.schema import Fault, Schema, Schemas

_ROOT = Path(__file__).resolve().parents[2]
_USUAL = _ROOT.parent / "shared" / "platforms" / "highlevel-openapi"
FOLDER = Path(os.environ.get("REKINDLE_HIGHLEVEL_OPENAPI") or _USUAL)
PRESENT = (FOLDER / "contacts.json").is_file()
ABSENT = "HighLevel's OpenAPI documents are not here: REKINDLE_HIGHLEVEL_OPENAPI names their folder"

REQUEST, ANSWER = "request", "answer"
_WORDS = {"true": True, "false": False}
# What an OpenAPI document describes outside the parameters, or any client may send.
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they passed over the wire; `path` without the host."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)  # by lower-case names
    body: bytes = field(repr=False)
    status: int
    answer_type: str
    answer: bytes = field(repr=False)
    spoilt: bool = False  # whether the answer was broken on purpose


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing that the documents do not allow."""

    method: str
    template: str
    side: str
    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.method} {self.template} {self.side}: {self.place} {self.problem}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation."""

    method: str
    template: str
    described: Mapping[str, Any]
    schemas: Schemas

    def parameters(self, place: str) -> dict[str, Mapping[str, Any]]:
        """Name → parameter, of those that stand in the query, the header or the path."""
        listed = self.described.get("parameters", ())
        return {p["name"]: p for p in listed if p["in"] == place}


class Documents:
    """All documents of a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._operations: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
        for file in sorted(folder.glob("*.json")):
            document = json.loads(file.read_text())
            schemas = Schemas(document)
            for template, methods in document.get("paths", {}).items():
                pattern = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)))
                for name, described in methods.items():
                    operation = Operation(name.upper(), template, described, schemas)
                    self._operations.setdefault(name.upper(), []).append((pattern, operation))

    def find(self, method: str, path: str) -> Operation | None:
        """The operation a path belongs to; the one with the fewest ids in it wins."""
        listed = self._operations.get(method, ())
        fitting = [operation for pattern, operation in listed if pattern.fullmatch(path)]
        return min(fitting, key=lambda found: found.template.count("{"), default=None)

    def violations(self, exchange: Exchange) -> list[Violation]:
        """Everything wrong with the request and with the answer."""
        operation = self.find(exchange.method, exchange.path)
        if operation is None:
            where = (exchange.method, re.sub(r"/[A-Za-z0-9-]{20,}", "/{id}", exchange.path))
            return [Violation(*where, REQUEST, "operation", "is not documented")]
        where = (operation.method, operation.template)
        asked = [
            Violation(*where, REQUEST, f.place, f.problem) for f in _asked(operation, exchange)
        ]
        told = [Violation(*where, ANSWER, f.place, f.problem) for f in _told(operation, exchange)]
        return sorted({*asked, *told})


@cache
def published() -> Documents:
    """The documents in the usual folder, read once."""
    return Documents()


def _asked(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    """What is wrong with the request."""
    yield from _query_faults(operation, exchange)
    for name, parameter in operation.parameters("header").items():
        given = exchange.headers.get(name.lower())
        if given is None:
            if parameter.get("required"):
                yield Fault(f"header {name}", "is missing")
            continue
        for fault in _parameter_faults(operation, parameter, [given]):
            yield Fault(f"header {name}", fault.problem)
    if operation.described.get("security") and "authorization" not in exchange.headers:
        yield Fault("header Authorization", "is missing")
    yield from _body_faults(operation, exchange)


def _query_faults(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(exchange.query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    known = operation.parameters("query")
    for name, parameter in known.items():
        if name in given:
            for fault in _parameter_faults(operation, parameter, given[name]):
                yield Fault(f"query {name}", fault.problem)
        elif parameter.get("required"):
            yield Fault(f"query {name}", "is missing")
    for name in given.keys() - known.keys():
        yield Fault(f"query {name}", "is not documented")


def _parameter_faults(
    operation: Operation, parameter: Mapping[str, Any], given: list[str]
) -> Iterator[Fault]:
    schema = operation.schemas.resolved(parameter.get("schema", {}))
    if schema.get("type") == "array":
        inner = operation.schemas.resolved(schema.get("items", {}))
        value: Any = [_read(text, inner) for text in given]
    elif len(given) > 1:
        yield Fault("", "is there more than once")
        return
    else:
        value = _read(given[0], schema)
    yield from operation.schemas.faults(schema, value)


def _read(text: str, schema: Schema) -> Any:
    """A text of the address as the type it stands for; itself where it stands for none."""
    match schema.get("type"):
        case "number" | "integer" if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text) if "." in text else int(text)
        case "boolean":
            return _WORDS.get(text, text)
    return text


def _body_faults(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    described = operation.described.get("requestBody")
    if described is None:
        if exchange.body:
            yield Fault("body", "is not documented")
        return
    if not exchange.body:
        if described.get("required"):
            yield Fault("body", "is missing")
        return
    kind = exchange.headers.get("content-type", "").partition(";")[0]
    content = described.get("content", {})
    if kind not in content:
        yield Fault("body", f"is {kind or 'of no type'}, not {' or '.join(content)}")
        return
    value = _decoded(kind, exchange.body)
    yield from operation.schemas.faults(content[kind].get("schema", {}), value)


def _decoded(kind: str, body: bytes) -> Any:
    if kind == _FORM:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _told(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    """What is wrong with the answer."""
    if exchange.spoilt:
        return
    responses = operation.described["responses"]
    described = responses.get(str(exchange.status))
    if described is None:
        yield Fault(f"status {exchange.status}", "is not documented")
        return
    content = described.get("content", {})
    if not content:
        return
    kind = exchange.answer_type.partition(";")[0]
    if kind not in content:
        yield Fault("body", f"is {kind or 'of no type'}, not {' or '.join(content)}")
        return
    value = _decoded(kind, exchange.answer)
    yield from operation.schemas.faults(content[kind].get("schema", {}), value)
