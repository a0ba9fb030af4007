"""HubSpot's records into rows: every word of theirs in ours, and nothing bad gets the page to fail."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.hubspot import deals, parse
from connector.hubspot.mapping import CANDIDATES, LAST_SEEN, MOMENTS, SESSION_BEGAN, choose
from connector.port.records import Stream
from core.moments import from_millis

NAMES = [name for names in CANDIDATES.values() for name in names]
MAPPING = choose(NAMES)
AT = 1_763_800_000_123
ISO = "2025-11-22T08:26:40.123Z"


def contact(**properties: str | None) -> Any:
    return parse.contact({"id": "512", "properties": properties}, MAPPING)


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        (ISO, AT),
        ("2025-11-22T09:26:40.123+01:00", AT),
        ("2025-11-22T08:26:40.123", AT),  # a date property's moment is UTC
        (str(AT), AT),
        ("2025-11-22", 1_763_769_600_000),
        ("1970-01-01", 0),
        ("1969-12-31T23:59:59Z", -1000),
        (None, None),
        ("", None),
        ("soon", None),
        ("0", None),
        ("20251122", 1_763_769_600_000),
        ("2025-13-45", None),
        ("2025-02-30T00:00:00Z", None),
        ("²²²²²²²²²²", None),
        ("9" * 30, None),
        ("253402300800000", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("-1763800000123", None),
    ],
)
def test_moments_are_read_or_left_out(text: str | None, millis: int | None) -> None:
    assert parse.millis(text) == millis


@given(st.text() | st.datetimes().map(str) | st.integers().map(str))
def test_what_is_read_is_a_moment_that_can_be_shown(text: str) -> None:
    found = parse.millis(text)
    assert found is None or from_millis(found).tzinfo is not None


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.56", 123456),
        ("0.1", 10),
        ("19.99", 1999),
        ("-5", -500),
        ("1e3", 100_000),
        ("0", 0),
        ("90071992547409.93", 9007199254740993),  # a float would lose the last cent
        (None, None),
        ("", None),
        ("1,234.50", None),
        ("NaN", None),
        ("sNaN", None),
        ("Infinity", None),
        ("-inf", None),
        ("1e30", None),
        ("1e999999999", None),
        ("€5", None),
    ],
)
def test_amounts_are_read_exactly_or_left_out(text: str | None, minor: int | None) -> None:
    assert deals.minor(text) == minor


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("7", 7),
        ("7.9", 7),
        ("0", 0),
        (None, None),
        ("", None),
        ("many", None),
        ("nan", None),
        ("inf", None),
        ("-Infinity", None),
        ("1e400", None),
        ("1e30", None),
    ],
)
def test_counts_are_read_or_left_out(text: str | None, whole: int | None) -> None:
    assert parse.whole(text) == whole


@given(st.text(max_size=12) | st.floats().map(str) | st.decimals().map(str))
def test_no_number_makes_a_page_fail_and_all_fit_the_database(text: str) -> None:
    for found in (deals.minor(text), parse.whole(text)):
        assert found is None or abs(found) < 2**63


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("false", False), ("", None), (None, None), ("maybe", False)]
)
def test_flags(text: str | None, *, flag: bool | None) -> None:
    assert parse.flag(text) is flag


def test_a_full_contact_in_our_words_s1() -> None:
    row = contact(
        createdate=ISO,
        lastmodifieddate=ISO,
        firstname="Zoë",
        lastname="日本",
        email="zoe@example.com",
        mobilephone="+1 212 555 0123",
        phone="ignored",
        hs_timezone="us_slash_eastern",
        state="Maine",
        hs_analytics_source="PAID_SEARCH",
        lifecyclestage="MarketingQualifiedLead",
        hubspot_owner_id="9",
        hs_email_optout="true",
        hs_email_hard_bounce_reason_enum="UNKNOWN_USER",
        hs_email_sends_since_last_engagement="12",
        hs_sequences_is_enrolled="false",
        sms_consent="true",
        lost_reason="budget",
        inquiry_level="High",
        rekindle_track="lead",
        rekindle_playbook="",
        favourite_colour="blue",
        hs_object_id="512",
    )
    assert row == {
        "contact_id": "512",
        "created_at": AT,
        "updated_at": AT,
        "archived": False,
        "first_name": "Zoë",
        "last_name": "日本",
        "email": "zoe@example.com",
        "phone": "+1 212 555 0123",
        "timezone": "us_slash_eastern",
        "region": "Maine",
        "source": "PAID_SEARCH",
        "lifecycle": "lead",
        "owner_id": "9",
        "do_not_contact": False,
        "email_opt_out": True,
        "email_consent": None,
        "email_bounced": True,
        "marketable": None,
        "sms_consent": True,
        "sms_opt_out": False,
        "call_opt_out": False,
        "disqualified": False,
        "unengaged_sends": 12,
        "in_sequence": False,
        "reason": "budget",
        "reason_source": "lost_reason",
        "reason_at": AT,
        "inquiry": "High",
        "inquiry_source": "inquiry_level",
        "fields": '{"favourite_colour":"blue","phone":"ignored"}',
        "known": '{"rekindle_track":"lead"}',
    }


@pytest.mark.parametrize(
    "record",
    [
        {"id": 512},
        {"id": "512", "properties": None},
        {"id": "512", "properties": {}},
        {"id": "512", "properties": dict.fromkeys(NAMES)},
        {"id": "512", "properties": dict.fromkeys(NAMES, "")},
    ],
)
def test_an_empty_contact_is_a_contact_of_whom_nothing_is_known(record: dict[str, Any]) -> None:
    row = parse.contact(record, MAPPING)
    unknown = {k for k, v in row.items() if v is None}
    assert row["contact_id"] == "512"
    assert row["email_bounced"] is False
    assert {"email", "phone", "email_opt_out", "sms_consent", "unengaged_sends"} <= unknown
    assert (row["fields"], row["known"]) == ("{}", "{}")


def test_bad_dates_fall_back_to_the_records_own() -> None:
    record = {"id": "1", "createdAt": ISO, "updatedAt": ISO, "archived": True, "properties": {}}
    row = parse.contact(record, MAPPING)
    assert (row["created_at"], row["updated_at"], row["archived"]) == (AT, AT, True)
    assert contact(createdate="31/12/2025")["created_at"] is None


def test_another_order_of_properties_is_the_same_contact() -> None:
    one = contact(a="1", b="2", rekindle_x="1", rekindle_y="2")
    other = contact(rekindle_y="2", b="2", rekindle_x="1", a="1")
    assert one == other


def test_merged_ids_are_kept_among_the_fields_when_every_field_is_read() -> None:
    row = contact(hs_merged_object_ids="513;514")
    assert orjson.loads(row["fields"]) == {"hs_merged_object_ids": "513;514"}
    assert row["contact_id"] == "512"


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("lead", "lead"),
        ("salesqualifiedlead", "lead"),
        ("opportunity", "opportunity"),
        ("customer", "customer"),
        ("evangelist", "customer"),
        ("other", None),
        ("987654", None),  # a stage of the customer's own
        ("", None),
    ],
)
def test_stages_in_three_words_s2(stage: str, word: str | None) -> None:
    assert contact(lifecyclestage=stage)["lifecycle"] == word


def test_what_a_contact_did_is_told_by_its_own_properties_s10() -> None:
    names = (*MOMENTS, SESSION_BEGAN, LAST_SEEN)
    record = {"id": "512", "properties": {**dict.fromkeys(names, "soon"), "noise": ISO}}
    assert parse.moments(record) == []
    record["properties"] = {**dict.fromkeys(names, ISO), "noise": ISO}
    rows = parse.moments(record)
    assert {r["kind"] for r in rows} == {"form", "visit", "click", "email", "open"}
    assert len({r["activity_id"] for r in rows}) == len(rows) == 5
    assert all(r["direction"] == "in" and r["occurred_at"] == AT for r in rows)
    assert parse.moments({"id": "512"}) == []


def test_a_later_visit_is_a_further_one() -> None:
    def ids(at: str) -> set[str]:
        record = {"id": "1", "properties": {"hs_analytics_last_visit_timestamp": at}}
        return {r["activity_id"] for r in parse.moments(record)}

    assert not ids(ISO) & ids("2025-11-23")


@pytest.mark.parametrize(
    ("began", "seen", "told_at", "is_one"),
    [
        ("2025-11-22T08:00:00Z", "2025-11-22T08:40:00Z", "2025-11-22T08:40:00Z", True),
        ("2025-11-22T08:00:00Z", None, "2025-11-22T08:00:00Z", True),
        (None, "2025-11-22T08:40:00Z", "2025-11-22T08:40:00Z", False),
        # The account keeps the moment of the last page alone, since a year ago.
        ("2024-11-22T08:00:00Z", "2025-11-22T08:40:00Z", "2025-11-22T08:40:00Z", False),
        ("2025-11-22T08:40:00Z", "2025-11-22T08:00:00Z", "2025-11-22T08:40:00Z", True),
    ],
)
def test_the_pages_of_one_session_are_one_visit(
    began: str | None, seen: str | None, told_at: str, is_one: bool
) -> None:
    said = {SESSION_BEGAN: began, LAST_SEEN: seen}
    (visit,) = parse.moments({"id": "1", "properties": {k: v for k, v in said.items() if v}})
    assert visit["kind"] == "visit"
    assert visit["occurred_at"] == parse.millis(told_at)
    assert visit["activity_id"] == f"visit:1:{parse.millis(began if is_one else told_at)}"


@pytest.mark.parametrize(
    ("stream", "properties", "expected"),
    [
        (Stream.MEETINGS, {"hs_timestamp": ISO, "hs_meeting_outcome": "COMPLETED"},
         ("meeting", None, "completed")),
        (Stream.MEETINGS, {"hs_meeting_start_time": ISO, "hs_timestamp": "2020-01-01",
                           "hs_meeting_outcome": "no_show"}, ("meeting", None, "no_show")),
        (Stream.MEETINGS, {"hs_timestamp": ISO, "hs_meeting_outcome": "OWN"},
         ("meeting", None, None)),
        (Stream.CALLS, {"hs_timestamp": ISO, "hs_call_direction": "INBOUND",
                        "hs_call_status": "COMPLETED"}, ("call", "in", "answered")),
        (Stream.CALLS, {"hs_timestamp": ISO, "hs_call_duration": "1000"},
         ("call", "out", "answered")),
        (Stream.CALLS, {"hs_timestamp": ISO, "hs_call_duration": "inf"},
         ("call", "out", "no_answer")),
        (Stream.CALLS, {"hs_timestamp": ISO, "hs_call_status": "NO_ANSWER",
                        "hs_call_duration": "9000"}, ("call", "out", "no_answer")),
        (Stream.EMAILS, {"hs_timestamp": ISO, "hs_email_direction": "INCOMING_EMAIL"},
         ("email", "in", None)),
        (Stream.EMAILS, {"hs_timestamp": ISO, "hs_email_direction": "EMAIL",
                         "hs_email_status": "BOUNCED"}, ("email", "out", "bounced")),
        (Stream.EMAILS, {"hs_timestamp": ISO, "hs_email_direction": "FORWARDED_EMAIL"},
         ("email", "out", None)),
        (Stream.MESSAGES, {"hs_timestamp": ISO, "hs_communication_direction": "INBOUND"},
         ("sms", "in", None)),
        (Stream.MESSAGES, {"hs_timestamp": ISO}, ("sms", "out", None)),
        (Stream.TICKETS, {"createdate": ISO, "hs_is_closed": "true"}, ("ticket", "in", "closed")),
        (Stream.TICKETS, {"createdate": ISO, "hs_pipeline_stage": "4"},
         ("ticket", "in", "closed")),
        (Stream.TICKETS, {"createdate": ISO, "hs_is_closed": "false"}, ("ticket", "in", "open")),
    ],
)  # fmt: skip
def test_activities_in_our_words_s1(
    stream: Stream, properties: dict[str, str], expected: tuple[str, str | None, str | None]
) -> None:
    (row,) = parse.activities(stream, {"id": 9, "properties": properties}, ["512"])
    assert (row["kind"], row["direction"], row["outcome"]) == expected
    assert (row["occurred_at"], row["contact_id"]) == (AT, "512")
    assert row["activity_id"] == f"{expected[0]}:9"


@pytest.mark.parametrize("stream", list(parse.ACTIVITY_PROPERTIES))
@pytest.mark.parametrize("properties", [None, {}, {"hs_timestamp": "soon", "createdate": None}])
def test_an_activity_without_a_time_is_left_out(stream: Stream, properties: object) -> None:
    assert parse.activities(stream, {"id": "9", "properties": properties}, ["512"]) == []


def test_an_activity_with_several_people_is_each_ones() -> None:
    record = {"id": "9", "properties": {"hs_timestamp": ISO}}
    rows = parse.activities(Stream.MEETINGS, record, ["1", "2"])
    assert [r["contact_id"] for r in rows] == ["1", "2"]
    assert parse.activities(Stream.MEETINGS, record, []) == []


@pytest.mark.parametrize(
    ("properties", "closed", "won"),
    [
        ({"dealstage": "closedwon"}, True, True),
        ({"dealstage": "closedlost"}, True, False),
        ({"dealstage": "presentation"}, False, False),
        ({"dealstage": "4711", "hs_is_closed": "true", "hs_is_closed_won": "true"}, True, True),
        ({"dealstage": "4711", "hs_is_closed": "true", "hs_is_closed_won": "false"}, True, False),
        ({"dealstage": "closedwon", "hs_is_closed_won": "false"}, False, False),
        ({"hs_is_closed_won": "true"}, True, True),
        ({}, False, False),
    ],
)
def test_deals_are_open_won_or_lost_in_any_pipeline_s2(
    properties: dict[str, str], *, closed: bool, won: bool
) -> None:
    (row,) = deals.read({"id": 7, "createdAt": ISO, "properties": properties}, ["512"])
    assert (row["is_closed"], row["is_won"]) == (closed, won)
    assert (row["deal_id"], row["contact_id"], row["created_at"]) == ("7", "512", AT)


def test_a_deal_with_bad_values_is_still_a_deal() -> None:
    record = {"id": "7", "properties": {"amount": "much", "closedate": "soon", "createdate": "?"}}
    (row,) = deals.read(record, ["512"])
    assert (row["amount_minor"], row["closed_at"], row["created_at"]) == (None, None, None)
    assert deals.read({"id": "7"}, []) == []
