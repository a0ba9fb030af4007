"""The small workflow that sends one touch, on both CRMs: our words, our channel, a receipt; staff's tasks (S18)."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.conduct import Built, Conduct
from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import NORTHGATE
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.hubspot.accounts import HARBOR
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.kit.touch_workflows import ONE_TOUCH

OURS = {
    "rekindle_best_channel": "email",
    "rekindle_opener_email_subject": "Your question from spring",
    "rekindle_opener_email": "You asked us about prices in April.",
    "rekindle_opener_sms": "Hello from Harbor.",
    "rekindle_touch": "t-1",
}
STARTED = {"rekindle_trigger_at": "2026-11-16T14:00:00.000Z"}
NAMES = (*OURS, "rekindle_receipt")


@pytest.fixture(scope="module")
def shared() -> Iterator[HubSpotClient]:
    options = (easy_hubspot(), easy_highlevel(0))
    with serving_hubspot(SandboxConfig(contacts=0, options=options)) as lab:
        yield lab


def reached(**more: str) -> dict[str, str]:
    return {"phone": "+12075551000", "sms_consent": "true", **more}


def seen(lab: HubSpotClient, contact_id: str) -> dict[str, Any]:
    told: dict[str, Any] = lab.control(f"contacts/{HARBOR}/{contact_id}")
    return told


@pytest.mark.parametrize(("channel", "receipt"), [("email", "t-1"), ("sms", "t-2")])
def test_hubspot_sends_what_we_wrote_by_the_channel_we_named(
    shared: HubSpotClient, channel: str, receipt: str
) -> None:
    contact_id = shared.contact(**reached(email=f"{channel}@example.com"))
    ours = {**OURS, "rekindle_best_channel": channel, "rekindle_touch": receipt}
    path = f"records/{HARBOR}/contacts/{contact_id}"
    shared.control(path, ours | STARTED, method="PATCH")
    shared.control("advance", {"minutes": 2})
    [message] = seen(shared, contact_id)["messages"]
    said = (message["channel"], message["direction"], message["subject"], message["text"])
    subject = ours["rekindle_opener_email_subject"] if channel == "email" else ""
    assert said == (channel, "out", subject, ours[f"rekindle_opener_{channel}"])
    kept = shared.control(path)["properties"]
    assert kept["rekindle_receipt"] == receipt
    assert seen(shared, contact_id)["enrollments"][0]["state"] == "completed"


def test_hubspot_takes_a_contact_in_again_at_each_new_moment(shared: HubSpotClient) -> None:
    contact_id = shared.contact(email="again@example.com")
    path = f"records/{HARBOR}/contacts/{contact_id}"
    shared.control(path, OURS | STARTED, method="PATCH")
    shared.control("advance", {"minutes": 2})
    for _ in range(2):  # the same moment a second time is no change
        again = {"rekindle_trigger_at": "2026-11-19T14:00:00.000Z", "rekindle_touch": "t-2"}
        shared.control(path, again, method="PATCH")
        shared.control("advance", {"minutes": 2})
    assert len(seen(shared, contact_id)["messages"]) == 2
    assert shared.control(path)["properties"]["rekindle_receipt"] == "t-2"


def test_without_words_of_ours_the_workflows_own_go_out(shared: HubSpotClient) -> None:
    contact_id = shared.contact(email="none@example.com")
    shared.control(f"records/{HARBOR}/contacts/{contact_id}", STARTED, method="PATCH")
    shared.control("advance", {"minutes": 2})
    [message] = seen(shared, contact_id)["messages"]
    assert message["text"]


def test_highlevel_sends_what_we_wrote_and_leaves_a_receipt(shared: HubSpotClient) -> None:
    highlevel = HighLevelClient(shared)
    fields = {}
    for name in NAMES:
        spec = {"name": name, "dataType": "TEXT", "fieldKey": name, "model": "contact"}
        made = highlevel.api("POST", f"/locations/{NORTHGATE}/customFields", spec).json()
        fields[name] = made["customField"]["id"]
    contact_id = highlevel.contact(firstName="Ana", email="ana@example.com", phone="+16085550199")
    for touch, channel in (("t-1", "email"), ("t-2", "sms")):
        ours = {**OURS, "rekindle_best_channel": channel, "rekindle_touch": touch}
        change = [{"id": fields[name], "field_value": value} for name, value in ours.items()]
        highlevel.api("PUT", f"/contacts/{contact_id}", {"customFields": change})
        workflow = highlevel.workflow(ONE_TOUCH)
        highlevel.api("POST", f"/contacts/{contact_id}/workflow/{workflow}", {})
        shared.control("advance", {"minutes": 2})
    told = highlevel.control(f"contacts/{NORTHGATE}/{contact_id}")
    assert [(m["channel"], m["text"]) for m in told["messages"]] == [
        ("email", OURS["rekindle_opener_email"]),
        ("sms", OURS["rekindle_opener_sms"]),
    ]
    assert [e["state"] for e in told["enrollments"]] == ["completed", "completed"]
    one = highlevel.control(f"records/{NORTHGATE}/contacts/{contact_id}")
    assert one["custom"]["contact.rekindle_receipt"] == "t-2"


def test_staff_work_the_tasks_of_both(shared: HubSpotClient) -> None:
    contact_id = shared.contact(email="task@example.com")
    task = {"hs_task_subject": "Call back", "hs_timestamp": "2026-11-16T18:00:00Z"}
    made = shared.control(f"records/{HARBOR}/tasks", {**task, "hs_task_status": "NOT_STARTED"})
    shared.control(f"records/{HARBOR}/tasks/{made['id']}/associate/contacts/{contact_id}", {})
    highlevel = HighLevelClient(shared)
    other = highlevel.contact(firstName="Bo", email="bo@example.com")
    spec = {"title": "Call back", "dueDate": "2026-11-16T18:00:00Z", "completed": False}
    highlevel.api("POST", f"/contacts/{other}/tasks", spec)
    path = f"contacts/{NORTHGATE}/{other}"
    assert seen(shared, contact_id)["tasks"][0]["hs_task_status"] == "NOT_STARTED"
    assert highlevel.control(path)["tasks"][0]["completed"] is False
    shared.control("advance", {"hours": 3})
    assert seen(shared, contact_id)["tasks"][0]["hs_task_status"] == "COMPLETED"
    assert highlevel.control(path)["tasks"][0]["completed"] is True


@pytest.mark.parametrize("built", [Built.DRAFT, Built.ONCE, Built.NONE])
def test_what_people_have_built_may_not_be_fit_to_use(built: Built) -> None:
    conduct = Conduct(built, staff_work=False)
    options = (easy_hubspot(), easy_highlevel(0))
    with serving_hubspot(SandboxConfig(contacts=0, options=options, conduct=conduct)) as lab:
        highlevel = HighLevelClient(lab)
        listed = highlevel.api("GET", "/workflows/", locationId=NORTHGATE).json()["workflows"]
        standing = {row["name"]: row["status"] for row in listed}.get(ONE_TOUCH)
        contact_id = lab.contact(email="a@example.com")
        path = f"records/{HARBOR}/contacts/{contact_id}"
        for day in ("16", "20"):
            moment = {"rekindle_trigger_at": f"2026-11-{day}T14:00:00.000Z"}
            lab.control(path, moment, method="PATCH")
            lab.control("advance", {"minutes": 2})
        sent = len(seen(lab, contact_id)["messages"])
        if built is Built.DRAFT:
            assert (standing, sent) == ("draft", 0)
            touch = lab.control("workflows")["workflows"][0]["id"]
            lab.control(f"workflows/{touch}/switch", {"on": True})
            moment = {"rekindle_trigger_at": "2026-11-24T14:00:00.000Z"}
            lab.control(path, moment, method="PATCH")
            lab.control("advance", {"minutes": 2})
            assert len(seen(lab, contact_id)["messages"]) == 1
        elif built is Built.ONCE:
            assert (standing, sent) == ("published", 1)
        else:
            assert (standing, sent) == (None, 0)
            assert lab.http.get("/control/workflows").status_code == 404
