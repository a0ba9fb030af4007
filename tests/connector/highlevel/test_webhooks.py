"""HighLevel's notices in our words; nothing unsigned, stale or unclear gets through (S27)."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from connector.highlevel.signature import public_keys
from connector.highlevel.webhooks import HighLevelWebhooks
from connector.port.signed import Deliveries, Delivery, SignedRequest
from core.errors import Forbidden, Invalid, SettingsInvalid

EXAMPLES: dict[str, dict[str, Any]] = orjson.loads(
    (Path(__file__).parents[2] / "data" / "highlevel" / "webhooks.json").read_bytes()
)
KEY = Ed25519PrivateKey.generate()
AT = datetime(2026, 11, 20, 15, 4, 6, 120_000, tzinfo=UTC)
NOW = AT + timedelta(minutes=5)


def pem(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def signed(body: bytes, header: str | None = None) -> SignedRequest:
    signature = base64.b64encode(KEY.sign(body)).decode()
    sealed = {"x-ghl-signature": signature if header is None else header}
    return SignedRequest("POST", "https://rekindle.example/webhooks/highlevel", sealed, body)


def told(request: SignedRequest, *keys: Ed25519PrivateKey, now: datetime = NOW) -> Deliveries:
    text = "".join(pem(key) for key in keys or (KEY,))
    verifier = HighLevelWebhooks(lambda: public_keys(text), "appDemo")
    return verifier.read_deliveries(request, now=now)


def read(request: SignedRequest, *keys: Ed25519PrivateKey, now: datetime = NOW) -> list[Delivery]:
    return list(told(request, *keys, now=now).notices)


def read_example(name: str) -> list[Delivery]:
    return read(signed(orjson.dumps(EXAMPLES[name])))


@pytest.mark.parametrize(
    ("name", "event", "account", "contact"),
    [
        ("install_location", "installed", "locDemo01", ""),
        ("install_agency", "installed", "", ""),
        ("uninstall_location", "uninstalled", "locDemo01", ""),
        ("uninstall_agency", "uninstalled", "", ""),
        ("contact_create", "created", "locDemo01", "cDemo01"),
        ("contact_update", "changed", "locDemo01", "cDemo01"),
        ("contact_delete", "deleted", "locDemo01", "cDemo01"),
        ("contact_tags", "changed", "locDemo01", "cDemo01"),
        ("contact_dnd", "changed", "locDemo01", "cDemo01"),
        ("inbound_message", "changed", "locDemo01", "cDemo01"),
        ("appointment_update", "changed", "locDemo01", "cDemo01"),
        ("opportunity_status", "changed", "locDemo01", "cDemo01"),
    ],
)
def test_each_event_says_what_to_read_again(
    name: str, event: str, account: str, contact: str
) -> None:
    agency = "cmpDemo01" if event.endswith("installed") else None
    assert read_example(name) == [
        Delivery(
            delivery_key=EXAMPLES[name]["webhookId"],
            remote_account_id=account,
            event=event,
            contact_id=contact,
            occurred_at=AT,
            remote_agency_id=agency,
        )
    ]


@pytest.mark.parametrize(
    "name",
    [
        "plan_change",
        "outbound_message",
        "opportunity_without_contact",
        "task_create",
        "email_stats",
    ],
)
def test_what_we_do_not_listen_to_is_dropped(name: str) -> None:
    assert read_example(name) == []


ODD: list[tuple[Any, str]] = [
    (None, "not an object"),
    ([], "not an object"),
    (7, "not an object"),
    ({}, "type is missing"),
    ({"type": 7}, "type is missing"),
    ({"type": "ContactUpdate", "id": "c1"}, "locationId is missing"),
    ({"type": "ContactUpdate", "locationId": "l1"}, "id is missing"),
    ({"type": "ContactUpdate", "locationId": "l1", "id": 7}, "id is no id"),
    ({"type": "ContactUpdate", "locationId": "l1", "id": "x" * 81}, "id is no id"),
    ({"type": "ContactUpdate", "locationId": ["l1"], "id": "c1"}, "locationId is no id"),
    ({"type": "ContactUpdate", "locationId": "l1", "id": "c1", "timestamp": "soon"}, "timestamp"),
    ({"type": "ContactUpdate", "locationId": "l1", "id": "c1", "timestamp": {}}, "timestamp"),
    (
        {"type": "ContactUpdate", "locationId": "l1", "id": "c1", "timestamp": "2035-01-01"},
        "timestamp",
    ),
    ({"type": "INSTALL", "appId": "appDemo"}, "locationId is missing"),
    ({"type": "UNINSTALL", "locationId": "l1"}, "appId is missing"),
    ({"type": "AppointmentCreate", "locationId": "l1", "appointment": "x"}, "appointment"),
    (EXAMPLES["invoice_without_type"], "type is missing"),
]


@pytest.mark.parametrize(("event", "reason"), ODD, ids=range(len(ODD)))
def test_an_odd_event_is_set_apart_with_its_reason(event: Any, reason: str) -> None:
    found = told(signed(orjson.dumps(event)))
    (apart,) = found.odd
    assert reason in apart.reason
    assert found.notices == ()


def test_an_odd_event_names_its_account_where_it_can() -> None:
    event = {"type": "ContactUpdate", "locationId": "l1"}
    assert [o.remote_account_id for o in told(signed(orjson.dumps(event))).odd] == ["l1"]


@pytest.mark.parametrize("name", ["install_location", "uninstall_agency", "inbound_message"])
def test_another_apps_events_are_counted_and_not_heard(name: str) -> None:
    foreign = told(signed(orjson.dumps({**EXAMPLES[name], "appId": "someoneElse"})))
    assert (foreign.notices, foreign.odd, foreign.foreign) == ((), (), 1)


def test_half_an_emoji_in_an_event_is_no_reason_to_lose_it() -> None:
    body = orjson.dumps({**EXAMPLES["contact_update"], "firstName": "HALF"})
    assert len(read(signed(body.replace(b"HALF", rb"\ud83d")))) == 1


CHANGED = (
    "type",
    "locationId",
    "companyId",
    "appId",
    "id",
    "contactId",
    "appointment",
    "webhookId",
    "timestamp",
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    name=st.sampled_from(["contact_update", "appointment_update", "uninstall_location"]),
    changes=st.dictionaries(
        st.sampled_from(CHANGED),
        anything,
    ),
)
def test_every_event_is_heard_or_set_apart(name: str, changes: dict[str, Any]) -> None:
    try:
        found = told(signed(orjson.dumps({**EXAMPLES[name], **changes})))
    except Forbidden:
        assert "timestamp" in changes, "only what is too old is refused"
        return
    assert len(found.notices) + len(found.odd) + found.foreign <= 1


def test_a_wrong_type_is_still_about_the_same_contact() -> None:
    wrong = {**EXAMPLES["appointment_update"], "type": "AppointmentCreate"}
    assert [d.contact_id for d in read(signed(orjson.dumps(wrong)))] == ["cDemo01"]


def test_without_an_id_the_content_is_the_key() -> None:
    event = {k: v for k, v in EXAMPLES["contact_update"].items() if k != "webhookId"}
    first, again = (read(signed(orjson.dumps(event)))[0].delivery_key for _ in range(2))
    other = read(signed(orjson.dumps({**event, "id": "cDemo02"})))[0].delivery_key
    assert first == again != other


@pytest.mark.parametrize(
    "header", ["", "N/A", "n/a", "not base64!", "AAAA", base64.b64encode(b"x" * 64).decode()]
)
def test_what_is_not_signed_is_refused(header: str) -> None:
    body = orjson.dumps(EXAMPLES["contact_update"])
    with pytest.raises(Forbidden):
        read(signed(body, header))


def test_a_request_without_the_header_is_refused() -> None:
    body = orjson.dumps(EXAMPLES["contact_update"])
    with pytest.raises(Forbidden):
        read(SignedRequest("POST", "https://rekindle.example/", {}, body))


def test_one_changed_byte_is_refused() -> None:
    request = signed(orjson.dumps(EXAMPLES["contact_update"]))
    with pytest.raises(Forbidden):
        read(SignedRequest("POST", request.url, request.headers, request.body + b" "))


def test_any_of_several_keys_will_do_and_a_strangers_will_not() -> None:
    request = signed(orjson.dumps(EXAMPLES["contact_update"]))
    assert read(request, Ed25519PrivateKey.generate(), KEY)
    with pytest.raises(Forbidden):
        read(request, Ed25519PrivateKey.generate())


def test_retries_of_days_are_taken_and_older_ones_are_not() -> None:
    request = signed(orjson.dumps(EXAMPLES["contact_update"]))
    assert read(request, now=AT + timedelta(hours=72))
    with pytest.raises(Forbidden):
        read(request, now=AT + timedelta(hours=72, milliseconds=1))


def test_an_event_without_a_time_happened_when_it_came() -> None:
    event = {k: v for k, v in EXAMPLES["contact_update"].items() if k != "timestamp"}
    assert read(signed(orjson.dumps(event)))[0].occurred_at == NOW


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"<html>", b"\xff\xfe"],
)
def test_a_signed_body_that_is_no_event_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        read(signed(body))


@pytest.mark.parametrize(
    "text", ["", "no key", pem(KEY).replace("MC", "!!"), pem(generate_private_key(65537, 2048))]
)
def test_keys_of_another_kind_are_a_setting_to_correct(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="WEBHOOK_KEYS"):
        public_keys(text)
