"""Rate limits and faults over HTTP (capability S1)."""

import time

import httpx2 as httpx
import pytest

from sandbox.hubspot.accounts import BAYSIDE
from sandbox.hubspot.client import HubSpotClient

DETAILS = "/account-info/2026-09/details"
CONTACTS = "/crm/objects/2026-09/contacts"


def test_the_rolling_limit_answers_429_with_headers(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control("limits", {"requests": 3, "window_seconds": 60})
    replies = [lab.api("GET", DETAILS, token=token) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    left = [reply.headers["X-HubSpot-RateLimit-Remaining"] for reply in replies]
    assert left == ["2", "1", "0", "0"]
    refused = replies[-1]
    assert refused.headers["X-HubSpot-RateLimit-Max"] == "3"
    assert refused.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "60000"
    assert "Retry-After" not in refused.headers
    body = refused.json()
    assert body["policyName"] == "TEN_SECONDLY_ROLLING"
    assert body["errorType"] == "RATE_LIMIT"
    assert "category" not in body


def test_limits_are_per_account(lab: HubSpotClient) -> None:
    other = BAYSIDE
    ours, theirs = lab.token(), lab.token(portal=other)
    lab.control("limits", {"requests": 1, "window_seconds": 60})
    assert lab.api("GET", DETAILS, token=ours).status_code == 200
    assert lab.api("GET", DETAILS, token=lab.token()).status_code == 429
    assert lab.api("GET", DETAILS, token=theirs).status_code == 200


def test_the_window_rolls(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control("limits", {"requests": 1, "window_seconds": 0.3})
    assert lab.api("GET", DETAILS, token=token).status_code == 200
    assert lab.api("GET", DETAILS, token=token).status_code == 429
    time.sleep(0.35)
    assert lab.api("GET", DETAILS, token=token).status_code == 200


def test_searches_have_a_limit_of_their_own_without_headers(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control("limits", {"requests": 1, "searches_per_second": 2, "window_seconds": 60})
    lab.api("GET", DETAILS, token=token)
    replies = [lab.api("POST", f"{CONTACTS}/search", {}, token=token) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[-1].json()["policyName"] == "SECONDLY"
    assert not any("X-HubSpot-RateLimit-Max" in reply.headers for reply in replies)


def test_a_fault_spares_some_strikes_some_and_ends(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control(
        "faults", {"method": "GET", "path": "details$", "status": 503, "after": 1, "times": 2}
    )
    statuses = [lab.api("GET", DETAILS, token=token).status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert lab.api("GET", CONTACTS, token=token).status_code == 200


@pytest.mark.parametrize("status", [414, 423, 429, 477, 500, 502])
def test_faults_have_hubspots_bodies(lab: HubSpotClient, status: int) -> None:
    lab.control("faults", {"path": "details", "status": status})
    reply = lab.api("GET", DETAILS)
    assert reply.status_code == status
    assert reply.json()["status"] == "error"
    assert ("Retry-After" in reply.headers) == (status == 477)


def test_a_fault_may_carry_any_body(lab: HubSpotClient) -> None:
    lab.control("faults", {"path": "details", "status": 502, "body": "<html>bad gateway</html>"})
    assert lab.api("GET", DETAILS).text == "<html>bad gateway</html>"


def test_a_dropped_request_has_no_effect_unless_told(lab: HubSpotClient) -> None:
    contact = lab.contact(email="drop@example.com")
    path, write = f"{CONTACTS}/{contact}", {"properties": {"city": "Saco"}}
    token = lab.token()
    lab.control("faults", {"method": "PATCH", "kind": "drop", "times": 1})
    with pytest.raises(httpx.TransportError):
        lab.api("PATCH", path, write, token=token)
    assert "city" not in lab.stored(contact)
    lab.control("faults", {"method": "PATCH", "kind": "drop", "times": 1, "applied": True})
    with pytest.raises(httpx.TransportError):
        lab.api("PATCH", path, write, token=token)
    assert lab.stored(contact)["city"] == "Saco"


def test_a_truncated_answer_breaks_off(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control("faults", {"path": "contacts", "kind": "truncate", "times": 1})
    with pytest.raises(httpx.TransportError):
        lab.api("GET", f"{CONTACTS}?limit=100", token=token)
    assert lab.api("GET", f"{CONTACTS}?limit=100", token=token).status_code == 200


def test_delays_and_hangs(lab: HubSpotClient) -> None:
    token = lab.token()
    lab.control("faults", {"path": "details", "kind": "delay", "delay_ms": 200, "times": 1})
    before = time.monotonic()
    assert lab.api("GET", DETAILS, token=token).status_code == 200
    assert time.monotonic() - before >= 0.2
    lab.control("faults", {"path": "details", "kind": "hang", "delay_ms": 1_000, "times": 1})
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises(httpx.TimeoutException):
        lab.http.get(DETAILS, headers=headers, timeout=0.1)


@pytest.mark.parametrize(
    "wrong", [{"kind": "explode"}, {"path": "("}, {"times": -1}, {"status": 99}, {"after": "x"}]
)
def test_wrong_faults_are_refused(lab: HubSpotClient, wrong: dict[str, object]) -> None:
    assert lab.http.post("/control/faults", json=wrong).status_code == 400
    assert lab.control("faults") == {"faults": []}
