"""Records of HighLevel in shapes that nobody documents: read as the careful meaning, and never a failure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.highlevel import parse, sales
from connector.highlevel.blocking import is_blocked
from connector.highlevel.values import count, records_of, texts

pytestmark = pytest.mark.integration

KEYS = {"cfConsent": "sms_consent", "cfTrack": "rekindle_track"}


def contact(**values: Any) -> Any:
    return parse.contact({"id": "c1", **values}, KEYS)


@pytest.mark.parametrize(
    "said", [True, "true", "True", "yes", "1", 1, "on", "maybe", ["SMS"], {"a": 1}]
)
def test_do_not_disturb_in_any_words_but_a_clear_no_blocks_everything(said: object) -> None:
    row = contact(dnd=said, dndSettings={}, customFields=[{"id": "cfConsent", "value": "yes"}])
    assert row["email_opt_out"] is True
    assert row["sms_consent"] is False


@pytest.mark.parametrize("said", [False, None, "false", "no", "0", 0, "off", "", "inactive"])
def test_a_clear_no_blocks_nothing(said: object) -> None:
    assert contact(dnd=said, dndSettings={})["email_opt_out"] is False


@pytest.mark.parametrize(
    ("settings", "email"),
    [
        ("active", True),
        ("Email", True),
        ("do not contact", True),
        (["Email"], True),
        (7, True),
        ('{"Email": {"status": "active"}}', True),
        ('{"Email": {"status": "inactive"}}', False),
        ('{"Email": ', True),
        ({"Email": "active"}, True),
        ({"Email": True}, True),
        ({"Email": {"status": "true"}}, True),
        ({"Email": {"status": "opted_out"}}, True),
        ({"Email": ["active"]}, True),
        ({"All": {"status": "active"}}, True),
        ({"Email": "inactive"}, False),
        ({"Email": False}, False),
        ({"Email": {"status": "false"}}, False),
        ({"Email": {}}, False),
        ("inactive", None),
        ("", None),
        ("{}", False),
        ([], None),
        (False, None),
        (None, None),
    ],
)
def test_channel_settings_of_any_shape_block_unless_they_clearly_do_not(
    settings: object, email: bool | None
) -> None:
    assert is_blocked({"dndSettings": settings}, "email") is email


@pytest.mark.parametrize(
    "given_fields",
    [
        {"cfConsent": "yes", "cfTrack": "lead"},
        {"cfConsent": {"value": "yes"}, "cfTrack": {"fieldValue": "lead"}},
        {"sms_consent": "yes", "contact.rekindle_track": "lead"},
        [{"id": "cfConsent", "value": "yes"}, None, "x", {"id": "cfTrack", "value": ["lead"]}],
        [
            {"key": "contact.sms_consent", "value": "yes"},
            {"key": "rekindle_track", "value": "lead"},
        ],
    ],
)
def test_custom_fields_as_an_object_are_read_like_a_list(given_fields: object) -> None:
    row = contact(customFields=given_fields, dndSettings={})
    assert row["sms_consent"] is True
    assert row["known"] == '{"rekindle_track":"lead"}'


@pytest.mark.parametrize(
    ("said", "bounced"),
    [
        (None, None),
        ("", None),
        (True, False),
        ("true", False),
        ("valid", False),
        (False, True),
        ("false", True),
        ("invalid", True),
        ("unknown", True),
        ([], True),
        ({"a": 1}, True),
    ],
)
def test_an_address_that_is_not_clearly_valid_is_not_written_to(
    said: object, bounced: bool | None
) -> None:
    assert contact(validEmail=said)["email_bounced"] is bounced


def test_tags_as_one_text_are_tags() -> None:
    assert contact(tags="vip, Customer")["lifecycle"] == "customer"
    assert contact(tags={"a": 1})["lifecycle"] is None


@pytest.mark.parametrize(("said", "gone"), [("false", False), (False, False), ("true", True)])
def test_deleted_as_text(said: object, gone: bool) -> None:
    assert contact(deleted=said)["archived"] is gone


def test_a_test_payment_is_none_also_in_words() -> None:
    payment = {"_id": "t1", "contactId": "c1", "amount": "12.50", "status": "succeeded"}
    assert sales.transaction({**payment, "liveMode": "false"}) is None
    row = sales.transaction({**payment, "liveMode": "true"})
    assert row is not None
    assert row["amount_minor"] == 1250


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def records(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), ANYTHING)


@given(
    records(
        *("id", "dnd", "dndSettings", "customFields", "tags", "createdBy", "deleted", "validEmail"),
        *("dateAdded", "dateUpdated", "lastActivity", "email", "type", "firstName"),
    )
)
def test_no_contact_fails_whatever_its_shape(record: dict[str, Any]) -> None:
    row = parse.contact(record, KEYS, every_field=True)
    assert isinstance(row["fields"], str)
    assert isinstance(parse.has_news(record), bool)


@given(
    records(
        *("id", "_id", "contactId", "contact", "dateAdded", "startTime", "messageType", "status"),
        *("direction", "meta", "source", "deleted", "monetaryValue", "amount", "amountRefunded"),
        *("liveMode", "createdAt", "updatedAt", "lostReasonId", "lastStatusChangeAt"),
    )
)
def test_nothing_that_happened_fails_whatever_its_shape(record: dict[str, Any]) -> None:
    parse.appointment(record)
    parse.message({"messageType": "TYPE_CALL", **record})
    sales.opportunity(record, {"x": "Price"})
    sales.transaction(record)
    sales.refund(record)


@given(ANYTHING)
def test_no_answer_fails_whatever_its_shape(answer: object) -> None:
    assert all(isinstance(r, dict) for r in records_of({"x": answer}, "x"))
    assert isinstance(count({"x": answer}, "x"), int)
    assert all(isinstance(t, str) for t in texts(answer))
