"""HubSpot's notices and card requests in our words; nothing unclear gets through."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.hubspot import signature
from connector.hubspot.settings import HubSpotSettings
from connector.hubspot.webhooks import HubSpotWebhooks
from connector.port.signed import CardRequest, Deliveries, Delivery, SignedRequest
from core.errors import Forbidden, Invalid
from core.moments import to_millis

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "secret"
URL = "https://rekindle.example/webhooks/hubspot"
AT = 1_763_800_000_000


def webhooks(app_id: str | None = "54321") -> HubSpotWebhooks:
    return HubSpotWebhooks(
        HubSpotSettings("https://a.test", "https://b.test", "id", SECRET, app_id=app_id)
    )


def signed(body: bytes = b"", url: str = URL, method: str = "POST") -> SignedRequest:
    timestamp = str(to_millis(NOW))
    plain = SignedRequest(method, url, {}, body)
    headers = {
        "x-hubspot-signature-v3": signature.v3(SECRET, plain, timestamp),
        "x-hubspot-request-timestamp": timestamp,
    }
    return SignedRequest(method, url, headers, body)


def event(kind: str = "object.propertyChange", **more: Any) -> dict[str, Any]:
    return {
        "eventId": 100,
        "subscriptionId": 12345,
        "portalId": 62515,
        "appId": 54321,
        "occurredAt": AT,
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": 512,
        "objectTypeId": "0-1",
        **more,
    }


def told(body: bytes, app_id: str | None = "54321") -> Deliveries:
    return webhooks(app_id).read_deliveries(signed(body), now=NOW)


def read(*events: Any, app_id: str | None = "54321") -> list[Delivery]:
    return list(told(orjson.dumps(list(events)), app_id).notices)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("object.creation", "created"),
        ("object.propertyChange", "changed"),
        ("object.deletion", "deleted"),
        ("object.restore", "restored"),
        ("object.merge", "merged"),
        ("object.associationChange", "changed"),
        ("contact.propertyChange", "changed"),
        ("contact.privacyDeletion", "erased"),
    ],
)
def test_every_kind_of_event_in_our_words_s10(kind: str, word: str) -> None:
    (delivery,) = read(event(kind))
    assert (delivery.event, delivery.remote_account_id, delivery.contact_id) == (
        word,
        "62515",
        "512",
    )
    assert delivery.occurred_at == datetime(2025, 11, 22, 8, 26, 40, tzinfo=UTC)
    assert delivery.is_echo is False


@pytest.mark.parametrize("thread", [9598272090, "9598272090"])
@pytest.mark.parametrize("kind", ["conversation.creation", "conversation.newMessage"])
def test_a_message_is_of_a_conversation_s7(kind: str, thread: object) -> None:
    said = event(kind, objectId=thread, messageId="abc", messageType="MESSAGE")
    del said["objectTypeId"]
    (delivery,) = read(said)
    assert (delivery.event, delivery.conversation_id) == ("wrote", "9598272090")
    assert (delivery.contact_id, delivery.also) == ("", ())


def test_two_messages_of_one_moment_are_two_notices() -> None:
    kind = "conversation.newMessage"
    first, second = read(event(kind, messageId="one"), event(kind, messageId="two"))
    assert first.delivery_key != second.delivery_key


def test_what_staff_note_in_a_conversation_is_no_news() -> None:
    said = event("conversation.newMessage", messageId="abc", messageType="COMMENT")
    assert read(said, event("conversation.propertyChange")) == []


def test_an_older_event_without_an_object_type_is_a_contacts() -> None:
    without = event("contact.privacyDeletion")
    del without["objectTypeId"]
    assert [d.event for d in read(without)] == ["erased"]


@pytest.mark.parametrize(
    "stranger",
    [
        event("object.deletion", objectTypeId="0-3"),
        {k: v for k, v in event("deal.deletion").items() if k != "objectTypeId"},
        {k: v for k, v in event("company.creation").items() if k != "objectTypeId"},
        event("object.somethingNew"),
        event("nonsense"),
        event("object.creation", objectId=None),
    ],
)
def test_what_is_no_contacts_is_left_out_and_the_rest_kept(stranger: dict[str, Any]) -> None:
    assert [d.contact_id for d in read(stranger, event(objectId=7))] == ["7"]


def test_a_merge_concerns_everybody_in_it() -> None:
    (delivery,) = read(
        event(
            "object.merge",
            objectId=1,
            primaryObjectId=1,
            mergedObjectIds=[2, 3, 2],
            newObjectId=4,
            numberOfPropertiesMoved=5,
        )
    )
    assert (delivery.contact_id, delivery.also) == ("1", ("2", "3", "4", "1"))


def test_a_merge_may_name_only_its_primary() -> None:
    merge = event("object.merge", primaryObjectId=9)
    del merge["objectId"]
    assert [d.contact_id for d in read(merge)] == ["9"]


def test_an_association_names_the_contact_it_starts_from() -> None:
    change = event("object.associationChange", fromObjectId=8, toObjectId=99)
    del change["objectId"]
    assert [d.contact_id for d in read(change)] == ["8"]


def test_several_accounts_may_be_in_one_delivery() -> None:
    events = [event(portalId=portal, objectId=i) for i, portal in enumerate([1, 2, 1], start=1)]
    assert [d.remote_account_id for d in read(*events)] == ["1", "2", "1"]
    assert read() == []


# The same thing told again, and things that differ.


@pytest.mark.parametrize("again", [{"attemptNumber": 3}, {"eventId": 101}, {"propertyValue": "x"}])
def test_a_repeated_notice_has_the_same_key(again: dict[str, Any]) -> None:
    (first,), (second,) = read(event()), read(event(**again))
    assert first.delivery_key == second.delivery_key


@pytest.mark.parametrize(
    "other",
    [
        {"portalId": 1},
        {"subscriptionId": 1},
        {"objectId": 513},
        {"propertyName": "email"},
        {"occurredAt": AT + 1},
        {"subscriptionType": "object.deletion"},
        {"toObjectId": 5},
        {"associationRemoved": True},
        {"mergedObjectIds": [1]},
    ],
)
def test_another_notice_has_another_key(other: dict[str, Any]) -> None:
    (first,), (second,) = read(event()), read(event(**other))
    assert first.delivery_key != second.delivery_key


def test_a_key_fits_its_column_however_many_were_merged() -> None:
    (delivery,) = read(event("object.merge", mergedObjectIds=list(range(10**12, 10**12 + 500))))
    assert len(delivery.delivery_key) <= 300
    assert len(delivery.also) == 500


# Our own writes coming back.


@pytest.mark.parametrize("source", ["54321", "appId:54321", "integration-54321/1"])
def test_our_own_writes_are_recognised(source: str) -> None:
    (delivery,) = read(event(changeSource="INTEGRATION", sourceId=source))
    assert delivery.is_echo


@pytest.mark.parametrize(
    ("app_id", "change"),
    [
        ("54321", {"changeSource": "CRM_UI", "sourceId": "54321"}),
        ("54321", {"changeSource": "INTEGRATION", "sourceId": "154321"}),
        ("54321", {"changeSource": "INTEGRATION", "sourceId": "543210"}),
        ("54321", {"changeSource": "INTEGRATION"}),
        ("54321", {"changeSource": "INTEGRATION", "sourceId": None}),
        (None, {"changeSource": "INTEGRATION", "sourceId": "54321"}),
    ],
)
def test_changes_of_others_are_not_taken_for_ours(
    app_id: str | None, change: dict[str, Any]
) -> None:
    (delivery,) = read(event(**change), app_id=app_id)
    assert not delivery.is_echo


# Events nobody can read, and bodies.

ODD: list[tuple[Any, str]] = [
    (None, "not an object"),
    (1, "not an object"),
    ("x", "not an object"),
    ([], "not an object"),
    ({}, "subscriptionType"),
    (event(7), "subscriptionType"),  # type: ignore[arg-type]
    ({k: v for k, v in event().items() if k != "portalId"}, "portalId is missing"),
    (event(portalId=None), "portalId is missing"),
    (event(portalId="elsewhere"), "portalId is no id"),
    (event(portalId=True), "portalId is no id"),
    (event(portalId=1.5), "portalId is no id"),
    (event("object.creation", objectId=None), "objectId is missing"),
    (event(objectId={"id": 1}), "objectId is no id"),
    (event(objectId="9" * 90), "objectId is no id"),
    ({k: v for k, v in event().items() if k != "occurredAt"}, "occurredAt"),
    (event(occurredAt=None), "occurredAt"),
    (event(occurredAt="soon"), "occurredAt"),
    (event(occurredAt=-1), "occurredAt"),
    (event(occurredAt=10**18), "occurredAt"),
    (event(occurredAt=to_millis(NOW) + 2 * 86_400_000), "occurredAt"),
    (event(occurredAt=1e300), "occurredAt"),
    (event("object.merge", mergedObjectIds=5), "mergedObjectIds"),
    (event("object.merge", mergedObjectIds=[2, "x"]), "merged"),
    (event("object.merge", newObjectId=[]), "merged"),
]


@pytest.mark.parametrize(("odd", "reason"), ODD, ids=range(len(ODD)))
def test_an_odd_event_is_set_apart_with_its_reason_and_the_other_99_are_kept(
    odd: Any, reason: str
) -> None:
    good = [event(objectId=n) for n in range(1, 100)]
    found = told(orjson.dumps([*good[:40], odd, *good[40:]]))
    assert [d.contact_id for d in found.notices] == [str(n) for n in range(1, 100)]
    (apart,) = found.odd
    assert reason in apart.reason
    assert len(apart.digest) == 32
    assert apart.remote_account_id in {"", "62515"}


def test_an_odd_event_names_its_account_where_it_can() -> None:
    (apart,) = told(orjson.dumps([event(objectId=None)])).odd
    assert apart.remote_account_id == "62515"


def test_the_reason_repeats_nothing_that_was_sent() -> None:
    secret = "ada.lovelace@example.com"
    events = [event(objectId=secret), event(portalId=secret), event(occurredAt=secret), secret]
    assert secret not in str(told(orjson.dumps(events)).odd)


def test_one_odd_event_told_twice_is_set_apart_once() -> None:
    assert len(told(orjson.dumps([event(objectId=None)] * 3)).odd) == 1


def test_half_an_emoji_in_an_event_keeps_nothing_back() -> None:
    body = orjson.dumps([event(propertyValue="HALF"), event(objectId=7)])
    found = told(body.replace(b"HALF", rb"\ud83d"))
    assert [d.contact_id for d in found.notices] == ["512", "7"]
    assert found.odd == ()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    changes=st.dictionaries(st.sampled_from([*event(), "mergedObjectIds", "sourceId"]), anything),
    kind=st.sampled_from(["object.creation", "object.merge", "contact.deletion"]),
)
def test_no_event_at_all_keeps_its_neighbour_back(changes: dict[str, Any], kind: str) -> None:
    good = event(objectId=7)
    try:
        body = orjson.dumps([{**event(kind), **changes}, good])
    except TypeError:  # a number that JSON's usual readers do not take
        return
    assert told(body).notices[-1].contact_id == "7"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"1", b'"text"', b'""', b"[{", b"\xff\xfe", b"[" * 5_000],
    ids=range(9),
)
def test_a_body_that_is_no_list_of_events_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match="not a list of events") as refused:
        told(body)
    assert refused.value.__cause__ is None


def test_a_very_long_list_of_nonsense_is_one_odd_event() -> None:
    assert len(told(b"[" + b"0," * 300_000 + b"0]").odd) == 1


def test_an_unsigned_body_is_not_even_looked_at() -> None:
    with pytest.raises(Forbidden):
        webhooks().read_deliveries(SignedRequest("POST", URL, {}, b"garbage"), now=NOW)


# Cards.

CARD = "https://rekindle.example/cards/hubspot/contact"
WHO = "appId=54321&portalId=62515&userId=7&userEmail=rep%40example.com"


def card(query: str) -> CardRequest:
    return webhooks().read_card_request(signed(url=f"{CARD}?{query}", method="GET"), now=NOW)


def test_a_card_request_says_who_asks_about_whom_s30() -> None:
    assert card(f"contactId=512&{WHO}") == CardRequest("62515", "512", "7")


@pytest.mark.parametrize(
    "query",
    [
        f"contactId=512&portalId=1&{WHO}",
        f"contactId=512&{WHO}&portalId=62515",
        f"contactId=512&portal%49d=1&{WHO}",
        f"contactId=512&portalId=&{WHO}",
        f"contactId=512&userId=1&{WHO}",
        f"contactId=512&userEmail=boss@example.com&{WHO}",
        f"contactId=512&appId=1&{WHO}",
        f"contactId=512&contactId=513&{WHO}",
        f"{WHO}",
        "contactId=512&userId=7",
        "contactId=512&PORTALID=62515",
        "",
    ],
)
def test_a_card_request_that_is_ambiguous_is_refused_s30(query: str) -> None:
    with pytest.raises(Forbidden):
        card(query)


def test_a_card_request_must_be_signed_for_its_address_s30() -> None:
    good = signed(url=f"{CARD}?contactId=512&{WHO}", method="GET")
    forged = SignedRequest("GET", good.url.replace("512", "513"), good.headers, b"")
    with pytest.raises(Forbidden, match="does not match"):
        webhooks().read_card_request(forged, now=NOW)
