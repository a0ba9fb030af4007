"""Records over HTTP: pages, single records, batches, validation (capability S1)."""

import json

import pytest

from sandbox.hubspot.client import HubSpotClient

DATED = "/crm/objects/2026-09/contacts"


def test_pages_cover_every_contact_once_in_id_order(lab: HubSpotClient) -> None:
    seen: list[int] = []
    path = f"{DATED}?limit=40&properties=email,phone"
    while path:
        page = lab.api("GET", path).json()
        seen += [int(row["id"]) for row in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
        path = f"{DATED}?limit=40&after={after}" if after else ""
    assert seen == sorted(set(seen))
    portal = lab.describe()
    assert len(seen) == portal["counts"]["contacts"]


def test_any_id_serves_as_cursor(lab: HubSpotClient) -> None:
    first = lab.api("GET", f"{DATED}?limit=5").json()["results"]
    after = int(first[2]["id"]) + 1
    following = lab.api("GET", f"{DATED}?limit=1&after={after}").json()["results"]
    expected = first[3] if int(first[3]["id"]) > after else first[4]
    assert following[0]["id"] == expected["id"]


def test_a_record_shows_asked_properties_as_text_or_null(lab: HubSpotClient) -> None:
    contact = lab.contact(email="shape@example.com", num_conversion_events="3")
    path = f"{DATED}/{contact}?properties=num_conversion_events,phone,no_such_name"
    shown = lab.api("GET", path).json()
    values = shown["properties"]
    assert values["num_conversion_events"] == "3"
    assert values["phone"] is None
    assert "no_such_name" not in values
    assert shown["archived"] is False
    assert shown["createdAt"].endswith("Z")


def test_history_is_newest_first_and_capped(lab: HubSpotClient) -> None:
    contact = lab.contact(email="history@example.com", city="v0")
    for number in range(1, 25):
        lab.control(f"records/{lab.portal}/contacts/{contact}", {"city": f"v{number}"}, "PATCH")
    shown = lab.api("GET", f"{DATED}/{contact}?propertiesWithHistory=city").json()
    versions = [version["value"] for version in shown["propertiesWithHistory"]["city"]]
    assert versions == [f"v{number}" for number in range(24, 4, -1)]
    refused = lab.api("GET", f"{DATED}?limit=51&propertiesWithHistory=city")
    assert refused.status_code == 400


def test_create_get_patch_archive(lab: HubSpotClient) -> None:
    made = lab.api("POST", DATED, {"properties": {"email": "one@example.com", "city": "Bath"}})
    assert made.status_code == 201
    record_id = made.json()["id"]
    again = lab.api("POST", DATED, {"properties": {"email": "ONE@example.com"}})
    assert again.status_code == 409
    assert f"Existing ID: {record_id}" in again.json()["message"]
    by_email = lab.api("GET", f"{DATED}/one@example.com?idProperty=email")
    assert by_email.json()["id"] == record_id
    patched = lab.api("PATCH", f"{DATED}/{record_id}", {"properties": {"city": ""}})
    assert patched.json()["properties"]["city"] is None
    assert lab.api("DELETE", f"{DATED}/{record_id}").status_code == 204
    assert lab.api("GET", f"{DATED}/{record_id}").status_code == 404
    assert lab.api("GET", f"{DATED}/{record_id}?archived=true").json()["archived"] is True
    archived = lab.api("GET", f"{DATED}?archived=true&limit=100").json()["results"]
    assert record_id in [row["id"] for row in archived]


def test_batch_read_reports_what_is_missing(lab: HubSpotClient) -> None:
    known, gone = lab.contact(email="kept@example.com"), lab.contact(email="gone@example.com")
    lab.control(f"records/{lab.portal}/contacts/{gone}", method="DELETE")
    inputs = [{"id": known}, {"id": gone}, {"id": "1"}]
    reply = lab.api("POST", f"{DATED}/batch/read", {"properties": ["email"], "inputs": inputs})
    assert reply.status_code == 207
    body = reply.json()
    assert [row["id"] for row in body["results"]] == [known]
    assert [error["context"]["ids"] for error in body["errors"]] == [[gone], ["1"]]
    assert body["numErrors"] == 2
    spec = {"properties": [], "inputs": [{"id": "kept@example.com"}], "idProperty": "email"}
    assert lab.api("POST", f"{DATED}/batch/read", spec).json()["results"][0]["id"] == known


def test_batch_update_207_carries_trace_ids(lab: HubSpotClient) -> None:
    known, other = lab.contact(email="m1@example.com"), lab.contact(email="m2@example.com")
    new = str(lab.control(f"records/{lab.portal}/contacts/{known}/merge/{other}", {})["id"])
    inputs = [
        {"id": new, "objectWriteTraceId": "t1", "properties": {"city": "Bangor"}},
        {"id": other, "objectWriteTraceId": "t2", "properties": {"city": "Bangor"}},
    ]
    reply = lab.api("POST", f"{DATED}/batch/update", {"inputs": inputs})
    assert reply.status_code == 207
    error = reply.json()["errors"][0]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"] == {"ids": [other], "objectWriteTraceId": ["t2"]}
    assert reply.json()["results"][0]["objectWriteTraceId"] == "t1"
    assert lab.stored(new)["city"] == "Bangor"
    assert lab.stored(new)["hs_merged_object_ids"] == f"{known};{other}"


def test_one_bad_value_refuses_the_whole_batch(lab: HubSpotClient) -> None:
    good, bad = lab.contact(email="g@example.com"), lab.contact(email="b@example.com")
    inputs = [
        {"id": good, "properties": {"city": "Bangor"}},
        {"id": bad, "properties": {"lifecyclestage": "no_such_stage"}},
    ]
    reply = lab.api("POST", f"{DATED}/batch/update", {"inputs": inputs})
    assert reply.status_code == 400
    assert reply.json()["category"] == "VALIDATION_ERROR"
    assert "city" not in lab.stored(good)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"no_such_name": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"createdate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"notes_last_contacted": "2026-01-01T00:00:00Z"}, "READ_ONLY_VALUE"),
        ({"lifecyclestage": "Customer"}, "INVALID_OPTION"),
        ({"email": "not an address"}, "INVALID_EMAIL"),
        ({"closedate": "soon"}, "INVALID_DATE"),
        ({"hubspot_owner_id": "1"}, "INVALID_OWNER_ID"),
    ],
)
def test_problems_stand_as_json_in_the_message(
    lab: HubSpotClient, values: dict[str, str], code: str
) -> None:
    contact = lab.contact(firstname="Val")
    reply = lab.api("PATCH", f"{DATED}/{contact}", {"properties": values})
    assert reply.status_code == 400
    prefix, _, listed = reply.json()["message"].partition(": ")
    assert prefix == "Property values were not valid"
    problem = json.loads(listed)[0]
    assert problem["error"] == code
    assert problem["isValid"] is False
    assert problem["name"] == next(iter(values))


def test_repeated_ids_in_a_batch_are_refused(lab: HubSpotClient) -> None:
    contact = lab.contact(email="twice@example.com")
    twice = [{"id": contact, "properties": {"city": "Bath"}}] * 2
    assert lab.api("POST", f"{DATED}/batch/update", {"inputs": twice}).status_code == 400
    many = [{"id": str(number), "properties": {}} for number in range(101)]
    assert lab.api("POST", f"{DATED}/batch/update", {"inputs": many}).status_code == 400


def test_update_by_email_is_refused_and_upsert_by_email_works(lab: HubSpotClient) -> None:
    known = lab.contact(email="up@example.com")
    entry = {"id": "up@example.com", "idProperty": "email", "properties": {"city": "Saco"}}
    refused = lab.api("POST", f"{DATED}/batch/update", {"inputs": [entry]})
    assert refused.status_code == 400
    assert "non-unique 0-1 property" in refused.json()["message"]
    fresh = {"id": "new@example.com", "idProperty": "email", "properties": {"city": "Saco"}}
    results = lab.api("POST", f"{DATED}/batch/upsert", {"inputs": [entry, fresh]}).json()["results"]
    assert [row["new"] for row in results] == [False, True]
    assert results[0]["id"] == known
    assert lab.stored(results[1]["id"])["email"] == "new@example.com"


def test_dates_are_normalized_with_a_warning_on_the_dated_api_only(lab: HubSpotClient) -> None:
    lab.api(
        "POST",
        "/crm/properties/2026-09/contacts",
        {
            "name": "fitted_on",
            "label": "Fitted on",
            "type": "date",
            "fieldType": "date",
            "groupName": "contactinformation",
        },
    )
    contact = lab.contact(email="dates@example.com")
    payload = {"properties": {"fitted_on": "2026-11-22T10:30:00Z"}}
    dated = lab.api("PATCH", f"{DATED}/{contact}", payload).json()
    assert dated["properties"]["fitted_on"] == "2026-11-22"
    warning = dated["warnings"][0]
    assert warning["category"] == "PROPERTY_VALUE_NORMALIZED"
    assert warning["context"]["normalizedValue"] == ["2026-11-22"]
    old = lab.api("PATCH", f"/crm/v3/objects/contacts/{contact}", payload)
    assert old.status_code == 400
    assert "not midnight!" in old.json()["message"]
    midnight = {"properties": {"fitted_on": "1763769600000"}}  # 2025-11-22T00:00:00Z
    exact = lab.api("PATCH", f"/crm/v3/objects/contacts/{contact}", midnight).json()
    assert exact["properties"]["fitted_on"] == "2025-11-22"


def test_datetimes_come_back_as_utc_and_checkboxes_append(lab: HubSpotClient) -> None:
    contact = lab.contact(email="coerce@example.com", hs_legal_basis="Not applicable")
    values = {
        "closedate": "2026-11-22T10:30:00+02:00",
        "hs_legal_basis": ";Performance of a contract",
    }
    shown = lab.api("PATCH", f"{DATED}/{contact}", {"properties": values}).json()
    assert shown["properties"]["closedate"] == "2026-11-22T08:30:00.000Z"
    assert shown["properties"]["hs_legal_basis"] == "Not applicable;Performance of a contract"
    assert "warnings" not in shown


def test_lifecycle_moves_forward_only_unless_cleared(lab: HubSpotClient) -> None:
    contact = lab.contact(email="life@example.com", lifecyclestage="customer")
    path = f"{DATED}/{contact}"
    assert lab.api("PATCH", path, {"properties": {"lifecyclestage": "lead"}}).status_code == 200
    assert lab.stored(contact)["lifecyclestage"] == "customer"
    lab.api("PATCH", path, {"properties": {"lifecyclestage": ""}})
    lab.api("PATCH", path, {"properties": {"lifecyclestage": "lead"}})
    assert lab.stored(contact)["lifecyclestage"] == "lead"


def test_equal_values_change_nothing_but_the_modified_date(lab: HubSpotClient) -> None:
    contact = lab.contact(email="same@example.com", city="Bath")
    before = lab.stored(contact)["lastmodifieddate"]
    lab.control("advance", {"minutes": 1})
    lab.api("PATCH", f"{DATED}/{contact}", {"properties": {"city": "Bath"}})
    counted = lab.control("counters")
    assert counted["writes_without_change"][str(lab.portal)]["contacts"][contact] == 1
    assert lab.stored(contact)["lastmodifieddate"] > before


def test_rules_of_the_account_refuse_writes(lab: HubSpotClient) -> None:
    rule = {"kind": "contacts", "when": "lifecyclestage", "equals": "customer", "required": "phone"}
    lab.control(
        "rules",
        {"portal": lab.portal, "on_create": {"contacts": ["city"]}, "conditional": [rule]},
    )
    refused = lab.api("POST", DATED, {"properties": {"email": "rule@example.com"}})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"
    contact = lab.contact(email="rule2@example.com", lifecyclestage="customer")
    unrelated = lab.api("PATCH", f"{DATED}/{contact}", {"properties": {"city": "Bath"}})
    assert unrelated.status_code == 400
    error = unrelated.json()["errors"][0]
    assert error["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
    assert error["context"] == {"propertyName": ["phone"]}


def test_merge_and_erase(lab: HubSpotClient) -> None:
    keep, fold = lab.contact(email="keep@example.com"), lab.contact(city="Saco", lastname="Fold")
    merged = lab.api(
        "POST", f"{DATED}/merge", {"primaryObjectId": keep, "objectIdToMerge": fold}
    ).json()
    new = merged["id"]
    assert new not in {keep, fold}
    assert lab.stored(new)["city"] == "Saco"
    assert lab.stored(new)["email"] == "keep@example.com"
    listed = lab.api("GET", f"{DATED}?limit=100&after={int(keep) - 1}").json()["results"]
    assert [row["id"] for row in listed if row["id"] in {new, keep, fold}] == [new]
    for old in (keep, fold):
        assert lab.api("GET", f"{DATED}/{old}").json()["id"] == new
        inputs = {"properties": [], "inputs": [{"id": old}]}
        read = lab.api("POST", f"{DATED}/batch/read", inputs).json()
        assert [row["id"] for row in read["results"]] == [new]
    erased = lab.api("POST", f"{DATED}/gdpr-delete", {"objectId": new})
    assert erased.status_code == 204
    assert lab.api("GET", f"{DATED}/{new}?archived=true").status_code == 404


def test_deals_and_lists_follow_a_merge_of_merges(lab: HubSpotClient) -> None:
    contacts = [lab.contact(email=f"chain{n}@example.com") for n in range(3)]
    linked = {
        "to": {"id": contacts[0]},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}],
    }
    body = {"properties": {"dealname": "Aids"}, "associations": [linked]}
    deal_id = lab.api("POST", "/crm/objects/2026-09/deals", body).json()["id"]
    wanted = {"name": "Chain", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = lab.api("POST", "/crm/lists/2026-09", wanted).json()["list"]["listId"]
    path = f"/crm/lists/2026-09/{made}/memberships"
    lab.api("PUT", f"{path}/add", contacts[:2])
    since = {
        m["recordId"]: m["membershipTimestamp"] for m in lab.api("GET", path).json()["results"]
    }

    def merge(primary: str, other: str) -> str:
        body = {"primaryObjectId": primary, "objectIdToMerge": other}
        return str(lab.api("POST", f"{DATED}/merge", body).json()["id"])

    first = merge(contacts[0], contacts[1])
    last = merge(contacts[2], first)
    inputs = [{"id": i} for i in (*contacts, first)]
    read = lab.api("POST", f"{DATED}/batch/read", {"properties": [], "inputs": inputs}).json()
    assert {row["id"] for row in read["results"]} == {last}
    assert set(lab.stored(last)["hs_merged_object_ids"].split(";")) == {*contacts, first}
    (member,) = lab.api("GET", path).json()["results"]
    assert member == {"recordId": last, "membershipTimestamp": min(since.values())}
    shown = lab.api("GET", f"/crm/objects/2026-09/deals/{deal_id}?associations=contacts").json()
    assert [c["id"] for c in shown["associations"]["contacts"]["results"]] == [last]


def test_associations_single_batch_and_in_lists(lab: HubSpotClient) -> None:
    contact, lonely = lab.contact(email="deal@example.com"), lab.contact(email="alone@example.com")
    deal = lab.api(
        "POST",
        "/crm/objects/2026-09/deals",
        {
            "properties": {"dealname": "Hearing aids", "dealstage": "closedwon"},
            "associations": [
                {
                    "to": {"id": contact},
                    "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}],
                }
            ],
        },
    ).json()["id"]
    assert lab.stored(deal, "deals")["hs_is_closed_won"] == "true"
    batch = lab.api(
        "POST",
        "/crm/associations/2026-09/contacts/deals/batch/read",
        {"inputs": [{"id": contact}, {"id": lonely}]},
    )
    assert batch.status_code == 207
    result = batch.json()["results"]
    assert result[0]["from"] == {"id": contact}
    assert result[0]["to"][0]["toObjectId"] == int(deal)
    assert result[0]["to"][0]["associationTypes"][0]["typeId"] == 4
    one = lab.api("GET", f"/crm/objects/2026-09/contacts/{contact}/associations/deals").json()
    assert [row["toObjectId"] for row in one["results"]] == [int(deal)]
    page = lab.api("GET", f"{DATED}?limit=1&after={int(contact) - 1}&associations=deals").json()
    assert page["results"][0]["associations"]["deals"]["results"] == [
        {"id": deal, "type": "contact_to_deal"}
    ]


def test_unknown_kinds_paths_methods_and_bodies(lab: HubSpotClient) -> None:
    assert lab.api("GET", "/crm/objects/2026-09/unicorns").status_code == 404
    orders = lab.api("GET", "/crm/objects/2026-09/orders")
    assert (orders.status_code, orders.json()["category"]) == (403, "MISSING_SCOPES")
    assert lab.api("GET", "/crm/objects/2026-09/quotes").status_code == 403
    quotes = lab.token(["crm.objects.quotes.read"])
    assert lab.api("GET", "/crm/objects/2026-09/quotes", token=quotes).json() == {"results": []}
    assert lab.api("GET", "/crm/objects/1999-01/contacts").json()["category"] == "OBJECT_NOT_FOUND"
    wrong = lab.api("PUT", DATED)
    assert (wrong.status_code, wrong.json()["status"]) == (405, "error")
    headers = {"Authorization": f"Bearer {lab.token()}", "Content-Type": "text/plain"}
    assert lab.http.post(DATED, content=b"x", headers=headers).status_code == 415
    headers["Content-Type"] = "application/json"
    assert lab.http.post(DATED, content=b"{", headers=headers).status_code == 400
    names = ",".join(f"property_number_{n}" for n in range(500))
    assert lab.api("GET", f"{DATED}?properties={names}").status_code == 414
