"""The card's answers to the CRM: signed, of its own account alone, readable in every state (S30)."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from core.moments import to_millis
from tests.house import House

SECRET = "sandbox-hubspot-secret-not-for-production"
BASE = "http://localhost:8321"


def ask(house: House, query: str, *, secret: str = SECRET) -> dict[str, Any]:
    path = f"/cards/hubspot/contact?{query}"
    stamp = str(to_millis(house.context.wall.now()))
    text = f"GET{BASE}{path}{stamp}".encode()
    signature = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    answer = house.web.get(
        path,
        headers={"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp},
    )
    assert answer.status_code == 200
    return dict(answer.json())


def contacts(house: House) -> list[str]:
    rows = house.lab.api("GET", "/crm/objects/2026-09/contacts?limit=100").json()["results"]
    return [str(row["id"]) for row in rows]


def test_s30_a_scored_contacts_card_has_all_the_front_end_reads(house: House) -> None:
    house.ready()
    answers = [ask(house, f"contactId={c}&portalId={house.lab.portal}") for c in contacts(house)]
    assert all(a["ok"] for a in answers)
    states = {a["card"]["state"] for a in answers}
    assert states <= {"scored", "suppressed", "human_first", "held_out", "started"}
    assert len(states) > 1
    for answer in answers:
        card = answer["card"]
        assert len(card["explanation"]) <= 160
        assert (card["rule"] is not None) == (card["state"] in {"suppressed", "human_first"})
        assert card["likelihood"] is None or 0 <= card["likelihood"] <= 100


def test_a_contact_we_have_not_scored_says_so(house: House) -> None:
    house.install()
    house.queue.step(house.context)
    house.queue.step(house.context)
    answer = ask(house, f"contactId={contacts(house)[0]}&portalId={house.lab.portal}")
    assert answer["card"]["state"] == "unscored"


def test_a_wrong_signature_gets_no_card(house: House) -> None:
    house.ready()
    query = f"contactId={contacts(house)[0]}&portalId={house.lab.portal}"
    answer = ask(house, query, secret="wrong")
    assert answer["ok"] is False
    assert answer["error"]["code"] == "forbidden"


@pytest.mark.parametrize("name", ["portalId", "userId", "userEmail", "appId"])
def test_an_identity_given_twice_gets_no_card(house: House, name: str) -> None:
    house.ready()
    query = f"contactId={contacts(house)[0]}&portalId={house.lab.portal}&{name}=1&{name}=2"
    assert ask(house, query)["error"]["code"] == "forbidden"


def test_a_contact_of_another_account_is_not_found(house: House) -> None:
    house.ready()
    answer = ask(house, f"contactId=424242&portalId={house.lab.portal}")
    assert answer["ok"] is False
    assert answer["error"]["reference"]


def test_an_account_that_has_not_installed_us_gets_no_card(house: House) -> None:
    house.ready()
    answer = ask(house, f"contactId={contacts(house)[0]}&portalId=999")
    assert answer["error"]["code"] == "not_connected"
