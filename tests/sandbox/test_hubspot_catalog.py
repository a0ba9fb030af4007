"""Properties, pipelines, owners, lists, account, sequences over HTTP (capability S1)."""

import time

import pytest

from sandbox.hubspot.client import HubSpotClient

PROPERTIES = "/crm/properties/2026-09/contacts"


def spec(name: str, **more: object) -> dict[str, object]:
    usual = {"type": "number", "fieldType": "number", "groupName": "contactinformation"}
    return {"name": name, "label": f"Label {name}", **usual, **more}


def fresh(stem: str) -> str:
    return f"{stem}_{time.monotonic_ns()}"


def test_standard_definitions_say_what_may_be_written(lab: HubSpotClient) -> None:
    found = {p["name"]: p for p in lab.api("GET", PROPERTIES).json()["results"]}
    assert found["notes_last_contacted"]["calculated"] is True
    assert found["notes_last_contacted"]["type"] == "datetime"
    assert found["notes_last_contacted"]["modificationMetadata"]["readOnlyValue"] is True
    assert found["closedate"]["modificationMetadata"]["readOnlyValue"] is False
    assert "customer" in [option["value"] for option in found["lifecyclestage"]["options"]]
    assert found["hs_email_optout"]["type"] == "bool"


def test_an_existing_name_is_409_and_an_archived_one_comes_back(lab: HubSpotClient) -> None:
    name = fresh("score")
    assert lab.api("POST", PROPERTIES, spec(name)).status_code == 201
    again = lab.api("POST", PROPERTIES, spec(name))
    assert again.status_code == 409
    assert again.json()["category"] == "OBJECT_ALREADY_EXISTS"
    assert again.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    contact = lab.contact(firstname="Res")
    write = {"properties": {name: "7"}}
    assert lab.api("PATCH", f"/crm/objects/2026-09/contacts/{contact}", write).status_code == 200
    assert lab.api("DELETE", f"{PROPERTIES}/{name}").status_code == 204
    assert lab.api("GET", f"{PROPERTIES}/{name}").status_code == 404
    assert lab.api("PATCH", f"/crm/objects/2026-09/contacts/{contact}", write).status_code == 400
    assert lab.api("POST", PROPERTIES, spec(name)).status_code == 201
    assert lab.api("GET", f"{PROPERTIES}/{name}").json()["archived"] is False


def test_batch_create_reads_and_archives(lab: HubSpotClient) -> None:
    known, new = fresh("known"), fresh("fresh")
    lab.api("POST", PROPERTIES, spec(known))
    mixed = lab.api("POST", f"{PROPERTIES}/batch/create", {"inputs": [spec(known), spec(new)]})
    assert mixed.status_code == 207
    assert [p["name"] for p in mixed.json()["results"]] == [new]
    assert mixed.json()["errors"][0]["category"] == "OBJECT_ALREADY_EXISTS"
    all_known = lab.api("POST", f"{PROPERTIES}/batch/create", {"inputs": [spec(known)]})
    assert all_known.status_code == 409
    names = {"archived": False, "inputs": [{"name": known}, {"name": "no_such_name"}]}
    read = lab.api("POST", f"{PROPERTIES}/batch/read", names)
    assert (read.status_code, len(read.json()["results"])) == (207, 1)
    both = {"inputs": [{"name": known}, {"name": new}]}
    assert lab.api("POST", f"{PROPERTIES}/batch/archive", both).status_code == 204
    archived = lab.api("GET", f"{PROPERTIES}?archived=true").json()["results"]
    assert {known, new} <= {p["name"] for p in archived}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Has_Capitals"},
        {"name": "1digit"},
        {"type": "decimal"},
        {"type": "bool", "fieldType": "booleancheckbox"},
        {"fieldType": "date"},
        {"groupName": "no_such_group"},
        {"label": ""},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "A"}]},
    ],
)
def test_invalid_definitions_are_refused(lab: HubSpotClient, wrong: dict[str, object]) -> None:
    reply = lab.api("POST", PROPERTIES, spec(fresh("wrong")) | wrong)
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")


def test_patching_options_replaces_the_list(lab: HubSpotClient) -> None:
    name = fresh("band")
    options = [{"label": "High", "value": "high"}, {"label": "Low", "value": "low"}]
    wanted = spec(name, type="enumeration", fieldType="select", options=options)
    lab.api("POST", PROPERTIES, wanted)
    lab.api("PATCH", f"{PROPERTIES}/{name}", {"options": options[:1]})
    contact = lab.contact(firstname="Opt")
    path = f"/crm/objects/2026-09/contacts/{contact}"
    assert lab.api("PATCH", path, {"properties": {name: "high"}}).status_code == 200
    assert lab.api("PATCH", path, {"properties": {name: "low"}}).status_code == 400


def test_groups_hold_properties(lab: HubSpotClient) -> None:
    group, name = fresh("grp"), fresh("inside")
    made = lab.api("POST", f"{PROPERTIES}/groups", {"name": group, "label": "Mine"})
    assert made.status_code == 201
    assert lab.api("POST", f"{PROPERTIES}/groups", {"name": group, "label": "x"}).status_code == 409
    lab.api("POST", PROPERTIES, spec(name, groupName=group))
    assert lab.api("DELETE", f"{PROPERTIES}/groups/{group}").status_code == 400
    lab.api("DELETE", f"{PROPERTIES}/{name}")
    assert lab.api("DELETE", f"{PROPERTIES}/groups/{group}").status_code == 204


def test_custom_properties_are_limited(lab: HubSpotClient) -> None:
    before = lab.api("GET", "/crm/limits/2026-09/custom-properties").json()
    used = next(row["usage"] for row in before["byObjectType"] if row["objectTypeId"] == "0-1")
    lab.control("limits", {"custom_properties": used})
    assert lab.api("POST", PROPERTIES, spec(fresh("full"))).status_code == 400


def test_account_owners_and_pipelines(lab: HubSpotClient) -> None:
    account = lab.api("GET", "/account-info/2026-09/details").json()
    assert account["portalId"] == lab.portal
    assert account["timeZone"] == "US/Eastern"
    assert account["utcOffset"] == "-05:00"
    owners = lab.api("GET", "/crm/owners/2026-09?limit=2").json()
    rest = lab.api("GET", f"/crm/owners/2026-09?after={owners['paging']['next']['after']}").json()
    everyone = owners["results"] + rest["results"]
    assert len({owner["userId"] for owner in everyone}) == 3
    stages = lab.api("GET", "/crm/pipelines/2026-09/deals").json()["results"][0]["stages"]
    won = next(stage for stage in stages if stage["id"] == "closedwon")
    assert won["metadata"] == {"isClosed": "true", "probability": "1.0"}


def test_static_lists_take_members_and_dynamic_ones_do_not(lab: HubSpotClient) -> None:
    name, contact = fresh("Dormant"), lab.contact(firstname="Mem")
    wanted = {"name": name, "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = lab.api("POST", "/crm/lists/2026-09", wanted).json()["list"]
    path = f"/crm/lists/2026-09/{made['listId']}/memberships"
    added = lab.api("PUT", f"{path}/add", [contact, "1"]).json()
    assert added["recordsIdsAdded"] == [contact]
    assert added["recordIdsMissing"] == ["1"]
    assert lab.api("GET", path).json()["results"][0]["recordId"] == contact
    swap = {"recordIdsToAdd": [], "recordIdsToRemove": [contact]}
    swapped = lab.api("PUT", f"{path}/add-and-remove", swap).json()
    assert swapped["recordIdsRemoved"] == [contact]
    query = {"additionalProperties": [], "listIds": [], "offset": 0, "processingTypes": []}
    assert lab.api("POST", "/crm/lists/2026-09/search", {"query": name}).status_code == 400
    found = lab.api("POST", "/crm/lists/2026-09/search", query | {"query": name}).json()
    assert [row["listId"] for row in found["lists"]] == [made["listId"]]
    dynamic = wanted | {"name": fresh("Live"), "processingType": "DYNAMIC"}
    other = lab.api("POST", "/crm/lists/2026-09", dynamic).json()["list"]["listId"]
    refused = lab.api("PUT", f"/crm/lists/2026-09/{other}/memberships/add", [contact])
    assert refused.status_code == 400


def test_sequences_enroll_once_and_say_why_not(lab: HubSpotClient) -> None:
    owner = lab.api("GET", "/crm/owners/2026-09").json()["results"][0]
    base, user = "/automation/sequences/2026-09", owner["userId"]
    assert lab.api("GET", base).status_code == 400
    listed = lab.api("GET", f"{base}?userId={user}").json()
    sequence = listed["results"][0]["id"]
    assert "steps" not in listed["results"][0]
    assert lab.api("GET", f"{base}/{sequence}?userId={user}").json()["steps"]
    contact = lab.contact(email=f"{fresh('seq')}@example.com")
    wanted = {"sequenceId": sequence, "contactId": contact, "senderEmail": owner["email"]}
    path = f"{base}/enrollments?userId={user}"
    enrolled = lab.api("POST", path, wanted)
    assert enrolled.status_code == 200
    assert set(enrolled.json()) == {"id", "toEmail", "enrolledAt", "updatedAt"}
    again = lab.api("POST", path, wanted)
    assert again.status_code == 400
    assert again.json()["context"] == {"reason": ["ALREADY_ENROLLED"]}
    where = lab.api("GET", f"{base}/enrollments/contact/{contact}").json()
    assert where["sequenceId"] == sequence
    lost = lab.contact(email=f"{fresh('out')}@example.com", hs_email_optout="true")
    refused = lab.api("POST", path, wanted | {"contactId": lost})
    assert refused.json()["context"] == {"reason": ["UNSUBSCRIBED"]}
    stranger = lab.api("POST", path, wanted | {"contactId": lost, "senderEmail": "x@example.com"})
    assert stranger.json()["context"] == {"reason": ["INBOX_NOT_CONNECTED"]}
    assert lab.api("POST", path, wanted | {"contactId": "1"}).status_code == 404
    counted = lab.control("counters")["sequence_enrollments"]
    assert counted == {str(lab.portal): {sequence: {contact: 1}}}
