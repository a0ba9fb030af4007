"""HighLevel's records in the mirror's rows (S27)."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.highlevel import parse, sales
from connector.highlevel.values import flag, millis, minor, text
from connector.port.records import ContactRow

DATA = Path(__file__).parents[2] / "data" / "highlevel"
CONTACT: dict[str, Any] = orjson.loads((DATA / "contact.json").read_bytes())["contact"]
MESSAGES: dict[str, dict[str, Any]] = orjson.loads((DATA / "messages.json").read_bytes())
KEYS = {
    "cfTrack": "rekindle_track",
    "cfScore": "rekindle_dormancy_score",
    "cfValue": "rekindle_expected_value",
    "cfConsent": "sms_consent",
    "cfReason": "lost_reason",
    "cfPet": "pets",
    "cfEmpty": "rekindle_status",
}
AT = 1_763_651_045_000  # 2025-11-20T15:04:05Z


def contact(**more: Any) -> ContactRow:
    return parse.contact({**CONTACT, **more}, KEYS)


def test_a_contact_is_read_in_our_words() -> None:
    row = contact(validEmail=True)
    assert row["contact_id"] == "cDemo01"
    assert row["created_at"] == millis("2024-03-01T10:00:00Z")
    assert row["updated_at"] == millis("2026-11-20T15:00:00Z")
    assert (row["first_name"], row["last_name"]) == ("Ada", "Demo")
    assert (row["email"], row["phone"]) == ("ada@example.test", "+15555550100")
    assert (row["timezone"], row["region"]) == ("America/Chicago", "TX")
    assert (row["source"], row["owner_id"]) == ("facebook form", "usrDemo01")
    assert row["lifecycle"] == "customer"
    assert row["email_opt_out"] is True
    assert row["email_bounced"] is False
    assert row["sms_consent"] is True
    assert (row["reason"], row["reason_source"]) == ("too expensive", "contact.lost_reason")
    assert not row["archived"]
    assert row["fields"] == "{}"


def test_our_own_values_are_known_as_texts() -> None:
    assert orjson.loads(contact()["known"]) == {
        "rekindle_track": "lead",
        "rekindle_dormancy_score": "72",
        "rekindle_expected_value": "61.5",
    }


def test_a_tax_number_never_leaves_the_door() -> None:
    row = parse.contact(CONTACT, KEYS, every_field=True)
    assert "000-00-0000" not in str(row)
    fields = orjson.loads(row["fields"])
    assert fields["pets"] == "cat, dog"
    assert not [name for name in fields if name.startswith("rekindle_")]


@pytest.mark.parametrize(
    ("more", "opted_out", "consent"),
    [
        ({"dnd": True, "dndSettings": {}}, True, False),
        ({"dnd": True}, True, False),
        ({"dndSettings": {"Email": {"status": "permanent"}}}, True, True),
        ({"dndSettings": {"email": {"status": "active"}}}, True, True),
        ({"dndSettings": {"Email": {"status": "inactive"}}}, False, True),
        ({"dndSettings": {"SMS": {"status": "active"}}}, False, False),
        ({"dndSettings": {"sms": {"status": "permanent"}}}, False, False),
        ({"dndSettings": {}}, False, True),
        ({"dndSettings": {"Email": None}}, False, True),
        ({"dndSettings": None}, None, True),
        ({"dndSettings": {}, "customFields": []}, False, None),
        ({"dndSettings": {}, "customFields": [{"id": "cfConsent", "value": "no"}]}, False, False),
        ({"dndSettings": {}, "customFields": [{"id": "cfConsent", "value": "?"}]}, False, None),
        ({"dnd": True, "customFields": [{"id": "cfConsent", "value": "yes"}]}, True, False),
    ],
)
def test_do_not_disturb_is_active_when_it_blocks_s27(
    more: dict[str, Any], opted_out: bool | None, consent: bool | None
) -> None:
    row = contact(**more)
    assert row["email_opt_out"] is opted_out
    assert row["sms_consent"] is consent


CONSENTS = {
    "c1": "sms_consent",
    "c2": "sms_opt_in",
    "c3": "lost_reason",
    "c4": "closed_lost_reason",
}


def custom(**values: object) -> Any:
    entries = [{"id": key, "value": value} for key, value in values.items()]
    return parse.contact({"id": "1", "dndSettings": {}, "customFields": entries}, CONSENTS)


def test_a_field_is_read_from_the_first_key_with_a_value_s31() -> None:
    row = custom(c3="", c4="Price")
    assert (row["reason"], row["reason_source"]) == ("Price", "contact.closed_lost_reason")
    row = custom(c3="Moved", c4="Price")
    assert (row["reason"], row["reason_source"]) == ("Moved", "contact.lost_reason")
    assert custom(c1="", c2="yes")["sms_consent"] is True
    assert custom(c1="?", c2="yes")["sms_consent"] is True


def test_d3_a_no_to_texts_in_any_field_outweighs_a_yes() -> None:
    assert custom(c1="yes", c2="no")["sms_consent"] is False
    assert custom(c1="no", c2="yes")["sms_consent"] is False


def test_an_empty_value_under_one_name_does_not_hide_that_under_another() -> None:
    entry = {"id": "c3", "value": None, "fieldValue": "Price"}
    row = parse.contact({"id": "1", "customFields": [entry]}, CONSENTS)
    assert row["reason"] == "Price"


def test_c7_a_field_without_times_is_not_even_read() -> None:
    row = parse.contact(
        {"id": "1", "customFields": [{"id": "q", "value": "High"}]}, {"q": "inquiry_level"}
    )
    assert (row["inquiry"], row["inquiry_source"]) == (None, None)


@pytest.mark.parametrize(
    ("valid", "bounced"), [(True, False), (False, True), ("false", True), (None, None)]
)
def test_an_invalid_address_has_bounced(valid: object, bounced: bool | None) -> None:
    assert contact(validEmail=valid)["email_bounced"] is bounced


@pytest.mark.parametrize(
    ("more", "lifecycle"),
    [
        ({"tags": []}, "lead"),
        ({"tags": ["CUSTOMER "]}, "customer"),
        ({"tags": [], "type": "customer"}, "customer"),
        ({"tags": ["customer service"]}, "lead"),
        ({"tags": None, "type": None}, None),
    ],
)
def test_customers_are_told_by_tag_or_type(more: dict[str, Any], lifecycle: str | None) -> None:
    assert contact(**more)["lifecycle"] == lifecycle


def test_an_imported_contact_says_so() -> None:
    assert contact(createdBy={"source": "CSV_IMPORT"})["source"] == "import"
    assert contact(source=None, createdBy=None)["source"] is None


def test_a_contact_of_an_id_alone_is_a_contact() -> None:
    row = parse.contact({"id": "c1"}, {})
    assert row["contact_id"] == "c1"
    assert row["email_opt_out"] is None
    assert row["known"] == "{}"


@pytest.mark.parametrize(
    ("active", "updated", "news"),
    [
        ("2026-11-20T15:00:00Z", "2026-11-20T15:00:00Z", True),
        ("2026-11-20T10:00:00Z", "2026-11-21T09:00:00Z", True),
        ("2026-11-01T10:00:00Z", "2026-11-21T09:00:00Z", False),
        (None, "2026-11-21T09:00:00Z", True),
        ("2026-11-01T10:00:00Z", None, True),
    ],
)
def test_only_what_moved_lately_is_looked_into(
    active: str | None, updated: str | None, *, news: bool
) -> None:
    assert parse.has_news({"lastActivity": active, "dateUpdated": updated}) is news


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sms_in", [("sms:m1", "sms", "in", None)]),
        ("sms_out_by_campaign", [("sms:m2", "sms", "out", "automated")]),
        (
            "email_out_clicked",
            [("email:m3", "email", "out", "automated"), ("click:m3", "click", "in", None)],
        ),
        (
            "email_out_opened",
            [("email:m4", "email", "out", None), ("open:m4", "open", "in", None)],
        ),
        ("email_out_failed", [("email:m5", "email", "out", "bounced")]),
        ("email_in", [("email:m6", "email", "in", None)]),
        ("call_answered", [("call:m7", "call", "out", "answered")]),
        ("call_missed", [("call:m8", "call", "out", "no_answer")]),
        ("voicemail", [("call:m9", "call", "out", "no_answer")]),
        ("form", [("form:m10", "form", "in", None)]),
        ("chat", [("other:m11", "other", "in", None)]),
        ("short_type", [("sms:m12", "sms", "in", None)]),
        ("activity_row", []),
        ("internal_note", []),
        ("without_contact", []),
        ("without_time", []),
        ("of_a_new_kind", []),
    ],
)
def test_messages_are_activities_without_their_text(
    name: str, said: list[tuple[str, str, str, str | None]]
) -> None:
    rows = parse.message(MESSAGES[name])
    assert [(r["activity_id"], r["kind"], r["direction"], r["outcome"]) for r in rows] == said
    assert "hi" not in str(rows)


def test_a_click_is_as_late_as_the_messages_last_change() -> None:
    sent, clicked = parse.message(MESSAGES["email_out_clicked"])
    assert sent["occurred_at"] == millis("2026-11-18T09:00:00Z")
    assert clicked["occurred_at"] == millis("2026-11-20T15:04:05Z")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("new", "scheduled"),
        ("confirmed", None),
        ("booked", None),
        ("showed", "completed"),
        ("completed", "completed"),
        ("noshow", "no_show"),
        ("cancelled", "cancelled"),
        ("invalid", "cancelled"),
        ("something", None),
    ],
)
def test_an_appointment_has_an_outcome_where_somebody_marked_it(
    status: str, outcome: str | None
) -> None:
    record = {"id": "a1", "contactId": "c1", "appointmentStatus": status}
    row = parse.appointment({**record, "startTime": "2026-11-20T10:00:00-06:00"})
    assert row is not None
    assert row["outcome"] == outcome
    assert row["occurred_at"] == millis("2026-11-20T16:00:00Z")


def test_naive_times_are_the_accounts_own() -> None:
    record = {"id": "a1", "contactId": "c1", "startTime": "2026-11-20 10:00:00"}
    row = parse.appointment(record, ZoneInfo("America/Chicago"))
    assert row is not None
    assert row["occurred_at"] == millis("2026-11-20T16:00:00Z")


@pytest.mark.parametrize(
    "more", [{"contactId": None}, {"startTime": "soon"}, {"startTime": None}, {"deleted": True}]
)
def test_an_appointment_of_nobody_or_never_is_none(more: dict[str, Any]) -> None:
    record = {"id": "a1", "contactId": "c1", "startTime": "2026-11-20T10:00:00Z"}
    assert parse.appointment({**record, **more}) is None


@pytest.mark.parametrize(
    ("status", "closed", "won"),
    [
        ("open", False, False),
        ("won", True, True),
        ("lost", True, False),
        ("abandoned", True, False),
        ("else", False, False),
    ],
)
def test_opportunities_are_deals(status: str, *, closed: bool, won: bool) -> None:
    row = sales.opportunity(
        {
            "id": "o1",
            "contactId": "c1",
            "status": status,
            "monetaryValue": 1234.5,
            "lastStatusChangeAt": "2026-11-20T15:04:05.000Z",
            "createdAt": "2026-11-01T00:00:00.000Z",
        }
    )
    assert row is not None
    assert (row["is_closed"], row["is_won"], row["amount_minor"]) == (closed, won, 123_450)
    assert (row["closed_at"] is not None) is closed
    assert sales.opportunity({"id": "o1", "status": status}) is None


@pytest.mark.parametrize(
    ("more", "net", "won"),
    [
        ({}, 15_010, True),
        ({"amountRefunded": 50}, 10_010, True),
        ({"amountRefunded": 150.1}, 0, False),
        ({"status": "refunded", "amountRefunded": 150.1}, 0, False),
        ({"status": "failed"}, 15_010, False),
        ({"status": "partially_refunded", "amountRefunded": "0.1"}, 15_000, True),
        ({"amount": None}, None, False),
    ],
)
def test_payments_are_sales_less_what_was_refunded(
    more: dict[str, Any], net: int | None, *, won: bool
) -> None:
    record = {
        "_id": "t1",
        "contactId": "c1",
        "amount": 150.1,
        "status": "succeeded",
        "liveMode": True,
        "createdAt": "2026-11-20T15:04:05.000Z",
        "fulfilledAt": "2026-11-20T15:05:00.000Z",
        **more,
    }
    row = sales.transaction(record)
    assert row is not None
    assert (row["deal_id"], row["amount_minor"], row["is_won"]) == ("txn:t1", net, won)
    assert row["is_closed"]
    assert row["closed_at"] == millis("2026-11-20T15:05:00Z")


def test_payments_in_test_mode_are_none() -> None:
    assert sales.transaction({"_id": "t", "contactId": "c", "amount": 1, "liveMode": False}) is None
    assert sales.transaction({"_id": "t", "amount": 1, "liveMode": True}) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2025-11-20T15:04:05.000Z", AT),
        ("2025-11-20T09:04:05-06:00", AT),
        (AT, AT),
        (str(AT), AT),
        ("2025-11-20", 1_763_596_800_000),
        ("", None),
        (None, None),
        (True, None),
        ("soon", None),
        ("9" * 40, None),
        (float("inf"), None),
        ([], None),
    ],
)
def test_moments_in_every_spelling(value: object, found: int | None) -> None:
    assert millis(value) == found


@given(st.one_of(st.text(), st.floats(), st.integers(), st.lists(st.text()), st.none()))
def test_no_value_breaks_the_reader(value: object) -> None:
    assert millis(value) is None or isinstance(millis(value), int)
    assert isinstance(text(value), str)
    assert flag(value) in {True, False, None}
    assert minor(value) is None or isinstance(minor(value), int)
