"""Search filters as predicates: the operators of HubSpot's search, typed by property."""

import operator as operators
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache, reduce
from typing import Any

from sandbox.hubspot.answers import invalid
from sandbox.hubspot.definitions import Definition
from sandbox.kit.moments import epoch_ms, read_moment

Properties = Mapping[str, str | None]
Predicate = Callable[[Properties], bool]
Key = Callable[[str], float | str]

OPERATORS = frozenset(
    (
        "EQ",
        "NEQ",
        "LT",
        "LTE",
        "GT",
        "GTE",
        "BETWEEN",
        "IN",
        "NOT_IN",
        "HAS_PROPERTY",
        "NOT_HAS_PROPERTY",
        "CONTAINS_TOKEN",
        "NOT_CONTAINS_TOKEN",
    )
)


def predicate(definition: Definition, given: Mapping[str, object]) -> Predicate:
    """One filter as a test of a record's properties; raises 400 for what HubSpot refuses."""
    operator, name = str(given.get("operator")), definition.name
    if operator not in OPERATORS:
        raise invalid(f"Invalid input JSON: {operator} is not a filter operator")
    if operator == "HAS_PROPERTY":
        return lambda values: values.get(name) is not None
    if operator == "NOT_HAS_PROPERTY":
        return lambda values: values.get(name) is None
    if operator in {"IN", "NOT_IN"}:
        return _membership(definition, given, wanted=operator == "IN")
    if operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
        return _token(definition, given, wanted=operator == "CONTAINS_TOKEN")
    return _comparison(definition, given, operator)


def sort_key(definition: Definition) -> Key:
    """How values of a property are ordered and compared; raises ValueError for unreadable ones."""
    if definition.type == "number":
        return float
    if definition.type in {"date", "datetime"}:
        return _moment
    if definition.type == "enumeration":
        return str
    return str.casefold


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operators.eq,
    "NEQ": operators.ne,
    "LT": operators.lt,
    "LTE": operators.le,
    "GT": operators.gt,
    "GTE": operators.ge,
}


@lru_cache(maxsize=500_000)
def _moment(text: str) -> float:
    """A moment's milliseconds; most searches of an account compare the same moments again."""
    return float(epoch_ms(read_moment(text)))


def _comparison(definition: Definition, given: Mapping[str, object], operator: str) -> Predicate:
    name, key = definition.name, sort_key(definition)
    low = _bound(definition, key, given.get("value"), "value")
    high = (
        _bound(definition, key, given.get("highValue"), "highValue") if _is_range(operator) else low
    )
    test = _TESTS.get(operator)

    def matches(values: Properties) -> bool:
        found = values.get(name)
        if found is None:
            # A record without a value is unequal to every value, and in no range.
            return operator == "NEQ"
        try:
            value = key(found)
        except ValueError:
            return False
        return test(value, low) if test else low <= value <= high  # type: ignore[operator]

    return matches


def _is_range(operator: str) -> bool:
    return operator == "BETWEEN"


def _bound(definition: Definition, key: Key, value: object, part: str) -> float | str:
    if value is None or isinstance(value, dict | list):
        raise invalid(f"Filter on {definition.name} needs a {part}")
    try:
        return key(str(value))
    except ValueError as error:
        raise invalid(
            f"Filter {part} for {definition.name} is not a valid {definition.type}"
        ) from error


def _membership(definition: Definition, given: Mapping[str, object], *, wanted: bool) -> Predicate:
    values = given.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(f"Filter on {definition.name} needs a list of values")
    name, key = definition.name, sort_key(definition)
    if definition.type in {"string", "phone_number"}:
        # Values are taken as they are, so that one with capital letters finds nothing.
        allowed = frozenset[float | str](str(value) for value in values)
    else:
        allowed = frozenset(_bound(definition, key, value, "values") for value in values)

    def matches(properties: Properties) -> bool:
        found = properties.get(name)
        if found is None:
            return not wanted
        try:
            return (key(found) in allowed) == wanted
        except ValueError:
            return not wanted

    return matches


def _token(definition: Definition, given: Mapping[str, object], *, wanted: bool) -> Predicate:
    value, name = given.get("value"), definition.name
    if not isinstance(value, str) or not value:
        raise invalid(f"Filter on {definition.name} needs a value")
    pattern = re.compile(translate(value.casefold()))

    def matches(properties: Properties) -> bool:
        found = (properties.get(name) or "").casefold()
        words = [found, *re.split(r"[\s@.,;+_-]+", found)]
        return any(pattern.match(word) for word in words if word) == wanted

    return matches


def any_of(groups: Sequence[Sequence[Predicate]]) -> Predicate:
    """Groups are alternatives; the filters within one must all hold."""
    if not groups:
        return lambda _: True
    return reduce(_either, [reduce(_both, group) for group in groups])


# Every record of an account is asked: two calls are much quicker than a loop over two tests.
def _both(first: Predicate, second: Predicate) -> Predicate:
    return lambda values: first(values) and second(values)


def _either(first: Predicate, second: Predicate) -> Predicate:
    return lambda values: first(values) or second(values)
