"""HighLevel: the customer's own workflows: who enters, what they do, what ends them (D1)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.hubspot.client import easy_hubspot, serving_hubspot

WIN_BACK, WELCOME, DRAFT = "Win back quiet contacts", "Welcome", "Spring offer"


@pytest.fixture
def own() -> Iterator[HighLevelClient]:
    """A sandbox of its own, whose time may pass."""
    config = SandboxConfig(contacts=3, options=(easy_hubspot(), easy_highlevel(60)))
    with serving_hubspot(config) as lab:
        yield HighLevelClient(lab)


def add(highlevel: HighLevelClient, contact_id: str, name: str, method: str = "POST") -> None:
    path = f"/contacts/{contact_id}/workflow/{highlevel.workflow(name)}"
    body = {"eventStartTime": "2026-11-22T09:00:00-06:00"}
    reply = highlevel.api(method, path, body)
    assert (reply.status_code, reply.json()["succeded"]) == (200, True)


def enrollments(highlevel: HighLevelClient, name: str) -> list[dict[str, Any]]:
    path = f"workflows/{highlevel.workflow(name)}/enrollments?location={NORTHGATE}"
    rows: list[dict[str, Any]] = highlevel.control(path)["enrollments"]
    return rows


def standing(highlevel: HighLevelClient, field: str, name: str) -> set[str]:
    wanted = {"field": field, "operator": "eq", "value": highlevel.workflow(name)}
    body = {"locationId": NORTHGATE, "pageLimit": 500, "filters": [wanted]}
    found = highlevel.api("POST", "/contacts/search", body).json()["contacts"]
    return {row["id"] for row in found}


def test_the_list_shows_drafts_and_no_steps(highlevel: HighLevelClient) -> None:
    rows = highlevel.api("GET", "/workflows/", locationId=NORTHGATE).json()["workflows"]
    assert {row["status"] for row in rows} == {"published", "draft"}
    assert not any({"steps", "trigger"} & row.keys() for row in rows)


def test_enrollment_runs_its_steps_in_time(own: HighLevelClient) -> None:
    contact_id = own.contact(firstName="Ana", email="ana@example.com")
    add(own, contact_id, WIN_BACK)
    assert standing(own, "activeWorkflows", WIN_BACK) == {contact_id}
    assert standing(own, "finishedWorkflows", WIN_BACK) == set()
    own.lab.control("advance", {"days": 14})
    assert standing(own, "activeWorkflows", WIN_BACK) == set()
    assert standing(own, "finishedWorkflows", WIN_BACK) == {contact_id}
    [row] = enrollments(own, WIN_BACK)
    assert row["state"] == "completed"
    assert [action["step"] for action in row["actions"]] == ["email", "email"]
    asked = {"locationId": NORTHGATE, "channel": "Email", "contactId": contact_id}
    mails = own.api("GET", "/conversations/messages/export", version="2021-04-15", **asked)
    assert {row["source"] for row in mails.json()["messages"]} == {"workflow"}
    assert mails.json()["total"] == 2
    counted = own.lab.control("counters")
    assert counted["workflow_enrollments"][NORTHGATE][own.workflow(WIN_BACK)] == 1


def test_a_draft_is_refused(own: HighLevelClient) -> None:
    contact_id = own.contact(firstName="Ana", email="ana@example.com")
    reply = own.api("POST", f"/contacts/{contact_id}/workflow/{own.workflow(DRAFT)}", {})
    assert reply.status_code == 400
    assert enrollments(own, DRAFT) == []


def test_second_entries_are_refused_without_a_word(own: HighLevelClient) -> None:
    contact_id = own.contact(firstName="Ana", email="ana@example.com")
    add(own, contact_id, WELCOME)
    own.lab.control("advance", {"days": 2})
    add(own, contact_id, WELCOME)  # does not let anyone in again
    assert len(enrollments(own, WELCOME)) == 1
    for _ in range(2):
        add(own, contact_id, WIN_BACK)  # is inside already
    assert len(enrollments(own, WIN_BACK)) == 1
    add(own, contact_id, WIN_BACK, "DELETE")
    assert enrollments(own, WIN_BACK)[0]["state"] == "unenrolled"
    add(own, contact_id, WIN_BACK)  # lets people in again
    assert len(enrollments(own, WIN_BACK)) == 2


def test_an_unknown_workflow_is_400(highlevel: HighLevelClient) -> None:
    contact_id = highlevel.contact(firstName="Ana")
    reply = highlevel.api("POST", f"/contacts/{contact_id}/workflow/nope", {})
    assert reply.status_code == 400


def test_a_new_tag_starts_a_workflow_and_an_old_one_does_not(own: HighLevelClient) -> None:
    contact_id = own.contact(firstName="Ana", email="ana@example.com")
    body = {"contacts": [contact_id], "tags": ["Rekindle: Start"], "locationId": NORTHGATE}
    own.api("POST", "/contacts/bulk/tags/update/add", body)
    assert len(enrollments(own, "Win back by tag")) == 1
    own.lab.control("advance", {"days": 14})
    own.api("POST", "/contacts/bulk/tags/update/add", body)
    assert len(enrollments(own, "Win back by tag")) == 1
    own.api("POST", "/contacts/bulk/tags/update/remove", body)
    own.api("POST", "/contacts/bulk/tags/update/add", body)
    assert len(enrollments(own, "Win back by tag")) == 2


def test_a_custom_field_starts_a_workflow(own: HighLevelClient) -> None:
    path = f"/locations/{NORTHGATE}/customFields"
    made = own.api("POST", path, {"name": "Start at", "dataType": "TEXT"}).json()["customField"]
    spec = {
        "name": "By field",
        "trigger": {"property": made["fieldKey"], "when": "changed"},
        "steps": [{"do": "set", "property": "tag", "value": "started"}],
    }
    own.control(f"workflows?location={NORTHGATE}", spec)
    contact_id = own.contact(firstName="Ana")
    change = {"customFields": [{"id": made["id"], "field_value": "2026-11-22"}]}
    own.api("PUT", f"/contacts/{contact_id}", change)
    own.lab.control("advance", {"hours": 1})
    assert own.stored(contact_id)["tags"] == ["started"]


def test_dnd_stands_against_messages(own: HighLevelClient) -> None:
    blocked = {"Email": {"status": "active", "message": "No mail", "code": "OPTED_OUT"}}
    contact_id = own.contact(firstName="Ana", email="ana@example.com", dndSettings=blocked)
    add(own, contact_id, WELCOME)
    own.lab.control("advance", {"days": 2})
    [row] = enrollments(own, WELCOME)
    assert [action["result"] for action in row["actions"]] == ["suppressed: dnd"]


def test_people_answer_and_an_answer_ends_the_workflow(own: HighLevelClient) -> None:
    body = {"locationId": NORTHGATE, "pageLimit": 500}
    rows = own.api("POST", "/contacts/search", body).json()["contacts"]
    for row in rows:
        add(own, row["id"], WIN_BACK)
    own.lab.control("advance", {"days": 40})
    states = [row["state"] for row in enrollments(own, WIN_BACK)]
    assert len(states) == len(rows)
    assert set(states) - {"stopped"} == {"completed", "goal_met"}
    answered = {
        row["contactId"] for row in enrollments(own, WIN_BACK) if row["state"] == "goal_met"
    }
    asked = {"locationId": NORTHGATE, "limit": "500", "startDate": "2026-11-16T14:00:00Z"}
    told = [
        row["contactId"]
        for channel in ({}, {"channel": "Email"})
        for row in own.api(
            "GET", "/conversations/messages/export", version="2021-04-15", **asked, **channel
        ).json()["messages"]
        if row["direction"] == "inbound" or row["messageType"] == "TYPE_ACTIVITY_APPOINTMENT"
    ]
    assert answered
    assert answered <= set(told)


def test_a_deleted_contact_leaves_its_workflows(own: HighLevelClient) -> None:
    contact_id = own.contact(firstName="Ana", email="ana@example.com")
    add(own, contact_id, WIN_BACK)
    own.api("DELETE", f"/contacts/{contact_id}")
    own.lab.control("advance", {"days": 1})
    [row] = enrollments(own, WIN_BACK)
    assert (row["state"], row["reason"]) == ("unenrolled", "contact deleted")
