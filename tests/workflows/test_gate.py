"""May we contact this person? The rules D1-D8, one by one and against everything drawn at random."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.channels import Channel
from contact_rules.person import Person, Policy
from contact_rules.reasons import REASONS
from contact_rules.verdict import Allow, Defer, Deny, choose_channel, may_contact
from core.moments import from_millis

NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)  # a Tuesday, noon in New York
POLICY = Policy(tenant_zone="America/New_York")
FINE = Person("1", has_email=True, has_phone=True, sms_consent=True, phone="+12125550123")

flags = st.sampled_from([None, False, True])
moments = st.integers(1_580_000_000_000, 2_050_000_000_000).map(from_millis)
people = st.builds(
    Person,
    contact_id=st.text(max_size=5),
    archived=st.booleans(),
    has_email=st.booleans(),
    has_phone=st.booleans(),
    do_not_contact=flags,
    email_opt_out=flags,
    email_consent=flags,
    email_bounced=flags,
    marketable=flags,
    sms_consent=flags,
    sms_opt_out=flags,
    call_opt_out=flags,
    unengaged_sends=st.none() | st.integers(-1, 40),
    ever_engaged=st.booleans(),
    in_sequence=flags,
    open_deal=st.booleans(),
    open_ticket=st.booleans(),
    next_meeting_at=st.none() | moments,
    last_human_at=st.none() | moments,
    last_staff_at=st.none() | moments,
    last_started_at=st.none() | moments,
    reason=st.sampled_from([None, *REASONS]),
    timezone=st.sampled_from([None, "", "us_slash_eastern", "Asia/Tokyo"]) | st.text(max_size=9),
    region=st.sampled_from([None, "", "KY", "Rhode Island", "CA"]) | st.text(max_size=9),
    phone=st.sampled_from([None, "", "+919812345678", "212-555-0123", "+61412345678"])
    | st.text(max_size=12),
)
# Well in themselves, so that what is tested is not drowned by other denials.
well = st.builds(
    Person,
    contact_id=st.just("1"),
    has_email=st.just(True),
    has_phone=st.booleans(),
    sms_consent=flags,
    ever_engaged=st.booleans(),
    timezone=st.sampled_from([None, "US/Eastern", "Asia/Tokyo", "Europe/Berlin"]),
    region=st.sampled_from([None, "KY", "Maine"]),
)
channels = st.sampled_from(Channel)
# One more thing that speaks against contacting somebody.
AGAINST = {
    "archived": True,
    "has_email": False,
    "has_phone": False,
    "do_not_contact": True,
    "email_opt_out": True,
    "email_consent": False,
    "email_bounced": True,
    "marketable": False,
    "sms_consent": False,
    "sms_opt_out": True,
    "call_opt_out": True,
    "unengaged_sends": 50,
    "in_sequence": True,
    "open_deal": True,
    "open_ticket": True,
    "reason": "service_issue",
    "on_list": True,
    "is_staff": True,
    "is_competitor": True,
    "disqualified": True,
    "complained": True,
    "same_as_another": True,
    "in_workflow": True,
    "soft_bounced_at": NOON,
    "rounds_unanswered": 5,
    "country": "DE",
}


@given(person=people, channel=channels, at=moments)
def test_there_is_a_verdict_about_anybody_at_any_time(
    person: Person, channel: Channel, at: datetime
) -> None:
    verdict = may_contact(person, channel, at, POLICY)
    match verdict:
        case Allow(chosen):
            assert chosen is channel
        case Defer(until, rule, reason):
            assert until > at
            assert (rule, bool(reason)) == ("D4", True)
        case Deny(rule, reason):
            assert rule in {"D1", "D3", "D4", "D5", "D6", "D7", "D8"}
            assert reason
    assert may_contact(person, channel, at, POLICY) == verdict


@given(person=people, channel=channels, at=moments)
def test_an_opted_out_person_is_never_allowed_d1(
    person: Person, channel: Channel, at: datetime
) -> None:
    out = replace(person, email_opt_out=True)
    assert isinstance(may_contact(out, channel, at, POLICY), Deny)
    assert isinstance(choose_channel(out, at, POLICY), Deny)


@given(person=well, channel=channels, at=moments)
def test_opting_out_is_enough_by_itself_d1(person: Person, channel: Channel, at: datetime) -> None:
    out = replace(person, email_opt_out=True)
    assert isinstance(may_contact(out, channel, at, POLICY), Deny)


@given(person=people, at=moments)
def test_nobody_is_texted_without_consent_d3(person: Person, at: datetime) -> None:
    for consent in (None, False):
        verdict = choose_channel(replace(person, sms_consent=consent), at, POLICY)
        assert verdict != Allow(Channel.SMS)


@given(
    person=people | well, channel=channels, at=moments, more=st.sets(st.sampled_from(list(AGAINST)))
)
def test_a_denied_person_stays_denied_when_more_is_held_against_them(
    person: Person, channel: Channel, at: datetime, more: set[str]
) -> None:
    worse = replace(person, **{name: AGAINST[name] for name in more})  # type: ignore[arg-type]
    if isinstance(may_contact(person, channel, at, POLICY), Deny):
        assert isinstance(may_contact(worse, channel, at, POLICY), Deny)
    if isinstance(choose_channel(person, at, POLICY), Deny):
        assert isinstance(choose_channel(worse, at, POLICY), Deny)


@given(person=well, at=moments)
def test_a_deferred_person_is_allowed_when_asked_again_d4(person: Person, at: datetime) -> None:
    verdict = may_contact(person, Channel.EMAIL, at, POLICY)
    if isinstance(verdict, Defer):
        assert may_contact(person, Channel.EMAIL, verdict.until, POLICY) == Allow(Channel.EMAIL)


def test_against_has_only_fields_of_a_person() -> None:
    assert AGAINST.keys() <= {f.name for f in fields(Person)}


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (replace(FINE, archived=True), "D8"),
        (replace(FINE, open_deal=True), "D8"),
        (replace(FINE, open_ticket=True), "D8"),
        (replace(FINE, reason="service_issue"), "D8"),
        (replace(FINE, in_sequence=True), "D7"),
        (replace(FINE, next_meeting_at=NOON + timedelta(days=200)), "D8"),
        (replace(FINE, last_human_at=ago(29.9)), "D8"),
        (replace(FINE, last_staff_at=ago(89.9)), "D8"),
        (replace(FINE, last_started_at=ago(89.9)), "D7"),
        (replace(FINE, last_human_at=datetime(9999, 12, 31, tzinfo=UTC)), "D8"),
    ],
)
def test_what_forbids_every_channel(person: Person, rule: str) -> None:
    for channel in Channel:
        verdict = may_contact(person, channel, NOON, POLICY)
        assert isinstance(verdict, Deny)
        assert verdict.rule == rule
    assert isinstance(choose_channel(person, NOON, POLICY), Deny)


@pytest.mark.parametrize(
    "person",
    [
        FINE,
        replace(FINE, next_meeting_at=ago(1)),
        replace(FINE, last_human_at=ago(30)),
        replace(FINE, last_staff_at=ago(90)),
        replace(FINE, last_started_at=ago(90)),
        replace(FINE, last_human_at=datetime(1, 1, 1, tzinfo=UTC)),
        replace(FINE, unengaged_sends=10),
        replace(FINE, unengaged_sends=15, ever_engaged=True),
        replace(FINE, reason="budget_or_timing", region="", timezone="", phone=""),
        replace(FINE, email_opt_out=None, email_bounced=None, in_sequence=None),
    ],
)
def test_what_forbids_nothing_or_no_longer(person: Person) -> None:
    assert choose_channel(person, NOON, POLICY) == Allow(Channel.EMAIL)


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (replace(FINE, has_email=False), "D5"),
        (replace(FINE, email_bounced=True), "D5"),
        (replace(FINE, unengaged_sends=11), "D6"),  # the CRM skips the never engaged from 11 on
        (replace(FINE, unengaged_sends=16, ever_engaged=True), "D6"),
    ],
)
def test_what_forbids_mail_leaves_texts_d5_d6(person: Person, rule: str) -> None:
    verdict = may_contact(person, Channel.EMAIL, NOON, POLICY)
    assert isinstance(verdict, Deny)
    assert verdict.rule == rule
    assert choose_channel(person, NOON, POLICY) == Allow(Channel.SMS)
    without_consent = replace(person, sms_consent=None)
    channel = Channel.EMAIL if person.has_email else Channel.SMS
    wanted = may_contact(without_consent, channel, NOON, POLICY)
    assert choose_channel(without_consent, NOON, POLICY) == wanted  # what an admin can act on


def test_a_text_needs_a_number_d5() -> None:
    verdict = may_contact(replace(FINE, has_phone=False), Channel.SMS, NOON, POLICY)
    assert isinstance(verdict, Deny)
    assert verdict.rule == "D5"


def test_quiet_hours_are_the_persons_not_the_businesss_d4() -> None:
    person = replace(FINE, timezone="Asia/Tokyo")
    assert may_contact(person, Channel.EMAIL, NOON, POLICY) == Defer(
        datetime(2026, 11, 18, 0, tzinfo=UTC),
        "D4",
        "Outside decent hours where they live",
        Channel.EMAIL,
    )


@pytest.mark.parametrize("region", ["KY", "ky", "Kentucky"])
def test_a_states_tighter_hours_hold_however_it_is_written_d4(region: str) -> None:
    nine_thirty = datetime(2026, 11, 17, 14, 30, tzinfo=UTC)
    person = replace(FINE, region=region, timezone="America/New_York")
    assert isinstance(may_contact(person, Channel.EMAIL, nine_thirty, POLICY), Defer)


def test_address_and_number_that_disagree_hold_both_hours_d4() -> None:
    # 10:00 in New York is 7:00 in California.
    person = replace(FINE, region="CA")
    verdict = may_contact(person, Channel.EMAIL, NOON - timedelta(hours=2), POLICY)
    assert isinstance(verdict, Defer)
    assert verdict.until == NOON


def test_address_and_number_without_a_common_hour_deny_and_do_not_fail_d4() -> None:
    person = replace(FINE, region="California", phone="+919812345678")
    verdict = may_contact(person, Channel.EMAIL, datetime(2026, 7, 1, tzinfo=UTC), POLICY)
    assert isinstance(verdict, Deny)
    assert verdict.rule == "D4"
