"""Over columns of everybody the rule book says what it says of each person alone: verdict, channel and rule."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_rules.channels import CHANNELS, Channel, join, split, usable
from contact_rules.columns import (
    PERSON_COLUMNS,
    channel_fields,
    joined_channels,
    split_channels,
    with_channels,
    with_verdicts,
)
from contact_rules.person import Person, Policy
from contact_rules.reasons import REASONS, SERVICE_ISSUE
from contact_rules.rules import ALWAYS, BY_CHANNEL, GONE, NO_HOUR, NOW, OUTSIDE_HOURS
from contact_rules.verdict import Allow, Defer, Deny, Verdict, choose_channel, may_contact

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 17, 17, tzinfo=UTC)
MAYBE = st.none() | st.booleans()
# Moments on both sides of every limit, and on it.
DAYS = (0, 1, 3, 29, 30, 31, 89, 90, 91, 180, 400, 540, 541, 1080, 1081)
MOMENTS = st.none() | st.sampled_from([AT - timedelta(days=d) for d in DAYS] + [AT + timedelta(1)])
LATELY = st.none() | st.sampled_from(
    [AT - timedelta(hours=h) for h in (0, 1, 23, 24, 25, 71, 72, 73, 167, 168, 169, 500)]
)
# Seldom so: else nobody would come to the rules that are asked last.
SELDOM = st.sampled_from([None, False, False, False, True])
PEOPLE = st.builds(
    Person,
    contact_id=st.just("1"),
    archived=MAYBE,
    has_email=MAYBE,
    has_phone=MAYBE,
    do_not_contact=MAYBE,
    email_opt_out=MAYBE,
    email_consent=MAYBE,
    email_bounced=MAYBE,
    marketable=MAYBE,
    sms_consent=MAYBE,
    sms_opt_out=MAYBE,
    call_opt_out=MAYBE,
    unengaged_sends=st.none() | st.sampled_from([0, 10, 11, 12, 15, 16, 30]),
    ever_engaged=MAYBE,
    in_sequence=MAYBE,
    open_deal=MAYBE,
    open_ticket=MAYBE,
    next_meeting_at=MOMENTS,
    last_human_at=MOMENTS,
    last_staff_at=MOMENTS,
    last_started_at=MOMENTS,
    in_round=MAYBE,
    rounds_unanswered=st.none() | st.sampled_from([0, 1, 2, 3]),
    signal=MAYBE,
    last_marketing_at=LATELY,
    third_marketing_at=LATELY,
    last_touch_at=LATELY,
    on_list=SELDOM,
    is_staff=SELDOM,
    is_competitor=SELDOM,
    disqualified=SELDOM,
    complained=SELDOM,
    same_as_another=SELDOM,
    in_workflow=SELDOM,
    soft_bounced_at=MOMENTS,
    sms_consent_at=MOMENTS,
    created_at=MOMENTS,
    last_purchase_at=MOMENTS,
    last_inquiry_at=MOMENTS,
    country=st.none() | st.sampled_from(["US", "DE", "CA"]),
    reason=st.none() | st.sampled_from([SERVICE_ISSUE, *REASONS]),
    wish=st.none() | st.just("Asked not to be contacted (text, Nov 2, 2026)"),
    circumstance=st.none() | st.just("Has died (note, Nov 2, 2026)"),
    set_aside=st.none() | st.just("Set aside by your team: not a fit"),
    timezone=st.none()
    | st.sampled_from(["America/New_York", "Asia/Tokyo", "Europe/Berlin", "Nowhere/None"]),
    region=st.none() | st.sampled_from(["NY", "Kentucky", "Hawaii", "Bavaria"]),
    phone=st.none() | st.sampled_from(["+12125550142", "+18085550142", "+4930123456", "x"]),
)
POLICIES = st.builds(
    Policy,
    tenant_zone=st.none() | st.sampled_from(["America/Chicago", "Europe/Berlin"]),
    cooldown=st.sampled_from([timedelta(days=90), timedelta(days=180)]),
    quiet_after_staff=st.sampled_from([timedelta(days=90), timedelta(days=30)]),
    quiet_after_activity=st.sampled_from([timedelta(days=30), timedelta(days=60)]),
)


def frame_of(people: Sequence[Person]) -> pl.DataFrame:
    rows = [[getattr(p, name) for name in PERSON_COLUMNS] for p in people]
    return pl.DataFrame(rows, schema=PERSON_COLUMNS, orient="row")


def said(row: dict[str, Any]) -> Verdict:
    """A row of columns as a verdict on one person."""
    if row["until"] is not None:
        return Defer(row["until"], row["rule"], row["reason_against"], Channel(row["channel"]))
    if row["rule"] is not None:
        return Deny(row["rule"], row["reason_against"], row["human_first"])
    return Allow(Channel(row["channel"]))


@settings(max_examples=150, deadline=None)
@given(
    people=st.lists(PEOPLE, min_size=1, max_size=60),
    policy=POLICIES,
    at=st.sampled_from([AT, AT + timedelta(hours=9, minutes=13), AT + timedelta(days=5)]),
)
def test_columns_and_one_person_get_the_same_verdict_d1_d3_d4_d5_d6_d7_d8(
    people: list[Person], policy: Policy, at: datetime
) -> None:
    found = with_verdicts(frame_of(people), at, policy)
    for person, row in zip(people, found.iter_rows(named=True), strict=True):
        verdict = choose_channel(person, at, policy)
        assert said(row) == verdict, person
        allowed = {c for c in CHANNELS if row[usable(c)]}
        for channel in CHANNELS:
            against = [r for r in BY_CHANNEL[channel] if r.when.holds(person, at, policy)]
            assert (channel in allowed) == (not against)


MONTH = timedelta(days=30)


def test_every_rule_holds_of_somebody_and_not_of_somebody_else() -> None:
    """No rule of the book is dead: each has a person of whom it is the one that counts, in both ways of asking."""
    fine = Person("1", has_email=True, has_phone=True, timezone="America/New_York")
    by_phone = replace(fine, has_email=False)
    wrong: dict[str, Person] = {
        "No longer in the CRM": replace(fine, archived=True),
        "Asked in words not to be contacted": replace(
            fine, wish="Asked in words not to be contacted"
        ),
        "What was written of them forbids it": replace(
            fine, circumstance="What was written of them forbids it"
        ),
        "Set aside by your team": replace(fine, set_aside="Set aside by your team"),
        "Has an open deal: it's with a person already": replace(fine, open_deal=True),
        "Has an open ticket: help first": replace(fine, open_ticket=True),
        "Left over a service issue: a person should call first": replace(
            fine, reason=SERVICE_ISSUE
        ),
        "On your do-not-contact list": replace(fine, on_list=True),
        "Works for you: the address is one of your own": replace(fine, is_staff=True),
        "Works for a competitor on your list": replace(fine, is_competitor=True),
        "Marked as unqualified": replace(fine, disqualified=True),
        "Marked a message as spam": replace(fine, complained=True),
        "Same person as another record": replace(fine, same_as_another=True),
        "Already in another sequence": replace(fine, in_sequence=True),
        "Already in another workflow": replace(fine, in_workflow=True),
        "Nothing came from them for 36 months (GDPR and PECR)": replace(
            fine, country="DE", email_consent=True, last_human_at=AT - 36 * MONTH
        ),
        "No consent, and no purchase or inquiry that stands in for one (GDPR and PECR)": replace(
            fine, country="FR", last_human_at=AT - 5 * MONTH
        ),
        "No consent, and no purchase or inquiry that stands in for one (CASL)": replace(
            fine,
            country="CA",
            last_purchase_at=AT - 24 * MONTH,
            last_inquiry_at=AT - 6 * MONTH,
        ),
        "Two rounds without an answer: left in peace until they give a sign": replace(
            fine, rounds_unanswered=2, last_started_at=AT - timedelta(400)
        ),
        "Was approached twice without an answer: not within 180 days": replace(
            fine, rounds_unanswered=2, signal=True, last_started_at=AT - timedelta(179)
        ),
        "Three e-mails came back: none for 30 days": replace(
            fine, soft_bounced_at=AT - timedelta(29)
        ),
        "Has a meeting coming up": replace(fine, next_meeting_at=AT + timedelta(1)),
        "Was in touch in the last 30 days": replace(fine, last_human_at=AT),
        "Somebody of the team was in touch in the last 90 days": replace(fine, last_staff_at=AT),
        "Was approached in the last 90 days": replace(fine, last_started_at=AT),
        "No e-mail address": replace(fine, has_email=False, has_phone=False),
        "Is not to be contacted": replace(fine, do_not_contact=True, sms_consent=True),
        "Refused this kind of e-mail": replace(fine, email_consent=False),
        "The CRM sends them no marketing e-mail": replace(fine, marketable=False),
        "Opted out of e-mail": replace(fine, email_opt_out=True, sms_consent=True),
        "E-mail bounced for good": replace(fine, email_bounced=True),
        "At least 11 e-mails unopened: the CRM would skip it": replace(fine, unengaged_sends=11),
        "At least 16 e-mails unopened: the CRM would skip it": replace(
            fine, unengaged_sends=16, ever_engaged=True
        ),
        # Who has a number alone is told what speaks against texts.
        "No proof of consent to texts": by_phone,
        "Wants no texts, or the number takes none": replace(by_phone, sms_opt_out=True),
        "Consent to texts is older than 18 months, with no sign of life since": replace(
            by_phone, sms_consent=True, sms_consent_at=AT - 19 * MONTH
        ),
        "Opted out": replace(by_phone, sms_consent=True, email_opt_out=True),
    }
    policy = Policy()
    of_channels = (*BY_CHANNEL[Channel.EMAIL], *BY_CHANNEL[Channel.SMS])
    known = {r.told(policy) for r in (*ALWAYS, *NOW, *of_channels)} - {"No mobile number"}
    assert set(wrong) == known, "each rule has its person here, and its row in the admin's guide"
    found = with_verdicts(frame_of([fine, *wrong.values()]), AT, policy)
    assert found["reason_against"].to_list() == [None, *wrong]
    assert choose_channel(fine, AT, policy) == Allow(Channel.EMAIL)
    for reason, person in wrong.items():
        verdict = choose_channel(person, AT, policy)
        assert isinstance(verdict, Deny)
        assert verdict.reason == reason


def test_who_opted_out_of_e_mail_gets_no_text_either_d1_d2() -> None:
    """Consent to texts does not outlive an opt-out: the columns said so once, and the gate said otherwise."""
    person = Person("1", has_email=True, has_phone=True, email_opt_out=True, sms_consent=True)
    found = with_channels(frame_of([person]), AT, Policy())
    assert {c for c in CHANNELS if found[usable(c)][0]} == set()
    assert may_contact(person, Channel.SMS, AT, Policy()) == Deny("D1", "Opted out")


ALL = frozenset(CHANNELS)
LEFT: list[tuple[dict[str, bool], frozenset[Channel]]] = [
    ({}, ALL),
    ({"do_not_contact": True}, frozenset()),
    ({"email_opt_out": True}, frozenset()),
    ({"email_consent": False}, ALL - {Channel.EMAIL}),
    ({"email_bounced": True}, ALL - {Channel.EMAIL}),
    ({"marketable": False}, ALL - {Channel.EMAIL}),
    # Who wants no texts is not called instead.
    ({"sms_opt_out": True}, frozenset({Channel.EMAIL})),
    ({"sms_consent": False}, frozenset({Channel.EMAIL})),
    ({"call_opt_out": True}, ALL - {Channel.CALL}),
]


@pytest.mark.parametrize(("said", "left"), LEFT)
def test_a_refusal_closes_its_channel_and_do_not_contact_all_of_them_d1_d3_d5(
    said: dict[str, bool], left: frozenset[Channel]
) -> None:
    fine = Person("1", has_email=True, has_phone=True, sms_consent=True, timezone="UTC")
    person = replace(fine, **said)  # type: ignore[arg-type]
    found = with_channels(frame_of([person]), AT, Policy())
    assert {c for c in CHANNELS if found[usable(c)][0]} == left
    allowed = {c for c in CHANNELS if may_contact(person, c, AT, Policy()) == Allow(c)}
    assert allowed == left


def test_nobody_is_asked_to_call_who_wants_to_be_left_alone_d1_d8() -> None:
    person = Person("1", has_email=True, reason=SERVICE_ISSUE, do_not_contact=True)
    assert choose_channel(person, AT, Policy()) == Deny("D1", "Is not to be contacted")


def test_rules_look_at_fields_that_a_person_has() -> None:
    names = {field.name for field in fields(Person)}
    every = [*ALWAYS, *NOW, *(r for rules in BY_CHANNEL.values() for r in rules)]
    assert {name for rule in every for name in rule.when.fields} <= names
    assert channel_fields() <= set(PERSON_COLUMNS) == names


@pytest.mark.parametrize("channels", [(), ("email",), ("sms", "call"), ("email", "sms", "call")])
def test_channels_come_back_from_the_text_they_are_stored_as(channels: tuple[str, ...]) -> None:
    known = tuple(Channel(c) for c in channels)
    assert split(join(known)) == known
    flags = pl.DataFrame({usable(c): [c in known] for c in CHANNELS})
    stored = flags.select(channels=joined_channels())
    assert stored["channels"].to_list() == [join(known)]
    assert stored.select(**split_channels(pl.col("channels"))).equals(flags)


def test_every_rule_has_a_row_in_the_admins_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "admin.md").read_text(encoding="utf-8")
    every = [*ALWAYS, *NOW, *(r for rules in BY_CHANNEL.values() for r in rules)]
    ids = {rule.id for rule in every} | {OUTSIDE_HOURS[0], NO_HOUR[0], GONE[0]}
    assert {i for i in ids if f"| {i} |" not in guide} == set()
