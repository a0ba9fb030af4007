"""The search endpoint: its grammar, its limits and its pages."""

from collections.abc import Mapping
from heapq import nlargest, nsmallest
from typing import cast

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.hubspot.matching import Predicate, Properties, any_of, predicate, sort_key
from sandbox.hubspot.scopes import READ
from sandbox.hubspot.shapes import show, shown_names
from sandbox.kit.answers import Json

PAGE = 200
BODY = 3_000  # characters
GROUPS, PER_GROUP, FILTERS = 5, 6, 18
_QUERIED = ("firstname", "lastname", "email", "phone", "company", "dealname", "subject", "name")

Found = list[tuple[str, Properties]]


def operations() -> list[Operation]:
    """The search of every kind of record."""
    paths = versioned("/crm/objects", "/{kind}/search")
    return [Operation("POST", paths, search, lane="search")]


def search(call: Call) -> Response:
    """One page of what matches; what the index has not caught up with is not found."""
    kind = call.kind
    call.need(READ[kind])
    if call.size > BODY:
        raise invalid(f"The request body is longer than {BODY} characters.")
    spec = call.spec()
    limit, start = _number(spec, "limit", 10), _number(spec, "after", 0)
    if not 1 <= limit <= PAGE:
        raise invalid(f"limit must be from 1 to {PAGE}")
    most = call.hubspot.limits.search_results
    if start + limit > most:
        raise invalid(f"Search results are limited to the first {most}; narrow the filters.")
    matches = _predicate(call, kind, spec)
    searched = call.portal.index.each(kind, after=_after_id(spec))
    found = [(i, values) for i, values in searched if matches(values)]
    shown = _sorted(call, kind, spec, found, start + limit)
    names = shown_names(call.portal, kind, _names(spec.get("properties")))
    results = [_show(call, kind, item, names) for item in shown[start : start + limit]]
    payload: Json = {"total": len(found), "results": results}
    if len(found) > start + limit:
        payload["paging"] = {"next": {"after": str(start + limit)}}
    return answer(payload)


def _show(call: Call, kind: str, item: tuple[str, Properties], names: list[str]) -> Json:
    record_id, values = item
    record = call.portal.records.get(kind, record_id)
    if record is None:
        return {"id": record_id, "properties": dict(values)}
    # The values are those of the index, which may be older than the record.
    shown = show(call.portal, record, names)
    return shown | {"properties": {name: values.get(name) for name in names}}


def _predicate(call: Call, kind: str, spec: Mapping[str, object]) -> Predicate:
    given = spec.get("filterGroups") or []
    if not isinstance(given, list) or len(given) > GROUPS:
        raise invalid(f"filterGroups must be a list of at most {GROUPS}")
    groups = [_group(call, kind, group) for group in given]
    if sum(map(len, groups)) > FILTERS:
        raise invalid(f"A search may have at most {FILTERS} filters in all")
    filters, words = any_of(groups), str(spec.get("query") or "").casefold().split()
    if not words:
        return filters

    def matches(values: Properties) -> bool:
        text = " ".join((values.get(name) or "") for name in _QUERIED).casefold()
        return all(word in text for word in words) and filters(values)

    return matches


def _after_id(spec: Mapping[str, object]) -> int:
    """The id after which alone anything can match: who reads page by page asks so in every group."""
    groups = cast("list[dict[str, list[dict[str, object]]]]", spec.get("filterGroups") or [])
    least = [
        max((int(str(f["value"])) for f in group["filters"] if _is_after_id(f)), default=0)
        for group in groups
    ]
    return min(least, default=0)


def _is_after_id(given: Mapping[str, object]) -> bool:
    name, operator = given.get("propertyName"), given.get("operator")
    return (name, operator) == ("hs_object_id", "GT") and str(given.get("value")).isdecimal()


def _group(call: Call, kind: str, group: object) -> list[Predicate]:
    filters = group.get("filters") if isinstance(group, dict) else None
    if not isinstance(filters, list) or not filters or len(filters) > PER_GROUP:
        raise invalid(f"Every filter group needs from 1 to {PER_GROUP} filters")
    tests = []
    for given in filters:
        if not isinstance(given, dict):
            raise invalid("Invalid input JSON: a filter is an object")
        name = str(given.get("propertyName"))
        definition = call.portal.definitions.find(kind, name)
        if definition is None:
            raise invalid(f"There was a problem with the request: unknown property {name[:60]}")
        tests.append(predicate(definition, given))
    return tests


def _sorted(call: Call, kind: str, spec: Mapping[str, object], found: Found, count: int) -> Found:
    """The first `count` of what was found, in the order that is asked for; by id without one."""
    sorts = spec.get("sorts") or []
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise invalid("A search may be sorted by one property")
    if not sorts:
        return found
    name, backwards = _order(sorts[0])
    definition = call.portal.definitions.find(kind, name)
    if definition is None:
        raise invalid(f"Cannot sort by unknown property {name[:60]}")
    key, name = sort_key(definition), definition.name
    if name == "hs_object_id":
        return found[: -count - 1 : -1] if backwards else found
    known = [item for item in found if item[1].get(name) is not None]
    first = (nlargest if backwards else nsmallest)(
        count, known, key=lambda item: key(item[1][name] or "")
    )
    if len(first) == count:
        return first
    return [*first, *(item for item in found if item[1].get(name) is None)]


def _order(wanted: object) -> tuple[str, bool]:
    """The property and whether its largest come first: `-name` is published, an object is understood."""
    if isinstance(wanted, dict):
        return str(wanted.get("propertyName")), wanted.get("direction") == "DESCENDING"
    text = str(wanted)
    return text.removeprefix("-"), text.startswith("-")


def _names(given: object) -> list[str]:
    return [str(name) for name in given] if isinstance(given, list) else []


def _number(spec: Mapping[str, object], name: str, default: int) -> int:
    value = spec.get(name, default)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise invalid(f"{name} must be a number")
    return value
