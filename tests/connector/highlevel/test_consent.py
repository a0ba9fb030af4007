"""Every way in which a HighLevel contact says that it is not to be contacted, and what it closes."""

from typing import Any

import pytest

from connector.highlevel import parse
from connector.highlevel.consent import KEYS

CUSTOM = {f"cf_{key}": key for keys in KEYS.values() for key in keys}


def contact(**more: Any) -> Any:
    custom = [{"id": f"cf_{k}", "value": v} for k, v in more.pop("custom", {}).items()]
    record = {"id": "c1", "dnd": False, "dndSettings": {}, "customFields": custom, **more}
    return parse.contact(record, CUSTOM)


def settings(**channels: str) -> dict[str, Any]:
    return {"dndSettings": {name: {"status": status} for name, status in channels.items()}}


# (record, column, what it says there); platforms/highlevel.md, sections 3.1, 3.3, 3.8 and "Corrections".
SAID: list[tuple[dict[str, Any], str, bool | None]] = [
    ({"dnd": True}, "do_not_contact", True),
    ({"dnd": True}, "email_opt_out", True),
    ({"dnd": True}, "sms_opt_out", True),
    ({"dnd": True}, "call_opt_out", True),
    (settings(Email="active"), "email_opt_out", True),
    (settings(Email="permanent"), "email_opt_out", True),
    (settings(Email="active"), "sms_opt_out", False),
    (settings(Email="active"), "do_not_contact", False),
    (settings(SMS="active"), "sms_opt_out", True),
    (settings(sms="permanent"), "sms_opt_out", True),
    (settings(SMS="active"), "email_opt_out", False),
    (settings(Call="active"), "call_opt_out", True),
    (settings(Call="active"), "sms_opt_out", False),
    (settings(WhatsApp="active", GMB="active", FB="active"), "do_not_contact", False),
    ({"inboundDndSettings": {"all": {"status": "active"}}}, "do_not_contact", True),
    ({"inboundDndSettings": {"all": {"status": "inactive"}}}, "do_not_contact", False),
    ({"tags": ["vip", "DNC"]}, "do_not_contact", True),
    ({"tags": ["do not contact"]}, "do_not_contact", True),
    ({"tags": ["deceased"]}, "do_not_contact", True),
    ({"tags": ["opted out"]}, "do_not_contact", True),
    ({"tags": ["wrong number"]}, "sms_opt_out", True),
    ({"tags": ["wrong number"]}, "call_opt_out", True),
    ({"tags": ["Landline"]}, "sms_opt_out", True),
    ({"tags": ["no email"]}, "email_opt_out", True),
    ({"tags": ["bounced"]}, "email_bounced", True),
    ({"tags": "vip, dnc"}, "do_not_contact", True),
    ({"tags": ["new reactivation lead"]}, "do_not_contact", False),
    ({"validEmail": False}, "email_bounced", True),
    ({"validEmail": True}, "email_bounced", False),
    ({"custom": {"sms_consent": "No"}}, "sms_consent", False),
    ({"custom": {"sms_opt_in": "Ja"}}, "sms_consent", True),
    ({"custom": {"email_consent": "no"}}, "email_consent", False),
    ({"custom": {"do_not_contact": "Yes"}}, "do_not_contact", True),
    ({"custom": {"do_not_contact": "No"}}, "do_not_contact", False),
    ({"custom": {"do_not_text": "true"}}, "sms_opt_out", True),
    ({"custom": {"do_not_call": "x"}}, "call_opt_out", True),
    ({"custom": {"contact_status": "Verstorben"}}, "do_not_contact", True),
    ({"custom": {"lead_status": "Unqualified"}}, "disqualified", True),
    ({"tags": ["nicht qualifiziert"]}, "disqualified", True),
    ({"tags": ["No calificado"]}, "disqualified", True),
    ({"tags": ["sales qualified"]}, "disqualified", False),
]


@pytest.mark.parametrize(("record", "column", "said"), SAID)
def test_each_way_of_saying_so_is_read_d1_d3_d5(
    record: dict[str, Any], column: str, *, said: bool | None
) -> None:
    assert contact(**record)[column] is said


def test_what_an_answer_leaves_out_is_not_told() -> None:
    """A search has neither channel's settings: what was known of them before stands."""
    row = contact(dndSettings=None)
    untold = ("do_not_contact", "email_opt_out", "sms_opt_out", "call_opt_out", "email_bounced")
    assert {row[name] for name in untold} == {None}
    assert contact(dndSettings=None, tags=["dnc"])["do_not_contact"] is True


SENT: dict[str, Any] = {
    "id": "m1",
    "contactId": "c1",
    "dateAdded": "2026-01-02T03:04:05Z",
    "messageType": "TYPE_EMAIL",
    "direction": "outbound",
    "source": "workflow",
}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("opt_out", "opted_out"),
        ("unsubscribed", "opted_out"),
        ("Opt_Out", "opted_out"),
        ("complained", "complained"),
        ("spam", "complained"),
    ],
)
def test_a_reader_who_wants_no_more_is_told_by_the_messages_status_d1_d5(
    status: str, outcome: str
) -> None:
    (row,) = parse.message({**SENT, "status": status})
    assert (row["direction"], row["outcome"]) == ("out", outcome)


def test_a_workflows_email_that_came_back_came_back_d5() -> None:
    sent = {**SENT, "messageType": "TYPE_EMAIL", "source": "workflow", "status": "failed"}
    (row,) = parse.message(sent)
    assert row["outcome"] == "bounced"
    (row,) = parse.message({**SENT, "status": "delivered"})
    assert row["outcome"] == "automated"


@pytest.mark.parametrize(
    ("body", "kind", "wish"),
    [
        ("STOP", "TYPE_SMS", "opted_out"),
        ("Leave me alone", "TYPE_EMAIL", "left_alone"),
        ("START", "TYPE_SMS", "opted_in"),
        ("See you on Tuesday", "TYPE_SMS", "positive"),
    ],
)
def test_what_they_write_is_heard_where_texts_are_read_d2(
    body: str, kind: str, wish: str | None
) -> None:
    said = {**SENT, "direction": "inbound", "source": "app", "messageType": kind, "body": body}
    (row,) = parse.message(said, lambda _text, _ids: None)
    assert row["outcome"] == wish
    (row,) = parse.message(said)
    assert row["outcome"] is None
    (row,) = parse.message({**said, "direction": "outbound"}, lambda _text, _ids: None)
    assert row["outcome"] is None, "what the business wrote is no wish of theirs"


@pytest.mark.parametrize(
    ("fed", "value", "column", "said"),
    [
        ("email_kind_opt_out", "yes", "email_consent", False),
        ("email_kind_opt_out", "no", "email_consent", None),
        ("marketing_status", "Non-marketing contact", "marketable", False),
        ("marketing_status", "Marketing contact", "marketable", True),
        ("email_bounced", "mailbox gone", "email_bounced", True),
        ("do_not_contact", "Ja", "do_not_contact", True),
        ("call_opt_out", "x", "call_opt_out", True),
    ],
)
def test_what_an_admin_maps_is_read_as_well_s31(
    fed: str, value: str, column: str, *, said: bool | None
) -> None:
    custom = [{"id": "cf1", "value": value}]
    record = {"id": "c1", "dnd": False, "dndSettings": {}, "customFields": custom}
    row = parse.contact(record, {"cf1": "own_field"}, sources={fed: ("contact.own_field",)})
    assert row[column] is said  # type: ignore[literal-required]
