"""HighLevel: contacts one by one, tags, custom fields (capability D1)."""

from typing import Any

import pytest

from sandbox.highlevel.accounts import NORTHGATE, SOLSTICE
from sandbox.highlevel.client import HighLevelClient

FIELDS = f"/locations/{NORTHGATE}/customFields"


@pytest.fixture
def someone(highlevel: HighLevelClient) -> str:
    return highlevel.contact(firstName="Ana", email="ana@example.com", phone="+16085550177")


def make_field(highlevel: HighLevelClient, name: str, kind: str, **more: object) -> dict[str, Any]:
    reply = highlevel.api("POST", FIELDS, {"name": name, "dataType": kind, **more})
    assert reply.status_code == 201, reply.text
    return dict(reply.json()["customField"])


def drop(highlevel: HighLevelClient, *fields: dict[str, Any]) -> None:
    for field in fields:
        assert highlevel.api("DELETE", f"{FIELDS}/{field['id']}").json()["succeded"] is True


def test_a_contact_shows_ids_of_custom_fields_and_dnd(highlevel: HighLevelClient) -> None:
    sms = {"SMS": {"status": "active", "message": "STOP", "code": "OPTED_OUT"}}
    contact_id = highlevel.contact(firstName="Ana", lastName="Lund", dndSettings=sms)
    shown = highlevel.api("GET", f"/contacts/{contact_id}").json()
    assert shown["traceId"]
    contact = shown["contact"]
    assert (contact["id"], contact["name"]) == (contact_id, "Ana Lund")
    assert contact["dndSettings"] == sms
    assert contact["dateAdded"].endswith("Z")
    assert "email" not in contact


def test_unknown_and_foreign_contacts_are_400(highlevel: HighLevelClient, someone: str) -> None:
    missing = highlevel.api("GET", "/contacts/nobody")
    assert missing.status_code == 400
    assert missing.json()["message"] == "Contact with id nobody not found"
    token = highlevel.token(location=SOLSTICE)
    assert highlevel.api("GET", f"/contacts/{someone}", token=token).status_code == 400


def test_an_update_changes_what_it_names_and_nothing_else(
    highlevel: HighLevelClient, someone: str
) -> None:
    score = make_field(highlevel, "Score", "NUMERICAL")
    reasons = make_field(highlevel, "Reasons", "MULTIPLE_OPTIONS", options=["a", "b"])
    body = {
        "city": "Madison",
        "customFields": [
            {"id": score["id"], "field_value": 72},
            {"id": reasons["id"], "fieldValue": ["b"]},
        ],
    }
    reply = highlevel.api("PUT", f"/contacts/{someone}", body)
    assert reply.json()["succeded"] is True
    later = {"customFields": [{"id": score["id"], "field_value": 70}]}
    assert highlevel.api("PUT", f"/contacts/{someone}", later).status_code == 200
    stored = highlevel.stored(someone)
    assert stored["custom"] == {"contact.score": 70, "contact.reasons": ["b"]}
    assert (stored["city"], stored["email"]) == ("Madison", "ana@example.com")
    blank = {"customFields": [{"id": score["id"], "field_value": ""}]}
    highlevel.api("PUT", f"/contacts/{someone}", blank)
    assert highlevel.stored(someone)["custom"] == {"contact.reasons": ["b"]}
    drop(highlevel, score, reasons)
    assert highlevel.stored(someone)["custom"] == {}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"locationId": NORTHGATE}, "property locationId should not exist"),
        ({"companyName": "X"}, "property companyName should not exist"),
        ({"additionalEmails": []}, "property additionalEmails should not exist"),
        ({"city": 7}, "city must be a string"),
        ({"tags": "vip"}, "each value in tags must be a string"),
        ({"dndSettings": {"sms": {"status": "active"}}}, "dndSettings.property sms"),
        ({"dndSettings": {"SMS": {"status": "on"}}}, "dndSettings.SMS.status"),
        ({"customFields": [{"id": "nope", "field_value": 1}]}, "is not a custom field"),
        ({"customFields": [{"id": "nope", "field": 1}]}, "property field should not exist"),
    ],
)
def test_wrong_updates_are_422(
    highlevel: HighLevelClient, someone: str, body: dict[str, object], told: str
) -> None:
    reply = highlevel.api("PUT", f"/contacts/{someone}", body)
    assert reply.status_code == 422
    assert any(told in message for message in reply.json()["message"])


def test_a_location_may_ignore_unknown_fields_instead(
    highlevel: HighLevelClient, someone: str
) -> None:
    highlevel.control("limits", {"ignore_unknown_fields": True})
    body = {"customFields": [{"id": "nope", "field_value": 1}]}
    assert highlevel.api("PUT", f"/contacts/{someone}", body).status_code == 200
    assert highlevel.stored(someone)["custom"] == {}


def test_numbers_and_options_are_checked(highlevel: HighLevelClient, someone: str) -> None:
    score = make_field(highlevel, "Score", "NUMERICAL")
    band = make_field(highlevel, "Band", "SINGLE_OPTIONS", options=["high"])
    for field, value in ((score, "many"), (band, "low"), (band, ["high"])):
        body = {"customFields": [{"id": field["id"], "field_value": value}]}
        assert highlevel.api("PUT", f"/contacts/{someone}", body).status_code == 422
    drop(highlevel, score, band)


def test_tags_in_an_update_replace_all(highlevel: HighLevelClient, someone: str) -> None:
    highlevel.api("POST", f"/contacts/{someone}/tags", {"tags": ["VIP", "two"]})
    assert highlevel.stored(someone)["tags"] == ["vip", "two"]
    highlevel.api("PUT", f"/contacts/{someone}", {"tags": ["Three"]})
    assert highlevel.stored(someone)["tags"] == ["three"]


def test_tags_are_added_and_removed(highlevel: HighLevelClient, someone: str) -> None:
    path = f"/contacts/{someone}/tags"
    added = highlevel.api("POST", path, {"tags": ["Dorm: Lapsed", "a"]})
    assert (added.status_code, added.json()["tagsAdded"]) == (201, ["dorm: lapsed", "a"])
    assert highlevel.api("POST", path, {"tags": ["A"]}).json()["tagsAdded"] == []
    removed = highlevel.api("DELETE", path, {"tags": ["A", "unknown"]}).json()
    assert (removed["tagsRemoved"], removed["tags"]) == (["a"], ["dorm: lapsed"])
    tags = highlevel.api("GET", f"/locations/{NORTHGATE}/tags").json()["tags"]
    assert "dorm: lapsed" in {tag["name"] for tag in tags}


def test_bulk_tags_answer_for_each_contact(highlevel: HighLevelClient, someone: str) -> None:
    body = {"contacts": [someone, "nobody"], "tags": ["Bulk"], "locationId": NORTHGATE}
    reply = highlevel.api("POST", "/contacts/bulk/tags/update/add", body)
    assert reply.status_code == 201
    answer = reply.json()
    assert (answer["succeded"], answer["errorCount"]) == (True, 1)
    good, bad = answer["responses"]
    assert (good["type"], good["tagsAdded"], good["oldTags"]) == ("success", ["bulk"], [])
    assert (bad["contactId"], bad["type"]) == ("nobody", "error")
    removed = highlevel.api("POST", "/contacts/bulk/tags/update/remove", body).json()
    assert removed["responses"][0]["tagsRemoved"] == ["bulk"]
    wrong = {**body, "contactIds": [someone]}
    assert highlevel.api("POST", "/contacts/bulk/tags/update/add", wrong).status_code == 422
    foreign = {**body, "locationId": SOLSTICE}
    assert highlevel.api("POST", "/contacts/bulk/tags/update/add", foreign).status_code == 403
    highlevel.control("limits", {"bulk_tag_contacts": 1})
    assert highlevel.api("POST", "/contacts/bulk/tags/update/add", body).status_code == 422


def test_custom_fields_are_made_named_and_deleted(highlevel: HighLevelClient) -> None:
    folder = highlevel.api("GET", FIELDS).json()["customFields"][0]["parentId"]
    spec = {"fieldKey": "dormancy_score", "placeholder": "0-100", "parentId": folder}
    field = make_field(highlevel, "Dormancy score", "NUMERICAL", **spec)
    assert field["fieldKey"] == "contact.dormancy_score"
    one = highlevel.api("GET", f"{FIELDS}/contact.dormancy_score").json()["customField"]
    assert one["id"] == field["id"]
    again = highlevel.api("POST", FIELDS, {"name": "Dormancy score", "dataType": "TEXT"})
    assert again.status_code == 400
    lost = {"name": "New", "dataType": "TEXT", "parentId": "noFolder"}
    assert highlevel.api("POST", FIELDS, lost).status_code == 400
    path = f"{FIELDS}/{field['id']}"
    assert highlevel.api("PUT", path, {"name": "Quiet score"}).json()["customField"]["name"]
    typed = highlevel.api("PUT", path, {"name": "x", "dataType": "TEXT"})
    assert typed.json()["message"] == ["property dataType should not exist"]
    drop(highlevel, field)
    assert highlevel.api("GET", path).status_code == 404


def test_only_options_make_options(highlevel: HighLevelClient) -> None:
    """The reported trap: `picklistOptions` is accepted and does nothing."""
    right = make_field(highlevel, "Right", "SINGLE_OPTIONS", options=["A"])
    wrong = make_field(highlevel, "Wrong", "SINGLE_OPTIONS", picklistOptions=["A"])
    assert (right["picklistOptions"], wrong["picklistOptions"]) == (["A"], [])
    drop(highlevel, right, wrong)


def test_the_location_in_the_query_of_fields_is_refused(highlevel: HighLevelClient) -> None:
    reply = highlevel.api("GET", FIELDS, locationId=NORTHGATE)
    assert reply.json()["message"] == ["property locationId should not exist"]
    other = highlevel.api("GET", f"/locations/{SOLSTICE}/customFields")
    assert other.status_code == 403


def test_models_of_fields_are_kept_apart(highlevel: HighLevelClient) -> None:
    field = make_field(highlevel, "Deal note", "TEXT", model="opportunity")
    ids = {
        model: {
            row["id"] for row in highlevel.api("GET", FIELDS, model=model).json()["customFields"]
        }
        for model in ("contact", "opportunity", "all")
    }
    assert field["id"] not in ids["contact"]
    assert ids["opportunity"] == {field["id"]}
    assert ids["all"] == ids["contact"] | ids["opportunity"]
    drop(highlevel, field)


def test_notes_and_tasks(highlevel: HighLevelClient, someone: str) -> None:
    note = highlevel.api("POST", f"/contacts/{someone}/notes", {"body": "Quiet for a year"})
    assert note.status_code == 201
    task = {"title": "Call", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    made = highlevel.api("POST", f"/contacts/{someone}/tasks", task).json()["task"]
    path = f"/contacts/{someone}/tasks/{made['id']}/completed"
    assert highlevel.api("PUT", path, {"completed": True}).json()["task"]["completed"] is True
    listed = highlevel.api("GET", f"/contacts/{someone}/tasks").json()["tasks"]
    assert [row["title"] for row in listed] == ["Call"]
    stranger = {**task, "assignedTo": "nobody"}
    assert highlevel.api("POST", f"/contacts/{someone}/tasks", stranger).status_code == 400


def test_a_deleted_contact_is_gone_with_all_that_belongs_to_it(
    highlevel: HighLevelClient, someone: str
) -> None:
    highlevel.control(f"records/{NORTHGATE}/transactions", {"contactId": someone, "amount": 20})
    assert highlevel.api("DELETE", f"/contacts/{someone}").json()["succeded"] is True
    assert highlevel.api("GET", f"/contacts/{someone}").status_code == 400
    sales = highlevel.api(
        "GET",
        "/payments/transactions",
        altId=NORTHGATE,
        altType="location",
        contactId=someone,
    )
    assert sales.json()["totalCount"] == 0


def test_counters_tell_idle_writes_apart(highlevel: HighLevelClient, someone: str) -> None:
    for _ in range(2):
        highlevel.api("PUT", f"/contacts/{someone}", {"city": "Verona"})
    counted = highlevel.lab.control("counters")
    assert counted["writes"][NORTHGATE]["contacts"][someone] == 2
    assert counted["writes_without_change"][NORTHGATE]["contacts"][someone] == 1
    puts = [row for row in counted["requests"] if row["method"] == "PUT"]
    expected = {"path": "/highlevel/contacts/{contactId}", "status": 200, "count": 2}
    assert puts == [{"method": "PUT", **expected}]
