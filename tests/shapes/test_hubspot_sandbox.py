"""Every answer of the pretend HubSpot under its dated paths is one that HubSpot publishes.

Where the published shapes are not at hand, what the answers say is tried all the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.config import SandboxConfig
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.hubspot.config import OPTIONAL_SCOPES, REQUIRED_SCOPES, HubSpotCredentials
from tests.shapes.hubspot import Shapes, published
from tests.shapes.recording_hubspot import Recorder

pytestmark = pytest.mark.integration


V = "2026-09"
OBJECTS = f"/crm/objects/{V}"
PROPERTIES = f"/crm/properties/{V}/contacts"
LISTS = f"/crm/lists/{V}"
SUBSCRIPTIONS = f"/communication-preferences/{V}"
MORE_SCOPES = [
    "communication_preferences.read_write",
    "communication_preferences.statuses.batch.write",
    "crm.objects.products.read",
    "crm.objects.quotes.read",
]


class Caller:
    """Calls the API under the recorder, and tells what of the exchange is not as published."""

    def __init__(self, lab: HubSpotClient, recorder: Recorder, shapes: Shapes | None) -> None:
        self.lab = lab
        self._recorder = recorder
        self._shapes = shapes
        recorder.take()
        self._token = lab.token([*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *MORE_SCOPES])

    def call(self, method: str, path: str, body: object = None, *, status: int = 0) -> Any:
        """The answer's JSON; `status` is what is expected, any success if none is named."""
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self.lab.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == status if status else answer.is_success, answer.text
        self._check()
        return answer.json() if answer.content else None

    def send_form(self, path: str, form: Mapping[str, str]) -> Any:
        answer = self.lab.http.post(path, data=dict(form))
        self._check()
        return answer.json()

    def _check(self) -> None:
        (exchange,) = self._recorder.take()
        if self._shapes is None:
            return
        said = [*self._shapes.of_request(exchange), *self._shapes.of_answer(exchange)]
        assert said == [], f"{exchange.method} {exchange.path}"


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[HubSpotClient, Recorder]]:
    config = SandboxConfig(contacts=40, crms=("hubspot",), options=(easy_hubspot(),))
    recorder = Recorder()
    with serving_hubspot(config, recorder.around) as lab:
        yield lab, recorder


@pytest.fixture
def api(opened: tuple[HubSpotClient, Recorder]) -> Caller:
    return Caller(*opened, published())


def test_the_account(api: Caller) -> None:
    api.call("GET", f"/account-info/{V}/details")
    api.call("GET", f"/crm/limits/{V}/custom-properties")
    owner = api.call("GET", f"/crm/owners/{V}?limit=1")["results"][0]
    api.call("GET", f"/crm/owners/{V}/{owner['id']}")
    api.call("GET", f"/crm/owners/{V}/{owner['userId']}?idProperty=userId")
    api.call("GET", f"/crm/owners/{V}/1", status=404)


def test_tokens(api: Caller) -> None:
    granted = api.lab.control("token", {"portal": api.lab.portal})
    app = HubSpotCredentials()
    us = {"client_id": app.client_id, "client_secret": app.client_secret}
    refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    issued = api.send_form(f"/oauth/{V}/token", us | refresh)
    asked = {"token": issued["access_token"], "token_type_hint": "access_token"}
    assert api.send_form(f"/oauth/{V}/token/introspect", us | asked)["active"] is True
    api.send_form(f"/oauth/{V}/token/revoke", us | asked)
    assert "error" in api.send_form(f"/oauth/{V}/token", us | {"grant_type": "refresh_token"})


@pytest.mark.parametrize(
    "kind", ["contacts", "deals", "calls", "products", "quotes", "appointments"]
)
def test_pages_and_searches(api: Caller, kind: str) -> None:
    api.call("GET", f"{OBJECTS}/{kind}?limit=2&associations=contacts&propertiesWithHistory=amount")
    search = {"filterGroups": [], "sorts": ["-hs_object_id"], "properties": [], "limit": 2}
    found = api.call("POST", f"{OBJECTS}/{kind}/search", {**search, "after": "0"})
    if found["total"] > 2:
        assert found["paging"]["next"]["after"] == "2"


def test_single_records(api: Caller) -> None:
    body = {"properties": {"email": "one@example.com", "firstname": "One"}, "associations": []}
    one = api.call("POST", f"{OBJECTS}/contacts", body)["id"]
    api.call("PATCH", f"{OBJECTS}/contacts/{one}", {"properties": {"city": "Bath"}})
    api.call("PATCH", f"{OBJECTS}/contacts/{one}", {"properties": {"city": "York"}})
    path = f"{OBJECTS}/contacts/{one}?propertiesWithHistory=city,email&associations=deals"
    assert len(api.call("GET", path)["propertiesWithHistory"]["city"]) == 2
    api.call("POST", f"{OBJECTS}/contacts", body, status=409)
    wrong = {"properties": {"no_such_property": "1"}}
    api.call("PATCH", f"{OBJECTS}/contacts/{one}", wrong, status=400)
    body["properties"] = {"email": "two@example.com"}
    two = api.call("POST", f"{OBJECTS}/contacts", body)["id"]
    both = {"primaryObjectId": one, "objectIdToMerge": two}
    merged = api.call("POST", f"{OBJECTS}/contacts/merge", both)["id"]
    api.call("DELETE", f"{OBJECTS}/contacts/{merged}")
    assert api.call("GET", f"{OBJECTS}/contacts/{merged}?archived=true")["archivedAt"]
    api.call("POST", f"{OBJECTS}/contacts/gdpr-delete", {"objectId": merged})
    api.call("GET", f"{OBJECTS}/contacts/{merged}", status=404)
    api.call("GET", f"{OBJECTS}/unicorns", status=404)
    api.call("GET", f"{OBJECTS}/orders", status=403)


def test_batches_of_records(api: Caller) -> None:
    inputs = [{"properties": {"firstname": f"B{n}"}, "associations": []} for n in range(2)]
    made = api.call("POST", f"{OBJECTS}/contacts/batch/create", {"inputs": inputs})
    ids = [row["id"] for row in made["results"]]
    asked = {
        "properties": ["firstname"],
        "propertiesWithHistory": ["firstname"],
        "inputs": [{"id": i} for i in [*ids, "1"]],
    }
    api.call("POST", f"{OBJECTS}/contacts/batch/read", asked, status=207)
    change = [
        {"id": i, "objectWriteTraceId": f"t{i}", "properties": {"city": "Bath"}}
        for i in [*ids, "1"]
    ]
    api.call("POST", f"{OBJECTS}/contacts/batch/update", {"inputs": change}, status=207)
    api.call("POST", f"{OBJECTS}/contacts/batch/update", {"inputs": change[:2]}, status=200)
    new = {"id": "up@example.com", "idProperty": "email", "properties": {"city": "Ely"}}
    api.call("POST", f"{OBJECTS}/contacts/batch/upsert", {"inputs": [new]})
    api.call("POST", f"{OBJECTS}/contacts/batch/archive", {"inputs": [{"id": i} for i in ids]})


def test_associations(api: Caller) -> None:
    contact, deal = api.lab.contact(firstname="Linked"), deal_of(api)
    kinds = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 4}]
    pair = {"from": {"id": contact}, "to": {"id": deal}, "types": kinds}
    base = f"/crm/associations/{V}/contacts/deals/batch"
    api.call("POST", f"{base}/create", {"inputs": [pair]})
    inputs = [{"id": contact}, {"id": "1"}]
    api.call("POST", f"{base}/read", {"inputs": inputs}, status=207)
    api.call("GET", f"{OBJECTS}/contacts/{contact}/associations/deals?limit=1")
    labels = api.call("GET", f"/crm/associations/{V}/contacts/deals/labels")["results"]
    assert [row["typeId"] for row in labels] == [4]
    gone = {"from": {"id": contact}, "to": [{"id": deal}]}
    api.call("POST", f"{base}/archive", {"inputs": [gone]})
    one = f"{OBJECTS}/contacts/{contact}/associations"
    both = api.call("PUT", f"{one}/default/deals/{deal}")["results"]
    assert [row["associationSpec"]["associationTypeId"] for row in both] == [4, 3]
    api.call("DELETE", f"{one}/deals/{deal}")
    assert api.call("GET", f"{one}/deals")["results"] == []
    api.call("PUT", f"{one}/deals/{deal}", kinds)
    assert len(api.call("GET", f"{one}/deals")["results"]) == 1
    api.call("PUT", f"{one}/default/deals/1", status=404)


def test_tasks(api: Caller) -> None:
    contact = api.lab.contact(firstname="Busy")
    task = {
        "properties": {
            "hs_timestamp": "2026-11-17T09:00:00.000Z",
            "hs_task_subject": "Call back",
            "hs_task_body": "Asked for a time.",
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": "HIGH",
            "hs_task_type": "CALL",
        },
        "associations": [
            {
                "to": {"id": contact},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}],
            }
        ],
    }
    made = api.call("POST", f"{OBJECTS}/tasks", task)["id"]
    done = {"properties": {"hs_task_status": "COMPLETED"}}
    changed = api.call("PATCH", f"{OBJECTS}/tasks/{made}", done)
    assert changed["properties"]["hs_task_status"] == "COMPLETED"
    shown = api.call("GET", f"{OBJECTS}/tasks/{made}?associations=contacts")
    assert [row["id"] for row in shown["associations"]["contacts"]["results"]] == [contact]


def deal_of(api: Caller) -> str:
    made = api.lab.control(f"records/{api.lab.portal}/deals", {"dealname": "d"})
    return str(made["id"])


def test_properties_and_groups(api: Caller) -> None:
    group = {"name": "shaped", "label": "Shaped", "displayOrder": -1}
    api.call("POST", f"{PROPERTIES}/groups", group)
    api.call("GET", f"{PROPERTIES}/groups")
    api.call("GET", f"{PROPERTIES}/groups/shaped")
    api.call("PATCH", f"{PROPERTIES}/groups/shaped", {"label": "Shape", "displayOrder": 2})
    spec = {
        "name": "shaped_one",
        "label": "One",
        "type": "string",
        "fieldType": "text",
        "groupName": "shaped",
    }
    api.call("POST", PROPERTIES, spec)
    api.call("POST", PROPERTIES, spec, status=409)
    api.call("GET", f"{PROPERTIES}/shaped_one")
    api.call("PATCH", f"{PROPERTIES}/shaped_one", {"label": "Two"})
    two = {**spec, "name": "shaped_two"}
    api.call("POST", f"{PROPERTIES}/batch/create", {"inputs": [two]}, status=200)
    api.call("POST", f"{PROPERTIES}/batch/create", {"inputs": [spec, two]}, status=409)
    named = [{"name": "shaped_one"}, {"name": "no_such_one"}]
    asked = {"archived": False, "dataSensitivity": "non_sensitive", "inputs": named}
    api.call("POST", f"{PROPERTIES}/batch/read", asked, status=207)
    api.call("POST", f"{PROPERTIES}/batch/archive", {"inputs": [{"name": "shaped_two"}]})
    api.call("DELETE", f"{PROPERTIES}/shaped_one")
    api.call("GET", f"{PROPERTIES}?archived=true")
    api.call("DELETE", f"{PROPERTIES}/groups/shaped")


def test_pipelines(api: Caller) -> None:
    for kind in ("deals", "tickets"):
        first = api.call("GET", f"/crm/pipelines/{V}/{kind}")["results"][0]
        api.call("GET", f"/crm/pipelines/{V}/{kind}/{first['id']}")
        stages = api.call("GET", f"/crm/pipelines/{V}/{kind}/{first['id']}/stages")["results"]
        api.call("GET", f"/crm/pipelines/{V}/{kind}/{first['id']}/stages/{stages[0]['id']}")


def test_lists(api: Caller) -> None:
    spec = {"name": "Shaped", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = api.call("POST", LISTS, spec)["list"]["listId"]
    api.call("POST", LISTS, spec, status=409)
    ids = [api.lab.contact(firstname=f"L{n}") for n in range(3)]
    members = f"{LISTS}/{made}/memberships"
    assert api.call("PUT", f"{members}/add", [*ids, "1"])["recordIdsMissing"] == ["1"]
    api.call("PUT", f"{members}/remove", ids[:1])
    change = {"recordIdsToAdd": ids[:1], "recordIdsToRemove": ids[1:2]}
    api.call("PUT", f"{members}/add-and-remove", change)
    assert len(api.call("GET", f"{members}?limit=1")["results"]) == 1
    joined = api.call("GET", f"{members}/join-order")["results"]
    assert [row["recordId"] for row in joined] == [ids[2], ids[0]]
    assert api.call("GET", f"{LISTS}/records/0-1/{ids[0]}/memberships")["total"] == 1
    inputs = [{"objectTypeId": "0-1", "recordId": i} for i in ids]
    held = api.call("POST", f"{LISTS}/records/memberships/batch/read", {"inputs": inputs})
    assert [len(row["recordListMemberships"]) for row in held["results"]] == [1, 0, 1]
    api.call("PUT", f"{LISTS}/{made}/update-list-name?listName=Renamed")
    assert api.call("GET", f"{LISTS}/{made}?includeFilters=true")["list"]["name"] == "Renamed"
    api.call("GET", f"{LISTS}/object-type-id/0-1/name/Renamed")
    api.call("GET", f"{LISTS}?listIds={made}")
    search = {"additionalProperties": [], "listIds": [], "offset": 0, "processingTypes": []}
    api.call("POST", f"{LISTS}/search", {**search, "query": "ren", "count": 5})
    other = api.call("POST", LISTS, {**spec, "name": "Other"})["list"]["listId"]
    api.call("PUT", f"{LISTS}/{other}/memberships/add-from/{made}")
    api.call("DELETE", members)
    api.call("DELETE", f"{LISTS}/{made}")
    api.call("GET", f"{LISTS}/{made}", status=404)
    api.call("PUT", f"{LISTS}/{made}/restore")


def test_sequences(api: Caller) -> None:
    user = api.lab.describe()["owners"][0]
    path = f"/automation/sequences/{V}"
    listed = api.call("GET", f"{path}?userId={user['user_id']}&limit=1")
    one = listed["results"][0]["id"]
    assert listed["total"] > 1
    for sequence in api.call("GET", f"{path}?userId={user['user_id']}")["results"]:
        full = api.call("GET", f"{path}/{sequence['id']}?userId={user['user_id']}")
        assert full["steps"][-1]["actionType"] == "FINISH_ENROLLMENT"
        assert full["settings"]["sendWindowStartMinute"] < full["settings"]["sendWindowEndMinute"]
    contact = api.lab.contact(email="sequenced@example.com")
    enroll = {"sequenceId": one, "contactId": contact, "senderEmail": user["email"]}
    api.call("POST", f"{path}/enrollments?userId={user['user_id']}", enroll)
    api.call("GET", f"{path}/enrollments/contact/{contact}")
    api.call("POST", f"{path}/enrollments?userId={user['user_id']}", enroll, status=400)


def test_subscriptions(api: Caller) -> None:
    kinds = api.call("GET", f"{SUBSCRIPTIONS}/definitions")["results"]
    who = "subscribed@example.com"
    contact = api.lab.contact(email=who)
    one = f"{SUBSCRIPTIONS}/statuses/{who}"
    assert len(api.call("GET", f"{one}?channel=EMAIL")["results"]) == len(kinds)
    wanted = {
        "channel": "EMAIL",
        "statusState": "SUBSCRIBED",
        "subscriptionId": int(kinds[0]["id"]),
        "legalBasis": "CONSENT_WITH_NOTICE",
        "legalBasisExplanation": "Asked at the reception.",
    }
    api.call("POST", one, wanted)
    told = {"emailAddress": who, "subscriptionId": kinds[0]["id"]}
    api.call("POST", f"{SUBSCRIPTIONS}/unsubscribe", told)
    api.call("POST", f"{SUBSCRIPTIONS}/subscribe", told, status=400)
    assert api.lab.stored(contact)[f"hs_email_optout_{kinds[0]['id']}"] == "true"
    api.call("GET", f"{SUBSCRIPTIONS}/status/email/{who}")
    api.call("POST", f"{SUBSCRIPTIONS}/statuses/batch/read?channel=EMAIL", {"inputs": [who]})
    batch = {"inputs": [{**wanted, "statusState": "UNSUBSCRIBED", "subscriberIdString": who}]}
    api.call("POST", f"{SUBSCRIPTIONS}/statuses/batch/write", batch)
    api.call("GET", f"{one}/unsubscribe-all?channel=EMAIL")
    api.call("POST", f"{one}/unsubscribe-all?channel=EMAIL&verbose=true")
    assert api.lab.stored(contact)["hs_email_optout"] == "true"
    everybody = f"{SUBSCRIPTIONS}/statuses/batch/unsubscribe-all"
    read = api.call("POST", f"{everybody}/read?channel=EMAIL", {"inputs": [who]})
    assert read["results"][0]["wideStatuses"][0]["status"] == "UNSUBSCRIBED"
    api.call("POST", f"{everybody}?channel=EMAIL", {"inputs": [who]})


def test_conversations(api: Caller) -> None:
    base, contact = f"/conversations/conversations/{V}", api.lab.contact(phone="+12125550177")
    say = f"conversations/{api.lab.portal}/{contact}"
    api.lab.control(say, {"text": "Are you open on Monday?"})
    thread = api.lab.control(say, {"text": "Yes, from nine.", "incoming": False})["id"]
    api.lab.control(say, {"text": "Hello?", "channel": "LIVE_CHAT"})
    own = api.call("GET", f"{base}/threads?associatedContactId={contact}&threadStatus=OPEN")
    assert own["results"][0]["id"] == thread
    since = "2020-01-01T00:00:00.000Z"
    path = f"{base}/threads?latestMessageTimestampAfter={since}&sort=latestMessageTimestamp&limit=2"
    page = api.call("GET", path)
    seen = [t["latestMessageTimestamp"] for t in page["results"]]
    after = page["paging"]["next"]["after"]
    seen += [
        t["latestMessageTimestamp"] for t in api.call("GET", f"{path}&after={after}")["results"]
    ]
    assert seen == sorted(seen)
    assert api.call("GET", f"{base}/threads/{thread}")["associatedContactId"] == contact
    messages = api.call("GET", f"{base}/threads/{thread}/messages?limit=10")["results"]
    assert [m["direction"] for m in messages] == ["OUTGOING", "INCOMING"]
    one = f"{base}/threads/{thread}/messages/{messages[0]['id']}"
    api.call("GET", one)
    assert api.call("GET", f"{one}/original-content") == {"text": "Yes, from nine."}
    names = {c["name"] for c in api.call("GET", f"{base}/channels")["results"]}
    assert {"SMS", "LIVE_CHAT", "EMAIL"} <= names
    api.call("GET", f"{base}/channels/{messages[0]['channelId']}")
    api.call("GET", f"{base}/channel-accounts")
    api.call("GET", f"{base}/channel-accounts/{messages[0]['channelAccountId']}")
    inbox = api.call("GET", f"{base}/inboxes")["results"][0]["id"]
    api.call("GET", f"{base}/inboxes/{inbox}")
    writers = [m["createdBy"] for m in messages]
    for writer in writers:
        api.call("GET", f"{base}/actors/{writer}")
    read = api.call("POST", f"{base}/actors/batch/read", {"inputs": [*writers, "A-1"]})
    assert {actor["type"] for actor in read["results"]} == {"AGENT", "VISITOR"}
    api.call("GET", f"{base}/threads/1", status=404)
    api.call("GET", f"{base}/threads?sort=latestMessageTimestamp", status=400)


def test_callbacks_of_workflow_actions(api: Caller) -> None:
    base = f"/automation/actions/callbacks/{V}"
    word: dict[str, object] = {"outputFields": {}, "typedOutputs": {}}
    api.call("POST", f"{base}/ap-1-2-3/complete", word, status=404)
    api.call("POST", f"{base}/complete", {"inputs": [{"callbackId": "ap-1-2-3", **word}]})


def test_an_uninstall_ends_all_access(api: Caller) -> None:
    api.call("DELETE", f"/appinstalls/{V}/external-install", status=204)
    api.call("GET", f"/account-info/{V}/details", status=401)


def test_an_opt_out_of_one_kind_keeps_that_kind_away(api: Caller) -> None:
    kinds = {
        kind["name"]: kind["id"]
        for kind in api.call("GET", f"{SUBSCRIPTIONS}/definitions")["results"]
    }
    who = "personal@example.com"
    contact = api.lab.contact(email=who)
    told = {"emailAddress": who, "subscriptionId": kinds["One to One"]}
    api.call("POST", f"{SUBSCRIPTIONS}/unsubscribe", told)
    user, path = api.lab.describe()["owners"][0], f"/automation/sequences/{V}"
    one = api.call("GET", f"{path}?userId={user['user_id']}")["results"][0]["id"]
    enroll = {"sequenceId": one, "contactId": contact, "senderEmail": user["email"]}
    refused = api.call("POST", f"{path}/enrollments?userId={user['user_id']}", enroll, status=400)
    assert refused["context"]["reason"] == ["UNSUBSCRIBED_PERSONAL"]
