"""Compares JSON with a schema of an OpenAPI 3.0 document: names, types, required fields, enumerations, bounds."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong at one place; `place` has [] for the entries of a list."""

    place: str
    problem: str


@dataclass(frozen=True, slots=True)
class Schemas:
    """The named schemas of one document."""

    document: Mapping[str, Any]
    # Records that have been looked at, by schema, place and content: the same ones come again and again.
    _seen: dict[tuple[int, str, str], tuple[Fault, ...]] = field(default_factory=dict)

    def resolved(self, schema: Schema) -> Schema:
        """The schema that a reference stands for; one that allows all where the document lacks it."""
        while "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            schema = self.document["components"]["schemas"].get(name, {})
        return schema

    def faults(self, schema: Schema, value: Any, place: str = "") -> Iterator[Fault]:
        """Everything the schema has against the value, unknown names among it."""
        schema = self.resolved(schema)
        if value is None and self._nullable(schema):
            return
        parts = [self.resolved(part) for part in schema.get("allOf", ())]
        for part in parts:
            yield from self._own(part, value, place)
        yield from self._own(schema, value, place)
        for keyword in ("anyOf", "oneOf"):
            yield from self._either(schema.get(keyword), value, place)
        if isinstance(value, dict):
            yield from self._unknown(schema, value, place)

    def _nullable(self, schema: Schema) -> bool:
        parts = (self.resolved(part) for part in schema.get("allOf", ()))
        return bool(schema.get("nullable")) or any(part.get("nullable") for part in parts)

    def _own(self, schema: Schema, value: Any, place: str) -> Iterator[Fault]:
        """What one schema has against the value, without what it is composed of."""
        wrong = _type_fault(schema, value)
        if wrong is not None:
            yield Fault(place, wrong)
            return
        yield from (Fault(place, problem) for problem in _limits(schema, value))
        if isinstance(value, dict):
            for name in schema.get("required", ()):
                if name not in value:
                    yield Fault(_below(place, name), "is missing")
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    yield from self.faults(inner, value[name], _below(place, name))
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for entry in value:
                yield from self._of_entry(schema["items"], entry, f"{place}[]")

    def _of_entry(self, schema: Schema, entry: Any, place: str) -> tuple[Fault, ...]:
        key = (id(schema), place, json.dumps(entry))
        if key not in self._seen:
            self._seen[key] = tuple(self.faults(schema, entry, place))
        return self._seen[key]

    def _either(self, choices: list[Schema] | None, value: Any, place: str) -> Iterator[Fault]:
        """The faults of the choice that fits best; none where one fits."""
        if not choices:
            return
        found = [list(self.faults(choice, value, place)) for choice in choices]
        yield from min(found, key=len)

    def _unknown(self, schema: Schema, value: dict[str, Any], place: str) -> Iterator[Fault]:
        known = self._names(schema)
        if known:
            for name in sorted(value.keys() - known):
                yield Fault(_below(place, name), "is not documented")

    def _names(self, schema: Schema) -> frozenset[str]:
        """The properties of a schema and of what it is composed of; none where any name may stand."""
        if schema.get("additionalProperties") or "anyOf" in schema or "oneOf" in schema:
            return frozenset()
        inner = [self._names(self.resolved(part)) for part in schema.get("allOf", ())]
        return frozenset(schema.get("properties", {})).union(*inner)


def _type_fault(schema: Schema, value: Any) -> str | None:
    wanted = schema.get("type")
    if wanted is None:
        return None
    fits = isinstance(value, _TYPES[wanted])
    if isinstance(value, bool) and wanted != "boolean":
        fits = False
    given = "null" if value is None else type(value).__name__
    return None if fits else f"is {given}, not {wanted}"


def _limits(schema: Schema, value: Any) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"is {value!r}, which is not in the enumeration"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"does not match {schema['pattern']}"
        if len(value) > schema.get("maxLength", len(value)):
            yield f"is longer than {schema['maxLength']}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield f"is less than {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield f"is more than {schema['maximum']}"
    if isinstance(value, list) and len(value) > schema.get("maxItems", len(value)):
        yield f"has more than {schema['maxItems']} entries"


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
