"""Contact search: filters, sorting and the two ways to page, over documents that may lag."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.highlevel.answers import answer, bad_request, invalid, trace_id
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.matching import Match, read_filters
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, read_moment

KNOWN = ("locationId", "page", "pageLimit", "searchAfter", "filters", "sort", "query")
MOST, QUERY_LENGTH = 500, 75
SORTABLE = frozenset(
    (
        "dateAdded",
        "dateUpdated",
        "firstNameLowerCase",
        "lastNameLowerCase",
        "businessName",
        "email",
        "source",
        "dnd",
    )
)
_SEARCHED = ("contactName", "email", "phone", "companyName")
Key = list[int | str]


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key; a contact's id comes last, so that no two contacts stand equal."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted: a page by number, or those after a cursor."""

    limit: int
    number: int | None
    after: Key | None


def operations() -> list[Operation]:
    return [Operation("POST", "/contacts/search", search, "contacts.readonly")]


def search(call: Call) -> Response:
    """Answer one search; what was written a moment ago may not be found yet."""
    spec = call.spec(*KNOWN, required=("locationId", "pageLimit"))
    location = call.own(spec["locationId"])
    limits = call.highlevel.limits
    page = _read_page(spec, limits.search_results)
    orders = _read_sort(spec.get("sort"), refuse_updated=limits.refuse_date_updated_sort)
    match, wanted = read_filters(spec.get("filters")), _read_query(spec.get("query"))
    found = [doc for doc in location.index.documents() if match(doc) and wanted(doc)]
    rows = _sorted(found, orders)
    shown = [_shown(doc, key) for key, doc in _cut(rows, orders, page)]
    return answer({"contacts": shown, "total": len(found), "traceId": trace_id()})


def _read_page(spec: Json, reach: int) -> Page:
    limit = _whole(spec["pageLimit"], "pageLimit", MOST)
    number, after = spec.get("page"), spec.get("searchAfter")
    if after == []:
        after = None
    if number is not None and after is not None:
        raise invalid("page and searchAfter cannot be used together")
    if after is not None:
        if not isinstance(after, list) or len(after) < 2:
            raise invalid("searchAfter must be the array that a search returned")
        return Page(limit, None, after)
    place = 1 if number is None else _whole(number, "page", 1_000_000)
    if place * limit > reach:
        raise bad_request(f"page * pageLimit must not be more than {reach}, use searchAfter")
    return Page(limit, place, None)


def _whole(value: object, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"{name} must be a number")
    if not 1 <= value <= most:
        side = "less than 1" if value < 1 else f"greater than {most}"
        raise invalid(f"{name} must not be {side}")
    return value


def _read_sort(value: object, *, refuse_updated: bool) -> list[Order]:
    if value is None or value == []:
        return [Order("dateAdded", descending=True)]
    if not isinstance(value, list):
        raise invalid("sort must be an array")
    orders = []
    for entry in value:
        if not isinstance(entry, Mapping) or entry.get("direction") not in {"asc", "desc"}:
            raise invalid("sort.direction must be one of the following values: asc, desc")
        name = str(entry.get("field"))
        refused = refuse_updated and name == "dateUpdated"
        if refused or not (name in SORTABLE or name.startswith("customFields.")):
            raise bad_request(f"Invalid sort field {name}")
        orders.append(Order(name, entry["direction"] == "desc"))
    return orders


def _read_query(value: object) -> Match:
    if value is None or value == "":
        return lambda _: True
    if not isinstance(value, str) or len(value) > QUERY_LENGTH:
        raise invalid(f"query must be shorter than or equal to {QUERY_LENGTH} characters")
    text = value.lower()
    return lambda doc: any(text in str(doc.get(name) or "").lower() for name in _SEARCHED)


def _key(doc: Json, orders: list[Order]) -> Key:
    return [*(_sort_value(doc, order.field) for order in orders), str(doc["id"])]


def _sort_value(doc: Json, name: str) -> int | str:
    if name.startswith("date"):
        return epoch_ms(read_moment(str(doc[name])))
    if name.startswith("customFields."):
        wanted, values = name.partition(".")[2], doc["customFields"]
        rows = values if isinstance(values, list) else []
        return next((str(row["value"]) for row in rows if row["id"] == wanted), "")
    return str(doc.get(name) or "").lower()


def _compare(left: Key, right: Key, orders: list[Order]) -> bool:
    """Whether left comes after right."""
    for one, other, order in zip(left, right, orders, strict=False):
        if one != other:
            later = _weigh(one) > _weigh(other)
            return later != order.descending
    return str(left[-1]) > str(right[-1])


def _weigh(value: object) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value))


def _sorted(found: list[Json], orders: list[Order]) -> list[tuple[Key, Json]]:
    rows = [(_key(doc, orders), doc) for doc in found]
    rows.sort(key=lambda row: str(row[0][-1]))
    for place, order in reversed(list(enumerate(orders))):
        rows.sort(key=_at(place), reverse=order.descending)
    return rows


def _at(place: int) -> Callable[[tuple[Key, Json]], tuple[int, float, str]]:
    return lambda row: _weigh(row[0][place])


def _cut(rows: list[tuple[Key, Json]], orders: list[Order], page: Page) -> list[tuple[Key, Json]]:
    if page.after is not None:
        rest = [row for row in rows if _compare(row[0], page.after, orders)]
        return rest[: page.limit]
    first = ((page.number or 1) - 1) * page.limit
    return rows[first : first + page.limit]


def _shown(doc: Json, key: Key) -> Json:
    return {name: value for name, value in doc.items() if name != "_hidden"} | {"searchAfter": key}
