"""Webhooks: what is told, how it is signed, retried and repeated (capability S1)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.hubspot.client import HubSpotClient
from sandbox.hubspot.config import HubSpotCredentials
from sandbox.hubspot.signatures import sign_v3
from sandbox.serving import eventually
from tests.listening import Posted, listening

SECRET = HubSpotCredentials().client_secret


@dataclass
class Receiver:
    """An app's webhook endpoint that keeps what it got and answers as it is told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refuse: int = 0

    def events(self) -> list[dict[str, Any]]:
        return [event for body in list(self.bodies) for event in json.loads(body)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    box = Receiver()

    def answer(posted: Posted) -> tuple[int, bytes]:
        box.headers.append(dict(posted.headers))
        box.bodies.append(posted.body)
        refused = len(box.bodies) <= box.refuse
        return 500 if refused else 204, b""

    with listening(answer) as origin:
        box.url = f"{origin}/webhooks/hubspot?tenant=a%3Ab"
        yield box


def subscribe(lab: HubSpotClient, target: str) -> None:
    contact = {"objectType": "contact", "active": True}
    objects = [
        {"subscriptionType": f"object.{event}", **contact}
        for event in ("creation", "deletion", "merge", "restore", "associationChange")
    ]
    objects += [
        {"subscriptionType": "object.propertyChange", "propertyName": name, **contact}
        for name in (
            "city",
            "hs_email_optout",
            "notes_last_contacted",
            "hs_analytics_last_timestamp",
        )
    ]
    inactive = {"subscriptionType": "object.propertyChange", "propertyName": "state", **contact}
    config = {
        "settings": {"targetUrl": target, "maxConcurrentRequests": 5},
        "subscriptions": {
            "crmObjects": [*objects, inactive | {"active": False}],
            "hubEvents": [
                {"subscriptionType": "contact.privacyDeletion", "active": True},
                {"subscriptionType": "conversation.creation", "active": True},
                {"subscriptionType": "conversation.newMessage", "active": True},
            ],
        },
    }
    lab.control("project", {"webhooks": {"uid": "w", "type": "webhooks", "config": config}})


@pytest.fixture
def told(empty_lab: HubSpotClient, receiver: Receiver) -> tuple[HubSpotClient, Receiver]:
    """A sandbox of its own, with the app installed and subscribed."""
    empty_lab.token()
    subscribe(empty_lab, receiver.url)
    return empty_lab, receiver


def expected_v3(uri: str, body: bytes, timestamp: str) -> str:
    """The recipe of HubSpot's documentation, written again from it."""
    message = b"POST" + uri.replace("%3A", ":").encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(SECRET.encode(), message, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("secret", "method", "uri", "body", "timestamp", "expected"),
    [
        (
            "f6e94c08-85d0-4608-bcc6-e1850176e7b8",
            "POST",
            "https://www.hubspot.com/webhook",
            b"REQUEST_BODY",
            "1632188626483",
            "jf872r5vscVcxCiDRHA4rGrqe/8BPLNVkdJSHdMnGTU=",
        ),
        (
            "12345678-aaaa-bbbb-cccc-ddddeeeeffff",
            "GET",
            "https://hubspot.com/?appId=1&portalId=2&userId=3",
            b'{"a":1,"b":2}',
            "1111111111",
            "aaknaCGCYJ4yqzuf1UKGqAWUfdcilJtm5nc/ZCudR9k=",
        ),
        (
            "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
            "POST",
            "https://www.example.com/webhook_uri",
            b"{'example_field':'example_value'}",
            "1693657560000",
            "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
        ),
    ],
)
def test_signatures_match_hubspots_own_examples(
    secret: str, method: str, uri: str, body: bytes, timestamp: str, expected: str
) -> None:
    assert sign_v3(secret, method, uri, body=body, timestamp=timestamp) == expected


def test_events_arrive_signed(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    contact = lab.contact(email="told@example.com", city="Bath", state="ME")
    eventually(lambda: len(receiver.events()) == 2, "creation and city")
    for body, headers in zip(receiver.bodies, receiver.headers, strict=True):
        timestamp = headers["x-hubspot-request-timestamp"]
        wanted = expected_v3(receiver.url, body, timestamp)
        assert headers["x-hubspot-signature-v3"] == wanted
        assert headers["x-hubspot-signature-version"] == "v1"
        plain = hashlib.sha256(SECRET.encode() + body).hexdigest()
        assert headers["x-hubspot-signature"] == plain
    by_type = {event["subscriptionType"]: event for event in receiver.events()}
    assert by_type["object.creation"]["changeFlag"] == "NEW"
    city = by_type["object.propertyChange"]
    assert city["objectId"] == int(contact)
    assert city["objectTypeId"] == "0-1"
    assert (city["propertyName"], city["propertyValue"]) == ("city", "Bath")
    assert (city["portalId"], city["changeSource"]) == (lab.portal, "CRM_UI")


def test_own_writes_say_integration(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    contact = lab.contact(email="own@example.com")
    eventually(lambda: len(receiver.events()) == 1, "creation")
    path = f"/crm/objects/2026-09/contacts/{contact}"
    lab.api("PATCH", path, {"properties": {"city": "Saco", "state": "ME"}})
    eventually(lambda: len(receiver.events()) == 2, "city")
    lab.api("PATCH", path, {"properties": {"city": "Saco"}})
    lab.control(f"records/{lab.portal}/contacts/{contact}", {"city": "York"}, "PATCH")
    eventually(lambda: len(receiver.events()) == 3, "second city")
    own, by_hand = receiver.events()[1:]
    assert (own["changeSource"], own["sourceId"]) == (
        "INTEGRATION",
        str(HubSpotCredentials().app_id),
    )
    assert (by_hand["changeSource"], by_hand["propertyValue"]) == ("CRM_UI", "York")


def test_deletion_merge_restore_association_and_privacy(
    told: tuple[HubSpotClient, Receiver],
) -> None:
    lab, receiver = told
    keep, fold, gone = (lab.contact(firstname=name) for name in ("Keep", "Fold", "Gone"))
    deal = lab.control(f"records/{lab.portal}/deals", {"dealname": "d"})["id"]
    room = f"records/{lab.portal}/contacts"
    lab.control(f"{room}/{keep}/associate/deals/{deal}", {})
    lab.control(f"{room}/{keep}/merge/{fold}", {})
    lab.control(f"{room}/{gone}", method="DELETE")
    lab.control(f"{room}/{gone}/restore", {})
    lab.control(f"{room}/{gone}/erase", {})
    wanted = {
        "object.creation": 3,
        "object.associationChange": 1,
        "object.merge": 1,
        "object.deletion": 2,
        "object.restore": 1,
        "contact.privacyDeletion": 1,
    }

    def counts() -> dict[str, int]:
        kinds = [event["subscriptionType"] for event in receiver.events()]
        return {kind: kinds.count(kind) for kind in set(kinds)}

    eventually(lambda: counts() == wanted, "every event")
    merged = next(e for e in receiver.events() if e["subscriptionType"] == "object.merge")
    assert merged["primaryObjectId"] == int(keep)
    assert merged["mergedObjectIds"] == [int(fold)]
    assert merged["newObjectId"] not in {int(keep), int(fold)}


def test_refused_deliveries_are_repeated_with_their_number(
    told: tuple[HubSpotClient, Receiver],
) -> None:
    lab, receiver = told
    receiver.refuse = 2
    lab.contact(firstname="Again")
    eventually(lambda: len(receiver.bodies) == 3, "two repeats")
    assert [event["attemptNumber"] for event in receiver.events()] == [0, 1, 2]
    eventually(lambda: lab.control("state")["webhooks"]["delivered"] == 1, "the count")
    tally = lab.control("state")["webhooks"]
    assert (tally["failed"], tally["pending"], tally["given_up"]) == (2, 0, 0)


def test_deliveries_are_given_up_in_the_end(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    receiver.refuse = 1_000
    lab.control("limits", {"webhook_retries": 2, "webhook_pause_seconds": 0.01})
    lab.contact(firstname="Never")
    eventually(lambda: lab.control("state")["webhooks"]["given_up"] == 1, "giving up")
    assert len(receiver.bodies) == 3


def test_events_may_come_twice(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    lab.control("limits", {"webhook_duplicate_rate": 1, "webhook_reorder_rate": 1})
    for number in range(3):
        lab.contact(firstname=f"Twice{number}")
    eventually(lambda: len(receiver.events()) == 6, "both copies")
    assert lab.control("state")["webhooks"]["duplicated"] == 3


def test_many_events_travel_together(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    lab.control("limits", {"webhook_linger_seconds": 1})
    inputs = [{"properties": {"email": f"bulk{n}@example.com"}} for n in range(100)]
    for start in (0, 50):
        batch = {"inputs": inputs[start : start + 50]}
        made = lab.api("POST", "/crm/objects/2026-09/contacts/batch/create", batch)
        assert made.status_code == 201
    eventually(lambda: len(receiver.events()) == 100, "all creations")
    assert len(receiver.bodies) < 20
    assert max(len(json.loads(body)) for body in receiver.bodies) <= 100


def test_nothing_is_told_without_the_scope_or_the_install(
    empty_lab: HubSpotClient, receiver: Receiver
) -> None:
    subscribe(empty_lab, receiver.url)
    empty_lab.contact(firstname="Before")
    empty_lab.token(scopes=["oauth"])
    empty_lab.contact(firstname="Unseen")
    empty_lab.token()
    seen = empty_lab.contact(firstname="Seen")
    eventually(lambda: len(receiver.events()) == 1, "the one creation")
    assert receiver.events()[0]["objectId"] == int(seen)


def test_roll_ups_are_not_told(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    contact = lab.contact(firstname="Roll")
    values = {"notes_last_contacted": "2026-11-01T00:00:00.000Z", "city": "Bath"}
    lab.control(f"records/{lab.portal}/contacts/{contact}", values, "PATCH")
    eventually(lambda: len(receiver.events()) == 2, "creation and city")
    assert {e.get("propertyName") for e in receiver.events()} == {None, "city"}


def test_roll_ups_are_told_where_the_account_is_set_so(
    told: tuple[HubSpotClient, Receiver],
) -> None:
    lab, receiver = told
    contact = lab.contact(firstname="Tells")
    name = "hs_analytics_last_timestamp"
    for tell in (False, True):
        lab.control("limits", {"calculated_properties_tell": tell})
        lab.control("advance", {"minutes": 1})
        lab.control(f"happen/{lab.portal}/{contact}", {"kind": "VISIT"})
    eventually(lambda: name in [e.get("propertyName") for e in receiver.events()], "the visit")
    (seen,) = [e for e in receiver.events() if e.get("propertyName") == name]
    assert (str(seen["objectId"]), seen["changeSource"]) == (contact, "CALCULATED")


def test_conversations_are_told(told: tuple[HubSpotClient, Receiver]) -> None:
    lab, receiver = told
    contact = lab.contact(firstname="Writes")
    said = [lab.control(f"conversations/{lab.portal}/{contact}", {"text": t}) for t in "ab"]
    eventually(lambda: len(receiver.events()) == 4, "contact, thread and two messages")
    events = [e for e in receiver.events() if e["subscriptionType"].startswith("conversation.")]
    # Deliveries come in any order.
    assert sorted(e["subscriptionType"].partition(".")[2] for e in events) == [
        "creation",
        "newMessage",
        "newMessage",
    ]
    assert {e["objectId"] for e in events} == {int(said[0]["id"])}
    ids = {m["id"] for m in said[1]["messages"]}
    assert {e["messageId"] for e in events if "messageId" in e} == ids
