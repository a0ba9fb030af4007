"""Holds a JSON value against a published schema and names each departure from it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_RANGES = {"int32": 2**31, "int64": 2**63}


def departures(schema: Schema, value: object, at: str = "") -> Iterator[str]:
    """One text for each place where the value is not what the schema says; `at` is where it stands."""
    if value is None and schema.get("nullable"):
        return
    if "oneOf" in schema:
        tried = [list(departures(branch, value, at)) for branch in schema["oneOf"]]
        yield from min(tried, key=len)
        return
    if "allOf" in schema:
        # What an allOf names elsewhere (`ref`) was cut where the specification refers to itself.
        for part in schema["allOf"]:
            yield from departures(part, value, at)
        return
    check = _CHECKS.get(str(schema.get("type")))
    if check is not None:
        yield from check(schema, value, at)


def _object(schema: Schema, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {_kind(value)} where an object belongs"
        return
    known: Schema = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}/{name}: is missing"
    for name, part in value.items():
        if name in known:
            yield from departures(known[name], part, f"{at}/{name}")
        elif isinstance(others, dict):
            yield from departures(others, part, f"{at}/*")
        elif known and not others:
            yield f"{at}/{name}: is not published"


def _array(schema: Schema, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{at}: {_kind(value)} where a list belongs"
        return
    for part in value:
        yield from departures(schema.get("items", {}), part, f"{at}/[]")


def _string(schema: Schema, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at}: {_kind(value)} where a text belongs"
        return
    if schema.get("format") == "date-time" and not _MOMENT.fullmatch(value):
        yield f"{at}: a text that is no moment"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of the published words"


def _integer(schema: Schema, value: object, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield f"{at}: {_kind(value)} where a whole number belongs"
        return
    most = _RANGES.get(str(schema.get("format")))
    if most is not None and not -most <= value < most:
        yield f"{at}: {value} does not fit into {schema['format']}"


def _boolean(_: Schema, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{at}: {_kind(value)} where true or false belongs"


def _number(_: Schema, value: object, at: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{at}: {_kind(value)} where a number belongs"


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


_CHECKS: Mapping[str, Callable[[Schema, object, str], Iterator[str]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
}
