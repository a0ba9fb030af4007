"""HighLevel: webhooks: what is told, in which order, how it is signed and retried (S1)."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.highlevel.accounts import AGENCY, NORTHGATE, SOLSTICE
from sandbox.highlevel.client import HighLevelClient
from sandbox.highlevel.config import HighLevelCredentials
from sandbox.serving import eventually
from tests.listening import Posted, listening


@dataclass
class Receiver:
    """An app's webhook endpoint that keeps what it got and answers as it is told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refuse: int = 0
    refusal: int = 429

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in list(self.bodies)]

    def types(self) -> list[str]:
        return [str(event.get("type")) for event in self.events()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events() if event.get("type") == kind]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    box = Receiver()

    def answer(posted: Posted) -> tuple[int, bytes]:
        box.headers.append(dict(posted.headers))
        box.bodies.append(posted.body)
        refused = len(box.bodies) <= box.refuse
        return box.refusal if refused else 200, b""

    with listening(answer) as origin:
        box.url = f"{origin}/webhooks/highlevel"
        yield box


@pytest.fixture
def told(
    highlevel: HighLevelClient, receiver: Receiver
) -> Iterator[tuple[HighLevelClient, Receiver]]:
    """The app installed in one location and told of everything that happens there."""
    highlevel.token()
    highlevel.control("project", {"webhook_target": receiver.url})
    yield highlevel, receiver
    highlevel.control("project", {"webhook_target": None})
    eventually(lambda: pending(highlevel) == 0, "nothing is under way")


def pending(highlevel: HighLevelClient) -> int:
    return int(highlevel.control("state")["webhooks"]["pending"])


def settled(highlevel: HighLevelClient, receiver: Receiver, count: int) -> None:
    eventually(
        lambda: len(receiver.bodies) >= count and pending(highlevel) == 0, f"{count} deliveries"
    )


def signed(highlevel: HighLevelClient, body: bytes, signature: str) -> bool:
    key = load_pem_public_key(highlevel.control("webhook-key")["pem"].encode())
    assert isinstance(key, Ed25519PublicKey)
    try:
        key.verify(base64.b64decode(signature, validate=True), body)
    except InvalidSignature:
        return False
    return True


def test_bodies_are_flat_and_signed(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    contact_id = highlevel.contact(firstName="Ana", email="ana@example.com")
    settled(highlevel, receiver, 1)
    [event], [headers] = receiver.events(), receiver.headers
    assert (event["type"], event["locationId"]) == ("ContactCreate", NORTHGATE)
    assert (event["id"], event["email"]) == (contact_id, "ana@example.com")
    assert event["appId"] == HighLevelCredentials().app_id
    assert event["webhookId"]
    assert event["timestamp"].endswith("Z")
    assert signed(highlevel, receiver.bodies[0], headers["x-ghl-signature"])
    assert not signed(highlevel, receiver.bodies[0] + b" ", headers["x-ghl-signature"])


def test_contact_changes_have_types_of_their_own(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    contact_id = highlevel.contact(firstName="Ana")
    dnd = {"SMS": {"status": "active", "message": "STOP", "code": "OPTED_OUT"}}
    highlevel.api("PUT", f"/contacts/{contact_id}", {"city": "Verona"})
    highlevel.api("PUT", f"/contacts/{contact_id}", {"city": "Verona"})  # changes nothing
    highlevel.api("POST", f"/contacts/{contact_id}/tags", {"tags": ["a"]})
    highlevel.api("PUT", f"/contacts/{contact_id}", {"dndSettings": dnd})
    highlevel.api("DELETE", f"/contacts/{contact_id}")
    settled(highlevel, receiver, 5)
    expected = ("Create", "Update", "TagUpdate", "DndUpdate", "Delete")
    assert Counter(receiver.types()) == Counter(f"Contact{kind}" for kind in expected)
    [refusal] = receiver.of("ContactDndUpdate")
    assert refusal["dndSettings"] == dnd
    assert "inboundDndSettings" not in refusal
    assert receiver.of("ContactTagUpdate")[0]["tags"] == ["a"]


def test_messages_appointments_and_sales(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    contact_id = highlevel.contact(firstName="Ana")
    mine, where = {"contactId": contact_id}, f"records/{NORTHGATE}"
    highlevel.control(f"{where}/messages", {**mine, "body": "Do you have Tuesday?"})
    highlevel.control(f"{where}/messages", {**mine, "direction": "outbound"})
    at = {"at": "2026-11-20T10:00:00-06:00"}
    visit = highlevel.control(f"{where}/appointments", {**mine, **at})["id"]
    highlevel.control(f"{where}/appointments/{visit}", {"status": "showed"}, "PATCH")
    deal = highlevel.control(f"{where}/opportunities", {**mine, "monetaryValue": 5})["id"]
    highlevel.control(f"{where}/opportunities/{deal}", {"status": "won"}, "PATCH")
    highlevel.control(f"{where}/transactions", {**mine, "amount": 20})
    highlevel.control(f"{where}/transactions", {**mine, "amount": 900, "invoice": True})
    settled(highlevel, receiver, 10)
    [inbound] = receiver.of("InboundMessage")
    assert (inbound["contactId"], inbound["messageType"]) == (contact_id, "SMS")
    assert inbound["direction"] == "inbound"
    [changed] = receiver.of("AppointmentUpdate")
    assert changed["appointment"]["appointmentStatus"] == "showed"
    assert changed["appointment"]["startTime"] == "2026-11-20T10:00:00-06:00"
    # One change of a deal is told more than once.
    assert len(receiver.of("OpportunityStatusUpdate") + receiver.of("OpportunityUpdate")) == 2
    assert receiver.of("OrderCreate")[0]["contactSnapshot"]["id"] == contact_id
    assert receiver.of("InvoicePaid")[0]["contactDetails"]["id"] == contact_id


def test_wrong_types_as_on_the_vendors_pages(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    highlevel.control("limits", {"webhook_wrong_type_rate": 1})
    contact_id, where = highlevel.contact(firstName="Ana"), f"records/{NORTHGATE}"
    visit = highlevel.control(f"{where}/appointments", {"contactId": contact_id})["id"]
    highlevel.control(f"{where}/appointments/{visit}", {"status": "noshow"}, "PATCH")
    bill = {"contactId": contact_id, "amount": 900, "invoice": True}
    highlevel.control(f"{where}/transactions", bill)
    settled(highlevel, receiver, 4)
    states = [
        event["appointment"]["appointmentStatus"] for event in receiver.of("AppointmentCreate")
    ]
    assert sorted(states) == ["confirmed", "noshow"]
    [invoice] = [event for event in receiver.events() if "type" not in event]
    assert (invoice["altId"], "locationId" in invoice) == (NORTHGATE, False)


def test_install_is_told_before_the_code_is_exchanged(
    told: tuple[HighLevelClient, Receiver],
) -> None:
    highlevel, receiver = told
    scopes = "contacts.readonly oauth.write"
    asked = {
        "response_type": "code",
        "client_id": HighLevelCredentials().client_id,
        "redirect_uri": "http://localhost/cb",
        "scope": scopes,
    }
    form = {"decision": "grant", "installer": "agency", "company": AGENCY, "location": SOLSTICE}
    path = "/highlevel/v2/oauth/chooselocation"
    assert highlevel.lab.http.post(path, params=asked, data=form).status_code == 302
    settled(highlevel, receiver, 2)
    company, location = sorted(receiver.of("INSTALL"), key=lambda event: "locationId" in event)
    assert (company["installType"], company["companyId"]) == ("Company", AGENCY)
    assert (location["installType"], location["locationId"]) == ("Location", SOLSTICE)
    assert location["whitelabelDetails"]["domain"] == "crm.lighthouse.example"
    highlevel.control("uninstall", {"company": AGENCY})
    settled(highlevel, receiver, 5)
    gone = receiver.of("UNINSTALL")
    assert Counter(event.get("locationId") for event in gone) == Counter(
        [NORTHGATE, SOLSTICE, None]
    )


def test_only_installed_locations_and_granted_scopes_are_told(
    told: tuple[HighLevelClient, Receiver],
) -> None:
    highlevel, receiver = told
    elsewhere = HighLevelClient(highlevel.lab, SOLSTICE)
    elsewhere.contact(firstName="Nobody hears")
    highlevel.control("uninstall", {"location": NORTHGATE})
    highlevel.token(["contacts.readonly"])
    contact_id = highlevel.contact(firstName="Ana")
    highlevel.control(f"records/{NORTHGATE}/messages", {"contactId": contact_id})
    settled(highlevel, receiver, 3)
    assert Counter(receiver.types()) == Counter(["UNINSTALL", "INSTALL", "ContactCreate"])


@pytest.mark.parametrize(("status", "attempts"), [(429, 3), (500, 1)])
def test_only_429_is_retried(
    told: tuple[HighLevelClient, Receiver], status: int, attempts: int
) -> None:
    highlevel, receiver = told
    receiver.refuse, receiver.refusal = 2, status
    highlevel.contact(firstName="Ana")
    settled(highlevel, receiver, attempts)
    assert len(set(receiver.bodies)) == 1
    assert len(receiver.bodies) == attempts
    assert len({headers["deliveryid"] for headers in receiver.headers}) == 1


def test_the_newer_rule_retries_everything(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    highlevel.control("limits", {"retry_all": True})
    receiver.refuse, receiver.refusal = 2, 500
    highlevel.contact(firstName="Ana")
    settled(highlevel, receiver, 3)
    assert len(receiver.bodies) == 3


def test_duplicates_carry_the_same_webhook_id(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    highlevel.control("limits", {"webhook_duplicate_rate": 1})
    highlevel.contact(firstName="Ana")
    settled(highlevel, receiver, 2)
    assert len(receiver.bodies) == 2
    assert len({event["webhookId"] for event in receiver.events()}) == 1


def test_a_signature_may_be_missing(told: tuple[HighLevelClient, Receiver]) -> None:
    highlevel, receiver = told
    highlevel.control("limits", {"webhook_unsigned_rate": 1})
    highlevel.contact(firstName="Ana")
    settled(highlevel, receiver, 1)
    assert receiver.headers[0]["x-ghl-signature"] == "N/A"
