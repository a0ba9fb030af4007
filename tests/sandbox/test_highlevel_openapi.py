"""HighLevel: every operation of the sandbox, asked formally, answers as the vendor's OpenAPI documents say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, NORTHGATE
from sandbox.highlevel.client import EVERY_SCOPE, HighLevelClient, easy_highlevel
from sandbox.highlevel.gateway import GENERAL, TALK
from sandbox.highlevel.platform import PREFIX
from sandbox.hubspot.client import easy_hubspot
from sandbox.serving import serving
from tests.shapes.highlevel import ABSENT, PRESENT, Documents, Exchange, published
from tests.shapes.highlevel_deviations import unexplained
from tests.shapes.recording_highlevel import Recorder

pytestmark = pytest.mark.skipif(not PRESENT, reason=ABSENT)

_TALKING = ("/conversations/", "/calendars/")


@dataclass
class Caller:
    """Asks a sandbox in the name of one location, in the version each document names."""

    highlevel: HighLevelClient
    recorder: Recorder
    token: str
    documents: Documents

    def ask(self, method: str, path: str, body: object = None, **params: str) -> Any:
        """The answer, which must be a success and leave nothing unexplained."""
        version = TALK if path.startswith(_TALKING) else GENERAL
        reply = self.highlevel.api(method, path, body, token=self.token, version=version, **params)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        self.verify(self.recorder.exchanges[-1])
        return reply.json()

    def verify(self, exchange: Exchange) -> None:
        assert unexplained(self.documents.violations(exchange)) == []

    def record(self, kind: str) -> Any:
        return self.highlevel.control(f"records/{NORTHGATE}/{kind}")["results"][0]


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    recorder = Recorder()
    config = SandboxConfig(contacts=1, options=(easy_hubspot(), easy_highlevel(60)))
    with serving(config, recorder.around) as lab:
        highlevel = HighLevelClient(lab)
        yield Caller(highlevel, recorder, highlevel.token([*EVERY_SCOPE]), published())


def test_contacts(caller: Caller) -> None:
    email = "new.person@example.com"
    body = {"locationId": NORTHGATE, "firstName": "Nora", "email": email, "phone": "+16085550188"}
    made = caller.ask("POST", "/contacts/", {**body, "tags": ["New"]})["contact"]
    one = f"/contacts/{made['id']}"
    caller.ask("GET", one)
    caller.ask("PUT", one, {"city": "Madison", "dndSettings": {"SMS": {"status": "active"}}})
    assert caller.ask("POST", "/contacts/upsert", body)["new"] is False
    asked = {"locationId": NORTHGATE, "email": email}
    assert caller.ask("GET", "/contacts/search/duplicate", **asked)["contact"]["id"] == made["id"]
    listed = caller.ask("GET", "/contacts/", locationId=NORTHGATE, limit="5")
    meta = listed["meta"]
    rest = {"startAfter": str(meta["startAfter"]), "startAfterId": meta["startAfterId"]}
    caller.ask("GET", "/contacts/", locationId=NORTHGATE, limit="5", **rest)
    caller.ask("POST", "/contacts/search", {"locationId": NORTHGATE, "pageLimit": 5})
    caller.ask("POST", f"{one}/tags", {"tags": ["a", "b"]})
    caller.ask("DELETE", f"{one}/tags", {"tags": ["a"]})
    everyone = {"tags": ["c"], "contacts": [made["id"], "nobody"], "locationId": NORTHGATE}
    caller.ask("POST", "/contacts/bulk/tags/update/add", everyone)
    caller.ask("POST", f"{one}/followers", {"followers": ["someone"]})
    caller.ask("DELETE", f"{one}/followers", {"followers": ["someone"]})
    caller.ask("DELETE", one)


def test_what_belongs_to_a_contact(caller: Caller) -> None:
    contact_id = caller.record("appointments")["contactId"]
    one = f"/contacts/{contact_id}"
    assert caller.ask("GET", f"{one}/appointments")["events"]
    note = caller.ask("POST", f"{one}/notes", {"body": "Quiet"})["note"]
    caller.ask("GET", f"{one}/notes")
    caller.ask("GET", f"{one}/notes/{note['id']}")
    caller.ask("PUT", f"{one}/notes/{note['id']}", {"body": "Very quiet"})
    caller.ask("DELETE", f"{one}/notes/{note['id']}")
    wanted = {"title": "Call", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    task = caller.ask("POST", f"{one}/tasks", wanted)["task"]
    caller.ask("GET", f"{one}/tasks")
    caller.ask("GET", f"{one}/tasks/{task['id']}")
    caller.ask("PUT", f"{one}/tasks/{task['id']}", {"title": "Call again"})
    caller.ask("PUT", f"{one}/tasks/{task['id']}/completed", {"completed": True})
    found = caller.ask(
        "POST", f"/locations/{NORTHGATE}/tasks/search", {"contactId": [contact_id], "limit": 5}
    )
    assert [row["title"] for row in found["tasks"]] == ["Call again"]
    caller.ask("DELETE", f"{one}/tasks/{task['id']}")
    workflow = caller.highlevel.workflow("Win back quiet contacts")
    caller.ask("POST", f"{one}/workflow/{workflow}", {})
    caller.ask("DELETE", f"{one}/workflow/{workflow}", {})
    listed = caller.ask("GET", "/campaigns/", locationId=NORTHGATE, status="published")
    campaign = f"{one}/campaigns/{listed['campaigns'][0]['id']}"
    caller.ask("POST", campaign, {})
    caller.ask("DELETE", campaign)
    caller.ask("DELETE", f"{one}/campaigns/removeAll")


def test_a_locations_own_things(caller: Caller) -> None:
    place = f"/locations/{NORTHGATE}"
    caller.ask("GET", place)
    caller.ask("GET", "/locations/search", companyId=AGENCY)
    caller.ask("GET", f"{place}/customFields", model="all")
    spec = {"name": "Checked", "dataType": "NUMERICAL", "model": "contact"}
    field = caller.ask("POST", f"{place}/customFields", spec)["customField"]
    caller.ask("GET", f"{place}/customFields/{field['id']}")
    caller.ask("PUT", f"{place}/customFields/{field['id']}", {"name": "Checked again"})
    contact = caller.record("contacts")["id"]
    entry = {"id": field["id"], "field_value": 7.5}
    shown = caller.ask("PUT", f"/contacts/{contact}", {"customFields": [entry]})["contact"]
    assert {"id": field["id"], "value": "7.5"} in shown["customFields"]
    caller.ask("DELETE", f"{place}/customFields/{field['id']}")
    tag = caller.ask("POST", f"{place}/tags", {"name": "Checked"})["tag"]
    caller.ask("GET", f"{place}/tags")
    caller.ask("GET", f"{place}/tags/{tag['id']}")
    assert caller.ask("PUT", f"{place}/tags/{tag['id']}", {"name": "Seen"})["tag"]["name"] == "seen"
    caller.ask("DELETE", f"{place}/tags/{tag['id']}")
    value = {"name": "Opening hours", "value": "9 to 5"}
    made = caller.ask("POST", f"{place}/customValues", value)["customValue"]
    assert made["fieldKey"] == "{{ custom_values.opening_hours }}"
    caller.ask("GET", f"{place}/customValues")
    caller.ask("GET", f"{place}/customValues/{made['id']}")
    caller.ask("PUT", f"{place}/customValues/{made['id']}", {**value, "value": "9 to 6"})
    caller.ask("DELETE", f"{place}/customValues/{made['id']}")
    caller.ask("GET", "/workflows/", locationId=NORTHGATE)
    users = caller.ask("GET", "/users/search", companyId=AGENCY)["users"]
    caller.ask("GET", f"/users/{users[0]['id']}")
    caller.ask("GET", "/users/", locationId=NORTHGATE)


def test_conversations(caller: Caller) -> None:
    talks = caller.ask("GET", "/conversations/search", locationId=NORTHGATE, limit="100")
    one = talks["conversations"][0]["id"]
    caller.ask("GET", f"/conversations/{one}")
    message = caller.ask("GET", f"/conversations/{one}/messages")["messages"]["messages"][0]
    caller.ask("GET", f"/conversations/messages/{message['id']}")
    caller.ask("PUT", f"/conversations/{one}", {"locationId": NORTHGATE, "unreadCount": 0})
    first = caller.ask(
        "GET", "/conversations/messages/export", locationId=NORTHGATE, limit="10", sortOrder="asc"
    )
    rest = {"cursor": first["nextCursor"], "limit": "500", "sortOrder": "asc"}
    last = caller.ask("GET", "/conversations/messages/export", locationId=NORTHGATE, **rest)
    assert "nextCursor" not in last
    assert len(last["messages"]) == first["total"] - 10
    body = {"locationId": NORTHGATE, "firstName": "Silent", "phone": "+16085550189"}
    contact = caller.ask("POST", "/contacts/", body)["contact"]["id"]
    both = {"locationId": NORTHGATE, "contactId": contact}
    talk = caller.ask("POST", "/conversations/", both)["conversation"]["id"]
    sms = {"type": "SMS", "contactId": contact, "message": "Hello", "status": "pending"}
    caller.ask("POST", "/conversations/messages", {**sms, "subType": {}})
    heard = {"type": "SMS", "contactId": contact, "conversationId": talk, "message": "Hi"}
    caller.ask(
        "POST", "/conversations/messages/inbound", {**heard, "conversationProviderId": "our own"}
    )
    shown = caller.ask("GET", f"/conversations/{talk}/messages")["messages"]["messages"]
    assert [row["body"] for row in shown] == ["Hi", "Hello"]


def test_calendars(caller: Caller) -> None:
    row = caller.record("appointments")
    calendars = caller.ask("GET", "/calendars/", locationId=NORTHGATE)["calendars"]
    calendar = calendars[0]["id"]
    caller.ask("GET", f"/calendars/{calendar}")
    caller.ask("GET", "/calendars/groups", locationId=NORTHGATE)
    window = {"startTime": "0", "endTime": "1900000000000", "calendarId": row["calendarId"]}
    assert caller.ask("GET", "/calendars/events", locationId=NORTHGATE, **window)["events"]
    week = {"startDate": "1796000000000", "endDate": "1796600000000"}
    days = caller.ask("GET", f"/calendars/{calendar}/free-slots", **week)
    free = next(iter(days.values()))["slots"][0]
    wanted = {"calendarId": calendar, "locationId": NORTHGATE, "startTime": free}
    wanted |= {"contactId": row["contactId"]}
    event = caller.ask("POST", "/calendars/events/appointments", wanted)
    assert event["startTime"] == free
    path = f"/calendars/events/appointments/{event['id']}"
    assert free not in str(caller.ask("GET", f"/calendars/{calendar}/free-slots", **week))
    caller.ask("PUT", path, {"appointmentStatus": "showed"})
    assert caller.ask("GET", path)["event"]["appointmentStatus"] == "showed"
    caller.ask("DELETE", f"/calendars/events/{event['id']}", {})


def test_opportunities_and_sales(caller: Caller) -> None:
    caller.ask("GET", "/opportunities/search", location_id=NORTHGATE, limit="100")
    details = dict.fromkeys(("notes", "tasks", "calendarEvents", "unReadConversations"), False)
    body = {"locationId": NORTHGATE, "query": "", "limit": 100, "page": 1, "searchAfter": []}
    caller.ask("POST", "/opportunities/search", {**body, "additionalDetails": details})
    pipeline = caller.ask("GET", "/opportunities/pipelines", locationId=NORTHGATE)["pipelines"][0]
    reasons = caller.ask("GET", "/opportunities/lost-reason", locationId=NORTHGATE)["lostReasons"]
    contact = caller.record("contacts")["id"]
    spec = {"pipelineId": pipeline["id"], "locationId": NORTHGATE, "name": "Implant"}
    spec |= {"status": "open", "contactId": contact, "monetaryValue": 900}
    made = caller.ask("POST", "/opportunities/", spec)["opportunity"]
    one = f"/opportunities/{made['id']}"
    assert made["monetaryValue"] == 900
    stage = pipeline["stages"][1]["id"]
    assert caller.ask("PUT", one, {"pipelineStageId": stage})["opportunity"]["status"] == "open"
    lost = {"status": "lost", "lostReasonId": reasons[0]["id"]}
    caller.ask("PUT", f"{one}/status", lost)
    shown = caller.ask("GET", one)["opportunity"]
    assert (shown["status"], shown["lostReasonId"]) == ("lost", reasons[0]["id"])
    kept = {"id": made["id"], "pipelineId": pipeline["id"], "locationId": NORTHGATE}
    kept |= {"followers": [], "isRemoveAllFollowers": False, "followersActionType": "add"}
    caller.ask("POST", "/opportunities/upsert", {**kept, "name": "Bridge"})
    caller.ask("DELETE", one)
    sales = {"altId": NORTHGATE, "altType": "location", "limit": "100"}
    for path in ("/payments/transactions", "/payments/orders", "/payments/subscriptions"):
        caller.ask("GET", path, **sales)
    assert caller.ask("GET", "/invoices/", **sales, offset="0")["invoices"]


def test_oauth_and_the_apps_own_installation(caller: Caller) -> None:
    issued = caller.highlevel.control("token", {"company": AGENCY})
    state = caller.highlevel.control("state")["app"]
    headers = {"Authorization": f"Bearer {issued['access_token']}", "Version": GENERAL}
    http = caller.highlevel.lab.http
    form = {
        "client_id": "66f0a1b2c3d4e5f601234567-m1demo00",
        "client_secret": "sandbox-highlevel-secret-not-for-production",
        "grant_type": "refresh_token",
        "refresh_token": issued["refresh_token"],
    }
    wanted = {"companyId": AGENCY, "locationId": NORTHGATE}
    asked = {"companyId": AGENCY, "appId": state["app_id"]}
    for reply in (
        http.post(f"{PREFIX}/oauth/token", data=form),
        http.post(f"{PREFIX}/oauth/locationToken", data=wanted, headers=headers),
        http.get(f"{PREFIX}/oauth/installedLocations", params=asked, headers=headers),
    ):
        assert reply.status_code == httpx2.codes.OK
        caller.verify(caller.recorder.exchanges[-1])
    path = f"/marketplace/app/{state['app_id']}/installations"
    caller.ask("GET", path)
    caller.highlevel.control("uninstall", {"location": NORTHGATE})
    caller.token = caller.highlevel.token([*EVERY_SCOPE])
    caller.ask("DELETE", path, {"locationId": NORTHGATE})
    caller.token = caller.highlevel.token([*EVERY_SCOPE])


def test_the_validator_sees_what_is_wrong(caller: Caller) -> None:
    caller.ask("GET", "/contacts/", locationId=NORTHGATE, limit="1")
    good = caller.recorder.exchanges[-1]
    changed: dict[str, dict[str, Any]] = {
        "query extra is not documented": {"query": f"{good.query}&extra=1"},
        "query locationId is missing": {"query": "limit=1"},
        "query limit is str, not number": {"query": f"locationId={NORTHGATE}&limit=many"},
        "header Version is missing": {"headers": {"authorization": "x"}},
        "operation is not documented": {"path": "/contacts/nobody/nothing"},
        "status 418 is not documented": {"status": 418},
        "count is str, not number": {"answer": b'{"contacts": [], "count": "1"}'},
        "contacts[].name is not documented": {"answer": b'{"contacts": [{"name": "x"}]}'},
        "contacts[].attributions[].url is missing": {
            "answer": b'{"contacts": [{"attributions": [{}]}]}'
        },
    }
    for wanted, change in changed.items():
        exchange = Exchange(**{n: change.get(n, getattr(good, n)) for n in Exchange.__slots__})
        found = [f"{v.place} {v.problem}" for v in caller.documents.violations(exchange)]
        assert wanted in found, (wanted, found)
