"""HighLevel: contacts made and merged over the API, and what differs between the versions."""

from typing import Any

from sandbox.highlevel.accounts import NORTHGATE, SOLSTICE
from sandbox.highlevel.client import HighLevelClient

LIST = "/contacts/"


def person(number: int, **more: object) -> dict[str, Any]:
    """Somebody whom no other test makes."""
    email, phone = f"double.{number}@example.com", f"+1 (608) 555-{number:04d}"
    return {"locationId": NORTHGATE, "email": email, "phone": phone, **more}


def made(highlevel: HighLevelClient, body: dict[str, Any]) -> dict[str, Any]:
    reply = highlevel.api("POST", LIST, body)
    assert reply.status_code == 201, reply.text
    return dict(reply.json()["contact"])


def test_a_second_contact_with_the_same_address_or_number_is_refused(
    highlevel: HighLevelClient,
) -> None:
    first = made(highlevel, person(3001, firstName="One"))
    for same, field in (
        ({"email": "Double.3001@Example.com"}, "email"),
        ({"phone": "6085553001"}, "phone"),
    ):
        reply = highlevel.api("POST", LIST, {"locationId": NORTHGATE, **same})
        assert reply.status_code == 400
        assert reply.json()["message"] == "This location does not allow duplicated contacts."
        assert reply.json()["meta"] == {"contactId": first["id"], "matchingField": field}
    elsewhere = {**person(3001), "locationId": SOLSTICE}
    assert highlevel.api("POST", LIST, elsewhere).status_code == 403
    highlevel.control("limits", {"allow_duplicate_contacts": True})
    assert made(highlevel, person(3001))["id"] != first["id"]


def test_an_upsert_changes_the_one_with_the_address_and_takes_no_number_from_another(
    highlevel: HighLevelClient,
) -> None:
    one, other = made(highlevel, person(3011)), made(highlevel, person(3012))
    crossed = {"locationId": NORTHGATE, "email": one["email"], "phone": other["phone"]}
    reply = highlevel.api("POST", "/contacts/upsert", {**crossed, "city": "Madison"}).json()
    assert (reply["new"], reply["contact"]["id"]) == (False, one["id"])
    assert (reply["contact"]["city"], reply["contact"]["phone"]) == ("Madison", one["phone"])
    by_number = {"locationId": NORTHGATE, "phone": other["phone"], "gender": "female"}
    changed = highlevel.api("POST", "/contacts/upsert", by_number).json()["contact"]
    assert changed["id"] == other["id"]
    assert "gender" not in changed
    fresh = highlevel.api("POST", "/contacts/upsert", person(3013)).json()
    assert fresh["new"] is True
    wish = {**person(3013), "createNewIfDuplicateAllowed": True}
    assert highlevel.api("POST", "/contacts/upsert", wish).json()["new"] is False
    highlevel.control("limits", {"allow_duplicate_contacts": True})
    assert highlevel.api("POST", "/contacts/upsert", wish).json()["new"] is True


def test_the_search_for_a_duplicate_looks_at_the_address_first(highlevel: HighLevelClient) -> None:
    one, other = made(highlevel, person(3021)), made(highlevel, person(3022))
    asked = {"locationId": NORTHGATE, "email": one["email"], "number": other["phone"]}
    path = "/contacts/search/duplicate"
    assert highlevel.api("GET", path, **asked).json()["contact"]["id"] == one["id"]
    del asked["email"]
    assert highlevel.api("GET", path, **asked).json()["contact"]["id"] == other["id"]
    nobody = {"locationId": NORTHGATE, "email": "nobody.at.all@example.com"}
    assert highlevel.api("GET", path, **nobody).json()["contact"] is None
    assert highlevel.api("GET", path, locationId=NORTHGATE).status_code == 422


def test_the_older_list_needs_both_parts_of_its_cursor(highlevel: HighLevelClient) -> None:
    asked = {"locationId": NORTHGATE, "limit": "7"}
    first = highlevel.api("GET", LIST, **asked).json()
    ids = [row["id"] for row in first["contacts"]]
    after, after_id = str(first["meta"]["startAfter"]), first["meta"]["startAfterId"]
    half = highlevel.api("GET", LIST, **asked, startAfterId=after_id).json()
    assert [row["id"] for row in half["contacts"]] == ids
    seen, page = list(ids), first
    while "startAfter" in page["meta"]:
        rest = {"startAfter": after, "startAfterId": after_id}
        page = highlevel.api("GET", LIST, **asked, **rest).json()
        seen += [row["id"] for row in page["contacts"]]
        after = str(page["meta"].get("startAfter"))
        after_id = str(page["meta"].get("startAfterId"))
    assert len(seen) == len(set(seen)) == first["meta"]["total"]
    assert highlevel.api("GET", LIST, locationId=NORTHGATE, limit="101").status_code == 422


def test_what_version_3_has_no_more_and_what_it_alone_has(highlevel: HighLevelClient) -> None:
    contact = f"/contacts/{highlevel.contact(firstName='Version', phone='+16085553031')}"
    gone = highlevel.api("GET", LIST, version="v3", locationId=NORTHGATE)
    assert (gone.status_code, gone.json()["message"]) == (404, "Cannot GET /contacts/")
    assert highlevel.api("GET", "/users/", version="v3", locationId=NORTHGATE).status_code == 404
    for path, dated, v3 in (("removeAll", 200, 404), ("remove-all", 404, 200)):
        for version, status in (("2021-07-28", dated), ("2023-02-21", dated), ("v3", v3)):
            reply = highlevel.api("DELETE", f"{contact}/campaigns/{path}", version=version)
            assert reply.status_code == status, (path, version, reply.text)


def test_channels_are_spelt_as_the_version_spells_them(highlevel: HighLevelClient) -> None:
    contact = f"/contacts/{highlevel.contact(firstName='Spelling', phone='+16085553041')}"
    dated = {"dndSettings": {"SMS": {"status": "active"}}}
    v3 = {"dndSettings": {"sms": {"status": "active"}}}
    assert highlevel.api("PUT", contact, v3).status_code == 422
    assert highlevel.api("PUT", contact, dated, version="v3").status_code == 422
    assert highlevel.api("PUT", contact, dated).json()["succeded"] is True
    assert highlevel.api("PUT", contact, v3, version="v3").json()["succeeded"] is True
    shown = highlevel.api("GET", contact, version="v3").json()["contact"]
    assert shown["dndSettings"] == v3["dndSettings"]
    assert highlevel.api("GET", contact).json()["contact"]["dndSettings"] == dated["dndSettings"]


def test_a_message_is_not_sent_against_do_not_disturb(highlevel: HighLevelClient) -> None:
    one = highlevel.contact(firstName="Quiet", phone="+16085553051")
    highlevel.api("PUT", f"/contacts/{one}", {"dndSettings": {"SMS": {"status": "active"}}})
    sms = {"type": "SMS", "contactId": one, "message": "Hello"}
    reply = highlevel.api("POST", "/conversations/messages", sms)
    assert (reply.status_code, reply.json()["message"]) == (
        400,
        "The message cannot be sent: dnd",
    )
    assert highlevel.control(f"records/{NORTHGATE}/messages")["total"] > 0
