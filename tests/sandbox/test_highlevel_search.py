"""HighLevel: contact search: paging, filters, sort, lag (capability D1)."""

from typing import Any

import pytest

from sandbox.highlevel.accounts import HARBORVIEW, NORTHGATE, SOLSTICE
from sandbox.highlevel.client import HighLevelClient
from sandbox.serving import eventually


def search(highlevel: HighLevelClient, **body: object) -> dict[str, Any]:
    given = {"locationId": highlevel.location, "pageLimit": 500, **body}
    reply = highlevel.api("POST", "/contacts/search", given)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def found(highlevel: HighLevelClient, *filters: object) -> set[str]:
    return {row["id"] for row in search(highlevel, filters=list(filters))["contacts"]}


def walk(highlevel: HighLevelClient, size: int, **body: object) -> list[str]:
    """All ids in the order of a search, by cursor."""
    ids: list[str] = []
    after: list[Any] = []
    while rows := search(highlevel, pageLimit=size, searchAfter=after, **body)["contacts"]:
        ids += [row["id"] for row in rows]
        after = rows[-1]["searchAfter"]
    return ids


@pytest.mark.parametrize("field", ["dateAdded", "dateUpdated", "firstNameLowerCase", "email"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_a_cursor_finds_everyone_once_and_in_order(
    highlevel: HighLevelClient, field: str, direction: str
) -> None:
    sort = [{"field": field, "direction": direction}]
    whole = search(highlevel, sort=sort)
    assert whole["total"] == highlevel.describe()["counts"]["contacts"]
    ids = walk(highlevel, 7, sort=sort)
    assert ids == [row["id"] for row in whole["contacts"]]
    assert len(set(ids)) == whole["total"]
    values = [row.get(field, "") for row in whole["contacts"]]
    assert values == sorted(values, reverse=direction == "desc")


def test_pages_by_number_end_at_the_reach(highlevel: HighLevelClient) -> None:
    first = search(highlevel, pageLimit=5, page=1)["contacts"]
    second = search(highlevel, pageLimit=5, page=2)["contacts"]
    assert not {row["id"] for row in first} & {row["id"] for row in second}
    highlevel.control("limits", {"search_results": 10})
    body = {"locationId": NORTHGATE, "pageLimit": 5, "page": 3}
    assert highlevel.api("POST", "/contacts/search", body).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "pageLimit"),
        ({"pageLimit": 501}, 422, "greater than 500"),
        ({"pageLimit": 5, "page": 1, "searchAfter": [1, "a"]}, 422, "together"),
        ({"pageLimit": 5, "contact_name": "x"}, 422, "property contact_name should not exist"),
        ({"pageLimit": 5, "query": "x" * 76}, 422, "query"),
        (
            {"pageLimit": 5, "filters": [{"field": "contact_name", "operator": "eq", "value": 1}]},
            400,
            "Invalid field contact_name",
        ),
        (
            {"pageLimit": 5, "filters": [{"field": "tags", "operator": "range", "value": {}}]},
            400,
            "Invalid operator",
        ),
        ({"pageLimit": 5, "sort": [{"field": "ssn", "direction": "asc"}]}, 400, "sort"),
    ],
)
def test_wrong_searches(
    highlevel: HighLevelClient, body: dict[str, object], status: int, told: str
) -> None:
    reply = highlevel.api("POST", "/contacts/search", {"locationId": NORTHGATE, **body})
    assert (reply.status_code, told in str(reply.json()["message"])) == (status, True)


def test_sorting_by_update_can_be_refused(highlevel: HighLevelClient) -> None:
    highlevel.control("limits", {"refuse_date_updated_sort": True})
    sort = [{"field": "dateUpdated", "direction": "asc"}]
    body = {"locationId": NORTHGATE, "pageLimit": 1, "sort": sort}
    assert highlevel.api("POST", "/contacts/search", body).status_code == 400


def test_another_location_is_403(highlevel: HighLevelClient) -> None:
    reply = highlevel.api("POST", "/contacts/search", {"locationId": SOLSTICE, "pageLimit": 1})
    assert reply.status_code == 403
    assert reply.json()["message"] == "The token does not have access to this location."


def test_rows_carry_no_dnd_settings_but_the_flag(highlevel: HighLevelClient) -> None:
    rows = search(highlevel)["contacts"]
    assert not any({"dndSettings", "inboundDndSettings", "_hidden"} & row.keys() for row in rows)
    assert all(isinstance(row["dnd"], bool) for row in rows)


def test_filters_by_text_tags_and_flags(highlevel: HighLevelClient) -> None:
    tagged = highlevel.contact(firstName="Zita", tags=["Gold Plan"], dnd=True, city="Oz")
    plain = highlevel.contact(firstName="Zora", city="Oz", phone="+16085550188")
    in_oz = {"field": "city", "operator": "eq", "value": "Oz"}
    assert found(highlevel, in_oz) == {tagged, plain}
    gold = {"field": "tags", "operator": "contains", "value": ["gold"]}
    assert found(highlevel, in_oz, gold) == {tagged}
    assert found(highlevel, in_oz, {**gold, "operator": "not_contains"}) == {plain}
    assert found(highlevel, in_oz, {**gold, "operator": "eq"}) == set()
    assert found(highlevel, in_oz, {"field": "dnd", "operator": "eq", "value": True}) == {tagged}
    assert found(highlevel, in_oz, {"field": "tags", "operator": "not_exists"}) == {plain}
    phone = {"field": "phone", "operator": "eq", "value": "6085550188"}
    assert found(highlevel, phone) == {plain}
    either = {
        "group": "OR",
        "filters": [phone, {"group": "AND", "filters": [in_oz, gold]}],
    }
    assert found(highlevel, either) == {tagged, plain}
    for contact_id in (tagged, plain):
        highlevel.api("DELETE", f"/contacts/{contact_id}")
    assert found(highlevel, in_oz) == set()


def test_filters_by_date_number_and_opportunity(highlevel: HighLevelClient) -> None:
    path = f"/locations/{NORTHGATE}/customFields"
    field = highlevel.api("POST", path, {"name": "Pts", "dataType": "NUMERICAL"}).json()
    field_id = field["customField"]["id"]
    contact_id = highlevel.contact(customFields=[{"id": field_id, "field_value": 61}])
    number = {"field": f"customFields.{field_id}", "operator": "range", "value": {"gte": 60}}
    assert found(highlevel, number) == {contact_id}
    number["value"] = {"gt": 61}
    assert found(highlevel, number) == set()
    shown = highlevel.api("GET", f"/contacts/{contact_id}").json()["contact"]["dateUpdated"]
    since = {"field": "dateUpdated", "operator": "range", "value": {"gte": shown}}
    assert contact_id in found(highlevel, since)
    made = {"contactId": contact_id, "monetaryValue": 10}
    deal = highlevel.control(f"records/{NORTHGATE}/opportunities", made)["id"]
    nested = {
        "field": "opportunity",
        "operator": "nested",
        "value": [{"field": "status", "operator": "eq", "value": "abandoned"}],
    }
    assert contact_id not in found(highlevel, nested)
    highlevel.control(f"records/{NORTHGATE}/opportunities/{deal}", {"status": "abandoned"}, "PATCH")
    assert contact_id in found(highlevel, nested)
    highlevel.api("DELETE", f"{path}/{field_id}")
    highlevel.api("DELETE", f"/contacts/{contact_id}")


def test_the_index_lags_behind_writes(highlevel: HighLevelClient) -> None:
    contact_id = highlevel.contact(city="Here")
    lag = {"search_lag_min_seconds": 0.4, "search_lag_max_seconds": 0.5}
    highlevel.control("limits", lag)
    there = {"field": "city", "operator": "eq", "value": "There"}
    highlevel.api("PUT", f"/contacts/{contact_id}", {"city": "There"})
    assert found(highlevel, there) == set()
    shown = highlevel.api("GET", f"/contacts/{contact_id}").json()["contact"]
    assert shown["city"] == "There"
    eventually(lambda: found(highlevel, there) == {contact_id}, "the index catches up")
    highlevel.api("DELETE", f"/contacts/{contact_id}")


def test_engagement_dates_make_cohorts(highlevel: HighLevelClient) -> None:
    opened = {"field": "lastEmailOpenedDate", "operator": "exists"}
    everyone, some = found(highlevel), found(highlevel, opened)
    assert some
    assert some < everyone
    assert found(highlevel, {**opened, "operator": "not_exists"}) == everyone - some


def test_locations_have_people_of_their_own(highlevel: HighLevelClient) -> None:
    other = HighLevelClient(highlevel.lab, HARBORVIEW)
    assert not found(highlevel) & found(other)
    assert search(other)["total"] == 12
