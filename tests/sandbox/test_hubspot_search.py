"""Search over HTTP: operators, sorting, pages, caps and the index's lag (capability S1)."""

import time
from collections.abc import Mapping

import pytest

from sandbox.hubspot.client import HubSpotClient

PATH = "/crm/objects/2026-09/contacts/search"


@pytest.fixture
def people(lab: HubSpotClient) -> dict[str, str]:
    """Three contacts found by a mark that nobody else has; the mark is new for every test."""
    mark = f"m{time.monotonic_ns()}"
    rows = {
        "ann": {"city": "Bath", "num_conversion_events": "2", "closedate": "2026-01-01T00:00:00Z"},
        "bob": {"city": "Saco", "num_conversion_events": "10", "closedate": "2026-06-01T00:00:00Z"},
        "cyd": {"city": "York Harbor", "lifecyclestage": "lead"},
    }
    ids = {name: lab.contact(company=mark, firstname=name, **v) for name, v in rows.items()}
    return ids | {"mark": mark}


def found(
    lab: HubSpotClient, people: dict[str, str], *filters: Mapping[str, object], **more: object
) -> list[str]:
    mark = {"propertyName": "company", "operator": "EQ", "value": people["mark"]}
    spec = {"filterGroups": [{"filters": [mark, *filters]}], "limit": 50, **more}
    reply = lab.api("POST", PATH, spec)
    assert reply.status_code == 200, reply.text
    names = {record_id: name for name, record_id in people.items()}
    return [names[row["id"]] for row in reply.json()["results"]]


@pytest.mark.parametrize(
    ("name", "operator", "value", "expected"),
    [
        ("city", "EQ", "bath", ["ann"]),
        ("city", "NEQ", "Bath", ["bob", "cyd"]),
        ("num_conversion_events", "GT", "2", ["bob"]),
        ("num_conversion_events", "GTE", "2", ["ann", "bob"]),
        ("num_conversion_events", "LT", "10", ["ann"]),
        ("num_conversion_events", "LTE", "10", ["ann", "bob"]),
        ("closedate", "GTE", "1772323200000", ["bob"]),
        ("lifecyclestage", "EQ", "lead", ["cyd"]),
        ("lifecyclestage", "EQ", "LEAD", []),
        ("closedate", "HAS_PROPERTY", None, ["ann", "bob"]),
        ("closedate", "NOT_HAS_PROPERTY", None, ["cyd"]),
        ("city", "CONTAINS_TOKEN", "harb*", ["cyd"]),
        ("city", "NOT_CONTAINS_TOKEN", "york", ["ann", "bob"]),
    ],
)
def test_operators(
    lab: HubSpotClient,
    people: dict[str, str],
    name: str,
    operator: str,
    value: str | None,
    expected: list[str],
) -> None:
    wanted: dict[str, object] = {"propertyName": name, "operator": operator}
    if value is not None:
        wanted["value"] = value
    assert found(lab, people, wanted) == expected


def test_ranges_and_lists(lab: HubSpotClient, people: dict[str, str]) -> None:
    span = {"propertyName": "num_conversion_events", "operator": "BETWEEN"}
    assert found(lab, people, span | {"value": "1", "highValue": "5"}) == ["ann"]
    cities = {"propertyName": "city", "operator": "IN", "values": ["bath", "saco"]}
    assert found(lab, people, cities) == ["ann", "bob"]
    # Values of text properties must be lowercase: others find nothing.
    assert found(lab, people, cities | {"values": ["Bath"]}) == []
    assert found(lab, people, cities | {"operator": "NOT_IN"}) == ["cyd"]


def test_sorting_paging_and_query(lab: HubSpotClient, people: dict[str, str]) -> None:
    by_count = [{"propertyName": "num_conversion_events", "direction": "DESCENDING"}]
    assert found(lab, people, sorts=by_count) == ["bob", "ann", "cyd"]
    assert found(lab, people, sorts=["-num_conversion_events"]) == ["bob", "ann", "cyd"]
    assert found(lab, people, sorts=["num_conversion_events"])[:2] == ["ann", "bob"]
    assert found(lab, people, sorts=["-firstname"])[0] == "cyd"
    mark = {"propertyName": "company", "operator": "EQ", "value": people["mark"]}
    spec = {"filterGroups": [{"filters": [mark]}], "sorts": ["hs_object_id"], "limit": 2}
    first = lab.api("POST", PATH, spec).json()
    assert first["total"] == 3
    assert first["paging"]["next"]["after"] == "2"
    second = lab.api("POST", PATH, spec | {"after": "2"}).json()
    assert [row["id"] for row in second["results"]] == [people["cyd"]]
    assert "paging" not in second
    assert lab.api("POST", PATH, {"query": people["mark"], "limit": 50}).json()["total"] == 3


def test_limits_of_the_grammar(lab: HubSpotClient) -> None:
    one = {"propertyName": "city", "operator": "EQ", "value": "x"}
    wrong: list[dict[str, object]] = [
        {"limit": 201},
        {"after": "9950", "limit": 100},
        {"filterGroups": [{"filters": [one]}] * 6},
        {"filterGroups": [{"filters": [one] * 7}]},
        {"filterGroups": [{"filters": [one] * 5}] * 4},
        {"filterGroups": [{"filters": [one | {"propertyName": "no_such_name"}]}]},
        {"filterGroups": [{"filters": [one | {"operator": "LIKE"}]}]},
        {"sorts": ["city", "email"]},
        {"filterGroups": [{"filters": [one | {"value": "x" * 3_000}]}]},
    ]
    assert [lab.api("POST", PATH, spec).status_code for spec in wrong] == [400] * len(wrong)
    assert lab.api("POST", PATH, {"after": "9800", "limit": 200}).status_code == 200


def test_the_index_lags_behind_writes(lab: HubSpotClient) -> None:
    contact = lab.contact(email="lag@example.com", city="Before")
    lab.control("limits", {"search_lag_min_seconds": 0.4, "search_lag_max_seconds": 0.5})
    path = f"/crm/objects/2026-09/contacts/{contact}"
    lab.api("PATCH", path, {"properties": {"city": "After"}})
    mark = {"propertyName": "hs_object_id", "operator": "EQ", "value": contact}
    spec = {"filterGroups": [{"filters": [mark]}], "properties": ["city"]}
    seen = [lab.api("POST", PATH, spec).json()["results"][0]["properties"]["city"]]
    assert lab.api("GET", f"{path}?properties=city").json()["properties"]["city"] == "After"
    for _ in range(500):
        if seen[-1] == "After":
            break
        time.sleep(0.01)
        seen.append(lab.api("POST", PATH, spec).json()["results"][0]["properties"]["city"])
    assert seen[0] == "Before"
    assert seen[-1] == "After"


def test_archived_contacts_are_not_found(lab: HubSpotClient) -> None:
    contact = lab.contact(email="archived@example.com")
    lab.control(f"records/{lab.portal}/contacts/{contact}", method="DELETE")
    mark = {"propertyName": "hs_object_id", "operator": "EQ", "value": contact}
    assert lab.api("POST", PATH, {"filterGroups": [{"filters": [mark]}]}).json()["total"] == 0
