"""Every start is counted, also the one of somebody who is in already: a test sees what was done twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot

WIN_BACK, BY_TAG, DRAFT = "Win back quiet contacts", "Win back by tag", "Spring offer"
SEQUENCES = "/automation/sequences/2026-09"


@pytest.fixture(scope="module")
def street() -> Iterator[HubSpotClient]:
    config = SandboxConfig(contacts=20, options=(easy_hubspot(), easy_highlevel(3)))
    with serving_hubspot(config) as lab:
        yield lab


def starts(lab: HubSpotClient, account: object) -> dict[str, dict[str, int]]:
    counted: dict[str, Any] = lab.control("starts")
    assert counted == lab.control("counters")["starts"]
    return {programme: of for programme, of in counted[str(account)].items() if of}


def enter(highlevel: HighLevelClient, contact_id: str, name: str) -> int:
    path = f"/contacts/{contact_id}/workflow/{highlevel.workflow(name)}"
    return highlevel.api("POST", path, {}).status_code


def test_adding_somebody_who_is_in_already_is_counted(street: HubSpotClient) -> None:
    highlevel = HighLevelClient(street)
    once = highlevel.contact(firstName="Ana", email="ana@example.com")
    twice = highlevel.contact(firstName="Bo", email="bo@example.com")
    for contact_id in (once, twice, twice, twice):
        assert enter(highlevel, contact_id, WIN_BACK) == 200
    assert enter(highlevel, once, DRAFT) == 400
    workflow = highlevel.workflow(WIN_BACK)
    assert starts(street, NORTHGATE)[workflow] == {once: 1, twice: 3}
    path = f"workflows/{workflow}/enrollments?location={NORTHGATE}"
    entered = [row["contactId"] for row in highlevel.control(path)["enrollments"]]
    assert [who for who in entered if who in {once, twice}] == [once, twice]
    assert highlevel.workflow(DRAFT) not in starts(street, NORTHGATE)


def test_a_tag_that_is_taken_off_and_put_on_again_is_two_starts(street: HubSpotClient) -> None:
    highlevel = HighLevelClient(street)
    contact_id = highlevel.contact(firstName="Cy", email="cy@example.com")
    path, tag = f"/contacts/{contact_id}/tags", {"tags": ["rekindle: start"]}
    for method in ("POST", "POST", "DELETE", "POST"):
        assert highlevel.api(method, path, tag).status_code in {200, 201}
    assert starts(street, NORTHGATE)[highlevel.workflow(BY_TAG)] == {contact_id: 2}


def test_a_trigger_property_that_changes_twice_is_two_starts(street: HubSpotClient) -> None:
    spec = {
        "name": "rekindle_trigger_at",
        "label": "Triggered at",
        "type": "datetime",
        "fieldType": "date",
        "groupName": "contactinformation",
    }
    street.api("POST", "/crm/properties/2026-09/contacts", spec)
    contact_id = street.contact(email="dee@example.com")
    path = f"/crm/objects/2026-09/contacts/{contact_id}"
    for minute in (0, 0, 1):
        value = f"2026-11-16T15:0{minute}:00.000Z"
        street.api("PATCH", path, {"properties": {"rekindle_trigger_at": value}})
    workflow = street.control("workflows")["workflows"][0]["id"]
    assert starts(street, street.portal)[workflow] == {contact_id: 2}
    entered = street.control(f"workflows/{workflow}/enrollments")["enrollments"]
    assert len(entered) == 1


def test_a_second_enrollment_in_a_sequence_is_refused_and_counted(street: HubSpotClient) -> None:
    owner = street.describe()["owners"][0]
    sequence = street.api("GET", f"{SEQUENCES}?userId={owner['user_id']}").json()["results"][0]
    contact_id = street.contact(email="eve@example.com")
    wanted = {
        "sequenceId": sequence["id"],
        "contactId": contact_id,
        "senderEmail": owner["email"],
    }
    path = f"{SEQUENCES}/enrollments?userId={owner['user_id']}"
    answers = [street.api("POST", path, wanted).status_code for _ in range(2)]
    assert answers == [200, 400]
    refused = street.api("POST", path, wanted | {"senderEmail": "nobody@example.com"})
    assert refused.status_code == 400
    assert starts(street, street.portal)[sequence["id"]] == {contact_id: 2}


def test_counting_begins_again(street: HubSpotClient) -> None:
    highlevel = HighLevelClient(street)
    enter(highlevel, highlevel.contact(firstName="Flo", email="flo@example.com"), WIN_BACK)
    street.control("counters", method="DELETE")
    assert starts(street, NORTHGATE) == starts(street, street.portal) == {}


def test_the_page_says_what_is_counted(street: HubSpotClient) -> None:
    page = street.http.get("/control/").text
    assert "<code>starts</code>" in page
