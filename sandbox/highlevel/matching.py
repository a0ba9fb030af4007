"""Filters of a contact search: which fields take which operators, and what they match."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.highlevel.answers import bad_request, invalid
from sandbox.kit.answers import Json
from sandbox.kit.moments import read_moment

Match = Callable[[Json], bool]

_DATES = (
    "dateAdded",
    "dateUpdated",
    "lastAppointment",
    "lastEmailOpenedDate",
    "lastEmailClickedDate",
)
_FLAGS = ("dnd", "validEmail", "isValidWhatsapp")
_EXACT = ("email", "assignedTo", "followers", "country", "timezone", "type", "website")
_TEXTS = (
    "firstNameLowerCase",
    "lastNameLowerCase",
    "companyName",
    "businessName",
    "address",
    "city",
    "state",
    "postalCode",
    "source",
    "phone",
)
_EXISTS = frozenset(("exists", "not_exists"))
_EQUAL = frozenset(("eq", "not_eq"))
_CONTAINS = frozenset(("contains", "not_contains"))
OPERATORS: dict[str, frozenset[str]] = {
    "id": _EQUAL,
    "tags": _EQUAL | _CONTAINS | _EXISTS,
    "activeWorkflows": _EQUAL | _EXISTS,
    "finishedWorkflows": _EQUAL | _EXISTS,
    "opportunity": frozenset(("nested",)),
    **dict.fromkeys(_DATES, frozenset(("range",)) | _EXISTS),
    **dict.fromkeys(_FLAGS, _EQUAL | _EXISTS),
    **dict.fromkeys(_EXACT, _EQUAL | _EXISTS),
    **dict.fromkeys(_TEXTS, _EQUAL | _CONTAINS | _EXISTS),
}
_CUSTOM = _EQUAL | _CONTAINS | _EXISTS | {"range"}
_BOUNDS = ("gte", "lte", "gt", "lt")
_NUMBER = re.compile(r"-?\d{1,11}(\.\d+)?")
MOST = 75  # characters in a value


def read_filters(value: object) -> Match:
    """A list of filters, all of which must hold; raises 400 and 422 for wrong ones."""
    if value is None:
        return lambda _: True
    if not isinstance(value, list):
        raise invalid("filters must be an array")
    parts = [_read(entry) for entry in value]
    return lambda doc: all(part(doc) for part in parts)


def _read(entry: object) -> Match:
    if not isinstance(entry, Mapping):
        raise invalid("each value in filters must be an object")
    if "group" in entry:
        return _group(entry)
    name, operator = str(entry.get("field")), str(entry.get("operator"))
    allowed = _CUSTOM if name.startswith("customFields.") else OPERATORS.get(name)
    if allowed is None:
        raise bad_request(f"Invalid field {name}")
    if operator not in allowed:
        raise bad_request(f"Invalid operator {operator} for field {name}")
    return _condition(name, operator, entry.get("value"))


def _group(entry: Mapping[str, object]) -> Match:
    kind, inner = entry.get("group"), entry.get("filters")
    if kind not in {"AND", "OR"} or not isinstance(inner, list):
        raise invalid("group must be AND or OR and have filters")
    parts = [_read(one) for one in inner]
    if kind == "AND":
        return lambda doc: all(part(doc) for part in parts)
    return lambda doc: any(part(doc) for part in parts)


def _condition(name: str, operator: str, value: object) -> Match:
    if operator in {"exists", "not_exists"}:
        wanted = operator == "exists"
        return lambda doc: bool(_values(doc, name)) == wanted
    if isinstance(value, str) and len(value) > MOST:
        raise invalid(f"value must be shorter than or equal to {MOST} characters")
    if operator == "range":
        return _range(name, value)
    if operator == "nested":
        return _nested(value)
    if value is None:
        raise invalid("value should not be empty")
    texts = [_text(one) for one in (value if isinstance(value, list) else [value])]
    positive = {"eq": _equals, "contains": _contains}[operator.removeprefix("not_")](name, texts)
    if operator.startswith("not_"):
        return lambda doc: not positive(doc)
    return positive


def _equals(name: str, texts: list[str]) -> Match:
    return lambda doc: any(_text(known) in texts for known in _values(doc, name))


def _contains(name: str, texts: list[str]) -> Match:
    def match(doc: Json) -> bool:
        return any(text in _text(known) for known in _values(doc, name) for text in texts)

    return match


def _values(doc: Json, name: str) -> list[object]:
    """What a document has under a field; nothing for an empty one."""
    hidden = doc["_hidden"]
    if name in {"activeWorkflows", "finishedWorkflows"} and isinstance(hidden, dict):
        return list(hidden[name])
    if name.startswith("customFields."):
        wanted, rows = name.partition(".")[2], doc["customFields"]
        kept = rows if isinstance(rows, list) else []
        value = next((row["value"] for row in kept if row["id"] == wanted), None)
    else:
        value = doc.get({"address": "address1", "businessName": "companyName"}.get(name, name))
    if name == "phone" and isinstance(value, str):
        value = value.removeprefix("+1")
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def _text(value: object) -> str:
    return str(value).lower()


def _range(name: str, value: object) -> Match:
    if not isinstance(value, Mapping) or not value or any(key not in _BOUNDS for key in value):
        raise invalid("value must be an object with gte, lte, gt or lt")
    bounds = [(key, _weight(bound)) for key, bound in value.items()]

    def match(doc: Json) -> bool:
        known = [_weight(one) for one in _values(doc, name)]
        return bool(known) and all(_within(known[0], key, bound) for key, bound in bounds)

    return match


def _weight(value: object) -> float:
    """A number, or a date as seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Epoch milliseconds where a date is meant: no custom number here is that large.
        return value / 1000 if value > 1e11 else float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)  # a custom number, which a document keeps as a text
    try:
        moment: datetime = read_moment(str(value))
    except ValueError as error:
        raise invalid("range value must be a number or a date") from error
    return moment.timestamp()


def _within(known: float, key: str, bound: float) -> bool:
    match key:
        case "gte":
            return known >= bound
        case "lte":
            return known <= bound
        case "gt":
            return known > bound
        case _:
            return known < bound


_PARTS = ("pipelineId", "pipelineStageId", "status")


def _nested(value: object) -> Match:
    """Opportunity conditions: one opportunity must meet all of them."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise invalid("value must be an array of conditions")
    parts = [_opportunity_part(condition) for condition in value]

    def match(doc: Json) -> bool:
        hidden = doc["_hidden"]
        rows = hidden["opportunities"] if isinstance(hidden, dict) else []
        return any(all(row[place] in texts for place, texts in parts) for row in rows)

    return match


def _opportunity_part(condition: Mapping[str, object]) -> tuple[int, set[str]]:
    """Which part of an opportunity is meant and what it may be.

    The guide writes `{"field", "operator", "value"}`, its mirrors `{"status": ...}`.
    """
    if "field" in condition:
        name, value = str(condition["field"]), condition.get("value")
    else:
        name, value = next(iter(condition.items()), ("", None))
    if name not in _PARTS:
        raise bad_request(f"Invalid field {name}")
    return _PARTS.index(name), {str(one) for one in (value if isinstance(value, list) else [value])}
