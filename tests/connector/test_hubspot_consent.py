"""Every property in which a HubSpot account says that somebody is not to be contacted, and what it closes."""

from typing import Any

import pytest

from connector.hubspot import parse
from connector.hubspot.consent import PROPERTIES, labels_of
from connector.hubspot.mapping import choose, wanted

UNSUBSCRIBED = ("hs_email_optout_284110501", "hs_email_optout_284110503")
NAMES = [*(name for names in PROPERTIES.values() for name in names), *UNSUBSCRIBED]
MAPPING = choose(NAMES)


def contact(**properties: str | None) -> Any:
    return parse.contact({"id": "512", "properties": properties}, MAPPING)


# (property, value, column, what it says there); the property's line is in platforms/hubspot.md, sections 3 and
# "Corrections", but for those of customers' own.
SAID: list[tuple[str, str, str, bool]] = [
    ("hs_email_optout", "true", "email_opt_out", True),
    ("hs_email_optout", "false", "email_opt_out", False),
    ("hs_email_optout_284110503", "true", "email_consent", False),
    ("hs_email_optout_284110501", "true", "email_consent", False),
    ("hs_email_optout_284110501", "false", "email_consent", True),
    ("hs_emailconfirmationstatus", "PENDING", "email_consent", False),
    ("hs_emailconfirmationstatus", "NOT_CONFIRMED", "email_consent", False),
    ("hs_marketable_status", "false", "marketable", False),
    ("hs_marketable_status", "true", "marketable", True),
    ("hs_email_hard_bounce_reason_enum", "UNKNOWN_USER", "email_bounced", True),
    ("hs_email_bad_address", "true", "email_bounced", True),
    ("hs_email_bad_address", "false", "email_bounced", False),
    ("hs_email_quarantined", "true", "email_bounced", True),
    ("hs_email_quarantine_reason", "RECIPIENT_COMPLAINT", "email_bounced", True),
    ("hs_email_quarantined_reason", "ON_LIST_IMPORT", "email_bounced", True),
    ("hs_email_customer_quarantined_reason", "BLOCKLIST_REMEDIATION", "email_bounced", True),
    ("hs_email_is_ineligible", "true", "email_bounced", True),
    ("sms_consent", "false", "sms_consent", False),
    ("sms_opt_in", "No", "sms_consent", False),
    ("sms_opt_in", "Yes", "sms_consent", True),
    ("sms_opt_in", "Ja", "sms_consent", True),
    ("sms_consent", "perhaps", "sms_consent", False),
    ("sms_opt_out", "true", "sms_opt_out", True),
    ("do_not_text", "Yes", "sms_opt_out", True),
    ("do_not_call", "x", "call_opt_out", True),
    ("do_not_email", "true", "email_opt_out", True),
    ("email_opt_in", "no", "email_consent", False),
    ("do_not_contact", "true", "do_not_contact", True),
    ("do_not_contact", "No", "do_not_contact", False),
    ("deceased", "2025-01-03", "do_not_contact", True),
    ("hs_lead_status", "DO_NOT_CONTACT", "do_not_contact", True),
    ("hs_lead_status", "OPEN_DEAL", "do_not_contact", False),
    ("hs_lead_status", "Nicht kontaktieren", "do_not_contact", True),
    ("contact_status", "No SMS", "sms_opt_out", True),
    ("hs_lead_status", "UNQUALIFIED", "disqualified", True),
    ("hs_lead_status", "IN_PROGRESS", "disqualified", False),
    ("contact_status", "Non qualifié", "disqualified", True),
    ("contact_status", "Niet gekwalificeerd", "disqualified", True),
    ("contact_status", "Squalificato", "disqualified", True),
    ("contact_status", "não qualificado", "disqualified", True),
    ("contact_status", "Marketing qualified", "disqualified", False),
    ("tags", "Email opt-out", "email_opt_out", True),
]


@pytest.mark.parametrize(("name", "value", "column", "said"), SAID)
def test_each_way_of_saying_so_is_read_d1_d3_d5(
    name: str, value: str, column: str, *, said: bool
) -> None:
    assert contact(**{name: value})[column] is said
    assert name in wanted(NAMES), "it is asked for"


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_where_nothing_is_said_nothing_is_refused(empty: Any) -> None:
    row = contact(**dict.fromkeys(NAMES, empty))
    found = (row["do_not_contact"], row["sms_opt_out"], row["call_opt_out"], row["email_bounced"])
    assert found == (False, False, False, False), "staff can empty again what they filled in"
    unknown = ("email_opt_out", "email_consent", "marketable", "sms_consent")
    assert {row[name] for name in unknown} == {None}


def test_a_refusal_in_one_property_outweighs_a_yes_in_another_d3() -> None:
    assert contact(sms_consent="true", sms_opt_in="false")["sms_consent"] is False
    assert contact(hs_email_optout="false", do_not_email="true")["email_opt_out"] is True
    both = {UNSUBSCRIBED[0]: "false", UNSUBSCRIBED[1]: "true", "email_consent": "true"}
    assert contact(**both)["email_consent"] is False
    assert contact(**both | {UNSUBSCRIBED[1]: ""})["email_consent"] is True


def test_opt_outs_of_kinds_are_found_by_their_form() -> None:
    existing = [*UNSUBSCRIBED, "hs_email_optout_survey_reason", "hs_email_optout"]
    assert choose(existing)["email_kind_opt_out"] == UNSUBSCRIBED
    assert "hs_email_optout_survey_reason" not in wanted(existing)


def test_a_label_that_was_renamed_is_read_and_not_its_value_alone() -> None:
    options = [
        {"value": "UNQUALIFIED", "label": "Do not contact"},
        {"value": "DNC_2", "label": "Do not contact (cleared)"},
        {"value": "club", "label": "Text club"},
    ]
    definitions: list[dict[str, Any]] = [
        {"name": "hs_lead_status", "options": options},
        {"name": "tags"},
    ]
    labels = labels_of(definitions, MAPPING)

    def status(value: str) -> bool | None:
        record = {"id": "1", "properties": {"hs_lead_status": value}}
        return parse.contact(record, MAPPING, labels=labels)["do_not_contact"]

    assert status("UNQUALIFIED") is True
    assert status("club;UNQUALIFIED") is True
    assert status("club") is False
    assert status("DNC_2") is True, "in doubt it is"
