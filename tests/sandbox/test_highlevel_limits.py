"""HighLevel: versions, scopes, limits, faults, controls, the encrypted user context (S1)."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.config import SandboxConfig
from sandbox.highlevel.accounts import AGENCY, HARBORVIEW, NORTHGATE, PIONEER, SOLSTICE
from sandbox.highlevel.client import HighLevelClient
from sandbox.highlevel.config import HighLevelCredentials, HighLevelOptions
from sandbox.highlevel.gateway import VERSIONS
from sandbox.highlevel.signing import encrypt_context
from sandbox.hubspot.client import serving_hubspot
from sandbox.serving import SandboxError

WORKFLOWS = "/workflows/"


def test_the_version_is_checked_before_the_token(highlevel: HighLevelClient) -> None:
    for version, told in (
        (None, "version header was not found."),
        ("2020-01-01", "version header is invalid"),
    ):
        reply = highlevel.api("GET", WORKFLOWS, token="x", version=version, locationId=NORTHGATE)
        assert (reply.status_code, reply.json()["message"]) == (401, told)
    bad = highlevel.api("GET", WORKFLOWS, token="x", locationId=NORTHGATE)
    assert (bad.status_code, bad.json()["message"]) == (401, "Invalid JWT")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_published_version_is_taken_on_every_path(
    highlevel: HighLevelClient, version: str
) -> None:
    for path in (WORKFLOWS, "/conversations/search", "/calendars/", "/opportunities/pipelines"):
        reply = highlevel.api("GET", path, version=version, locationId=NORTHGATE)
        assert reply.status_code == 200, (path, reply.text)


def test_scopes_are_checked(highlevel: HighLevelClient) -> None:
    token = highlevel.token(["contacts.readonly"])
    search = {"locationId": NORTHGATE, "pageLimit": 1}
    assert highlevel.api("POST", "/contacts/search", search, token=token).status_code == 200
    refused = highlevel.api("GET", WORKFLOWS, token=token, locationId=NORTHGATE)
    assert refused.status_code == 401
    assert refused.json()["message"] == "The token is not authorized for this scope."


def test_every_answer_tells_what_is_left(highlevel: HighLevelClient) -> None:
    highlevel.control("limits", {"requests": 3})
    token = highlevel.token()
    left = []
    for _ in range(4):
        reply = highlevel.api("GET", WORKFLOWS, token=token, locationId=NORTHGATE)
        left.append((reply.status_code, reply.headers["x-ratelimit-remaining"]))
    assert left == [(200, "2"), (200, "1"), (200, "0"), (429, "0")]
    assert reply.headers["x-ratelimit-max"] == "3"
    assert reply.headers["x-ratelimit-interval-milliseconds"] == "10000"
    assert reply.headers["x-ratelimit-limit-daily"] == "200000"
    assert "retry-after" not in reply.headers
    # The limit is one location's own.
    other = HighLevelClient(highlevel.lab, SOLSTICE)
    assert other.api("GET", WORKFLOWS, locationId=SOLSTICE).status_code == 200


def test_the_day_ends_too(highlevel: HighLevelClient) -> None:
    highlevel.control("limits", {"daily": 2})
    token = highlevel.token()
    replies = [highlevel.api("GET", WORKFLOWS, token=token, locationId=NORTHGATE) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    daily = [reply.headers["x-ratelimit-daily-remaining"] for reply in replies]
    assert daily == ["1", "0", "0"]
    assert 0 < int(replies[0].headers["x-ratelimit-daily-reset"]) <= 86_400_000


def test_a_test_account_has_stricter_limits(highlevel: HighLevelClient) -> None:
    highlevel.control("limits", {"sandbox_mode": True})
    reply = highlevel.api("GET", WORKFLOWS, locationId=NORTHGATE)
    assert reply.headers["x-ratelimit-max"] == "25"
    assert reply.headers["x-ratelimit-limit-daily"] == "10000"
    for wrong in ({"sandbox_mode": 1}, {"requests": True}, {"nope": 1}):
        with pytest.raises(SandboxError):
            highlevel.control("limits", wrong)


def test_faults_speak_the_vendors_words(highlevel: HighLevelClient) -> None:
    token = highlevel.token()
    for status in (401, 429, 503):
        fault = {"path": "^/highlevel/workflows", "status": status, "times": 1}
        highlevel.lab.control("faults", fault)
        reply = highlevel.api("GET", WORKFLOWS, token=token, locationId=NORTHGATE)
        assert (reply.status_code, reply.json()["statusCode"]) == (status, status)
    assert highlevel.api("GET", WORKFLOWS, token=token, locationId=NORTHGATE).status_code == 200


def test_unknown_paths_are_404(highlevel: HighLevelClient) -> None:
    reply = highlevel.api("PATCH", "/contacts/")
    assert (reply.status_code, reply.json()["statusCode"]) in {(404, 404), (405, 405)}
    assert highlevel.api("GET", "/nope").json()["message"] == "Cannot GET /nope"
    assert highlevel.lab.http.get("/nope").json()["category"] == "OBJECT_NOT_FOUND"


def test_the_state_shows_every_location(highlevel: HighLevelClient) -> None:
    rows = {row["id"]: row for row in highlevel.lab.control("state")["locations"]}
    sizes = {NORTHGATE: 60, SOLSTICE: 24, PIONEER: 16, HARBORVIEW: 12}
    assert rows.keys() >= sizes.keys()
    assert rows[NORTHGATE]["company"] == AGENCY != rows[HARBORVIEW]["company"]
    assert rows[HARBORVIEW]["counts"]["contacts"] == sizes[HARBORVIEW]
    page = highlevel.lab.http.get("/control/").text
    assert "Northgate Dental" in page


def test_a_sandbox_without_people_has_working_locations() -> None:
    with serving_hubspot(SandboxConfig(contacts=0)) as lab:
        empty = HighLevelClient(lab)
        assert empty.describe()["counts"]["contacts"] == 0
        rows = empty.api("GET", WORKFLOWS, locationId=NORTHGATE).json()["workflows"]
        assert len(rows) == 5
        fields = empty.api("GET", f"/locations/{NORTHGATE}/customFields").json()["customFields"]
        assert "contact.sms_consent" in {field["fieldKey"] for field in fields}


def test_the_same_seed_makes_the_same_people() -> None:
    seen = []
    for _ in range(2):
        with serving_hubspot(
            SandboxConfig(contacts=2, options=(HighLevelOptions(contacts=20),))
        ) as lab:
            seen.append(HighLevelClient(lab).control(f"records/{NORTHGATE}/messages")["results"])
    assert seen[0] == seen[1]
    assert seen[0]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("contacts", {"nope": 1}),
        ("messages", {"messageType": "FAX"}),
        ("messages", {"at": "soon"}),
        ("transactions", {"amount": "much"}),
        ("users", {}),
    ],
)
def test_wrong_records_are_refused(
    highlevel: HighLevelClient, kind: str, values: dict[str, object]
) -> None:
    whose = {} if kind == "contacts" else {"contactId": highlevel.contact(firstName="Ana")}
    with pytest.raises(SandboxError):
        highlevel.control(f"records/{NORTHGATE}/{kind}", {**whose, **values})
    reply = highlevel.lab.http.post(
        f"/control/highlevel/records/{NORTHGATE}/{kind}", json={**whose, **values}
    )
    assert reply.status_code in {400, 404}


def opened(payload: str, key: str) -> dict[str, Any]:
    """Decrypt as the fact sheet's recipe does, written apart from the sandbox's own code."""
    raw = base64.b64decode(payload, validate=True)
    assert raw[:8] == b"Salted__"
    salt, sealed, derived, block = raw[8:16], raw[16:], b"", b""
    while len(derived) < 48:
        block = hashlib.md5(block + key.encode() + salt).digest()  # noqa: S324 - the vendor's
        derived += block
    opener = Cipher(algorithms.AES(derived[:32]), modes.CBC(derived[32:48])).decryptor()
    plain = opener.update(sealed) + opener.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return dict(json.loads(unpadder.update(plain) + unpadder.finalize()))


def test_the_user_context_is_encrypted_with_the_shared_secret(highlevel: HighLevelClient) -> None:
    key = HighLevelCredentials().sso_key
    payload = highlevel.control("user-context", {"location": SOLSTICE})["payload"]
    context = opened(payload, key)
    assert (context["activeLocation"], context["companyId"]) == (SOLSTICE, AGENCY)
    assert (context["type"], context["role"]) == ("location", "admin")
    agency = opened(highlevel.control("user-context", {"agency": True})["payload"], key)
    assert agency["type"] == "agency"
    other = highlevel.control("user-context", {"key": "another"})["payload"]
    assert opened(other, "another")["activeLocation"] == NORTHGATE


def test_the_encryption_fits_the_published_vector() -> None:
    payload = (
        "U2FsdGVkX18BAgMEBQYHCCWo4jL247512TCHyx2Emla8+0sGReJ8MMYYkfhGGhQl6vSQc7SRavOmTw6dAVc0VbF3"
        "Ot2APMdbujikfTJa66mTOdY/G1rO7aGsPjOBStJ1veBz7MxFedauwHCJsYUSEG+gqHijP5WMOGWF2vhVYQepcd90"
        "oGvHM7K+PJTFREHMHlywuankju9t0KU6qroFG5NmsprEwa6mIQEVI3e8fyk="
    )
    context: dict[str, object] = {
        "userId": "usr_demo_1",
        "companyId": "cmp_demo_1",
        "role": "admin",
        "type": "agency",
        "activeLocation": "loc_demo_1",
        "userName": "Demo Rep",
        "email": "rep@example.test",
    }
    assert encrypt_context(context, "demo-shared-secret", bytes(range(1, 9))) == payload
