"""Opportunities, payments and invoices over the API."""

from collections.abc import Iterable
from datetime import date

from starlette.responses import Response

from sandbox.highlevel.answers import (
    answer,
    bad_request,
    foreign_location,
    invalid,
    not_found,
)
from sandbox.highlevel.gateway import Call, Operation
from sandbox.highlevel.location import Location
from sandbox.highlevel.opportunities import STATUSES, Opportunity
from sandbox.highlevel.sales import Sale
from sandbox.kit.answers import Json
from sandbox.kit.moments import epoch_ms, iso, read_moment

_OPPORTUNITIES = "opportunities.readonly"
SEARCH = ("locationId", "query", "limit", "page", "searchAfter", "additionalDetails")
_FIELDS = {
    "status": "status",
    "pipeline_id": "pipeline_id",
    "pipeline_stage_id": "stage_id",
    "contact_id": "contact_id",
    "assigned_to": "user_id",
    "lost_reason_id": "lost_reason_id",
}
# How version 3 spells the parameters of the older search.
_V3_NAMES = {
    "location_id": "locationId",
    "pipeline_id": "pipelineId",
    "pipeline_stage_id": "pipelineStageId",
    "contact_id": "contactId",
    "assigned_to": "assignedTo",
}
_RANGES = {
    "monetary_value": "value",
    "date_added": "created",
    "date_updated": "updated",
    "last_status_change_date": "status_at",
    "last_stage_change_date": "stage_at",
}


def operations() -> list[Operation]:
    """Operations; fixed words come before ids."""
    return [
        Operation("POST", "/opportunities/search", search, _OPPORTUNITIES),
        Operation("GET", "/opportunities/search", list_opportunities, _OPPORTUNITIES),
        Operation("GET", "/opportunities/pipelines", pipelines, _OPPORTUNITIES),
        Operation("GET", "/opportunities/lost-reason", lost_reasons, _OPPORTUNITIES),
        Operation("GET", "/opportunities/{id}", opportunity, _OPPORTUNITIES),
        Operation("GET", "/payments/transactions", transactions, "payments/transactions.readonly"),
        Operation("GET", "/payments/orders", orders, "payments/orders.readonly"),
        Operation("GET", "/payments/subscriptions", none_yet, "payments/subscriptions.readonly"),
        Operation("GET", "/invoices/", invoices, "invoices.readonly"),
    ]


# Opportunities


def search(call: Call) -> Response:
    """Search with everything the documents mark as required, and optional filters and sort."""
    spec = call.spec(*SEARCH, "filters", "sort", required=SEARCH)
    location = call.own(spec["locationId"])
    limit, page, after = spec["limit"], spec["page"], spec["searchAfter"]
    if not isinstance(limit, int) or not 1 <= limit <= 500:
        raise invalid("limit must be a number from 1 to 500")
    if not isinstance(page, int) or page < 1 or not isinstance(after, list):
        raise invalid("page must be a number from 1 and searchAfter an array")
    rows = _newest(_filtered(location, spec.get("filters"), str(spec["query"])))
    total = len(rows)
    if after:
        rows = [row for row in rows if _key(row) < (int(after[0]), str(after[-1]))]
        rows = rows[:limit]
    else:
        rows = rows[(page - 1) * limit : page * limit]
    shown = [shown_with_contact(location, row) | {"sort": list(_key(row))} for row in rows]
    return answer({"opportunities": shown, "total": total})


def _key(row: Opportunity) -> tuple[int, str]:
    return epoch_ms(row.created), row.id


def _newest(rows: Iterable[Opportunity]) -> list[Opportunity]:
    return sorted(rows, key=_key, reverse=True)


def _filtered(location: Location, filters: object, query: str) -> list[Opportunity]:
    rows = [row for row in location.opportunities.each() if query.lower() in row.name.lower()]
    if filters is None:
        return rows
    if not isinstance(filters, list):
        raise invalid("filters must be an array")
    for entry in filters:
        if not isinstance(entry, dict):
            raise invalid("each value in filters must be an object")
        rows = [row for row in rows if _meets(row, entry)]
    return rows


def _meets(row: Opportunity, entry: Json) -> bool:
    name, operator, value = str(entry.get("field")), entry.get("operator"), entry.get("value")
    if name in _FIELDS and operator in {"eq", "not_eq"}:
        wanted = value if isinstance(value, list) else [value]
        return (getattr(row, _FIELDS[name]) in wanted) == (operator == "eq")
    if name in _RANGES and operator == "range" and isinstance(value, dict):
        known = getattr(row, _RANGES[name])
        number = known if isinstance(known, int | float) else known.timestamp()
        low, high = (_bound(value.get(side)) for side in ("gte", "lte"))
        return (low is None or number >= low) and (high is None or number <= high)
    raise bad_request(f"Invalid field {name} or operator {operator}")


def _bound(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and value < 1e11):
        return None if value is None else float(value)
    try:
        return read_moment(str(value)).timestamp()
    except ValueError as error:
        raise invalid("range value must be a number or a date") from error


def shown_with_contact(location: Location, row: Opportunity) -> Json:
    """An opportunity with what is shown of its contact."""
    contact = location.contacts.get(row.contact_id)
    if contact is None:
        return row.json(location.id)
    short: Json = {
        "id": contact.id,
        "name": contact.name,
        "email": contact.details.get("email") or "",
        "phone": contact.details.get("phone") or "",
        "tags": list(contact.tags),
    }
    return row.json(location.id, short)


def list_opportunities(call: Call) -> Response:
    """The older search by query parameters; both cursor parts are needed to go on."""
    spelt = _V3_NAMES if call.v3 else {name: name for name in _V3_NAMES}
    location = call.own(call.asked(spelt["location_id"], required=True))
    status = call.asked("status")
    if status not in {None, "all", *STATUSES}:
        raise invalid(f"status must be one of the following values: {', '.join(STATUSES)}, all")
    asked = {name: call.asked(spelt[name]) for name in _FIELDS if name in spelt}
    rows = [
        row
        for row in _newest(location.opportunities.each())
        if status in {None, "all", row.status}
        and all(value in {None, getattr(row, _FIELDS[name])} for name, value in asked.items())
    ]
    total, limit = len(rows), call.count("limit", 20, 100)
    after, after_id = call.asked("startAfter"), call.asked("startAfterId")
    if after and after_id:
        rows = [row for row in rows if _key(row) < (int(after), after_id)]
    page = rows[:limit]
    meta: Json = {"total": total, "currentPage": 1}
    if len(rows) > limit:
        meta |= {"startAfter": _key(page[-1])[0], "startAfterId": page[-1].id}
    shown = [shown_with_contact(location, row) for row in page]
    return answer({"opportunities": shown, "meta": meta})


def pipelines(call: Call) -> Response:
    location = call.own(call.asked("locationId", required=True))
    rows = [location.opportunities.pipeline.json(location.id)]
    return answer({"pipelines": rows})


def lost_reasons(call: Call) -> Response:
    location = call.own(call.asked("locationId", required=True))
    rows = [
        {"id": reason_id, "name": name, "locationId": location.id}
        for reason_id, name in location.opportunities.lost_reasons.items()
    ]
    return answer({"lostReasons": rows, "total": len(rows)})


def opportunity(call: Call) -> Response:
    row = call.location.opportunities.get(call.path["id"])
    if row is None:
        raise not_found(f"Opportunity with id {call.path['id']} not found")
    return answer({"opportunity": shown_with_contact(call.location, row)})


# Payments


def _of_location(call: Call) -> Location:
    if call.asked("altType", required=True) != "location":
        raise invalid("altType must be one of the following values: location")
    alt_id = call.asked("altId", required=True)
    if alt_id != call.install.location_id:
        raise foreign_location()
    return call.location


def _sales(call: Call, rows: Iterable[Sale]) -> list[Sale]:
    """The sales asked for: by mode, contact, and days in UTC."""
    mode, contact_id, entity_id = (
        call.asked(name) for name in ("paymentMode", "contactId", "entityId")
    )
    start, end = _day(call, "startAt"), _day(call, "endAt")
    return [
        sale
        for sale in rows
        if (mode not in {"live", "test"} or sale.live == (mode == "live"))
        and contact_id in {None, sale.contact.id}
        and entity_id in {None, sale.entity_id}
        and (start is None or iso(sale.at)[:10] >= start)
        and (end is None or iso(sale.at)[:10] <= end)
    ]


def _day(call: Call, name: str) -> str | None:
    text = call.asked(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise invalid(f"{name} must be a date in the format YYYY-MM-DD") from error


def _page(call: Call, rows: list[Sale]) -> list[Sale]:
    offset = call.count("offset", 0, 10_000_000, least=0)
    return rows[offset : offset + call.count("limit", 10, 100)]


def transactions(call: Call) -> Response:
    location = _of_location(call)
    rows = _sales(call, location.sales.each())
    data = [sale.transaction(location.id) for sale in _page(call, rows)]
    return answer({"data": data, "totalCount": len(rows)})


def orders(call: Call) -> Response:
    location, status = _of_location(call), call.asked("paymentStatus")
    rows = _sales(call, location.sales.each("order"))
    rows = [sale for sale in rows if status in {None, sale.payment_status}]
    data = [sale.order(location.id) for sale in _page(call, rows)]
    return answer({"data": data, "totalCount": len(rows)})


def none_yet(call: Call) -> Response:
    """Subscriptions: nobody here has one."""
    _of_location(call)
    return answer({"data": [], "totalCount": 0})


def invoices(call: Call) -> Response:
    location, status = _of_location(call), call.asked("status")
    for name in ("limit", "offset"):
        call.asked(name, required=True)
    rows = _sales(call, location.sales.each("invoice")) if status in {None, "paid"} else []
    name = location.profile.name
    page = [sale.invoice(location.id, name) for sale in _page(call, rows)]
    return answer({"invoices": page, "total": len(rows)})
