"""Complaints, bounces, consent, countries, caps and rounds, each at its limit (D1, D3, D5, D7, D8, D10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contact_rules.channels import Channel
from contact_rules.consent_ages import CANADA, EUROPE, LAWS
from contact_rules.countries import find_country
from contact_rules.identity import address_key, domain_of, domains_of, number_forms, number_key
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, Defer, Deny, Verdict, choose_channel, may_contact

AT = datetime(2026, 11, 17, 17, tzinfo=UTC)  # a Tuesday, noon in New York
POLICY = Policy(tenant_zone="America/New_York")
FINE = Person("1", has_email=True, has_phone=True, timezone="America/New_York")
MONTH = timedelta(days=30)


def ago(days: float = 0, hours: float = 0) -> datetime:
    return AT - timedelta(days=days, hours=hours)


def rule_of(verdict: Verdict) -> str | None:
    return None if isinstance(verdict, Allow) else verdict.rule


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"on_list": True}, "D1"),
        ({"is_staff": True}, "D8"),
        ({"is_competitor": True}, "D8"),
        ({"disqualified": True}, "D8"),
        ({"complained": True}, "D5"),
        ({"same_as_another": True}, "D8"),
        ({"in_workflow": True}, "D7"),
    ],
)
def test_what_forbids_every_channel_d1_d5_d7_d8(said: dict[str, bool], rule: str) -> None:
    person = replace(FINE, sms_consent=True, sms_consent_at=AT, **said)  # type: ignore[arg-type]
    for channel in Channel:
        verdict = may_contact(person, channel, AT, POLICY)
        assert isinstance(verdict, Deny)
        assert (verdict.rule, verdict.human_first) == (rule, False)


def test_a_third_soft_bounce_rests_the_address_for_30_days_and_no_other_channel_d5() -> None:
    person = replace(FINE, sms_consent=True, sms_consent_at=AT, soft_bounced_at=ago(29.9))
    assert rule_of(may_contact(person, Channel.EMAIL, AT, POLICY)) == "D5"
    assert choose_channel(person, AT, POLICY) == Allow(Channel.SMS)
    rested = replace(person, soft_bounced_at=ago(30))
    assert choose_channel(rested, AT, POLICY) == Allow(Channel.EMAIL)


@pytest.mark.parametrize(
    ("dates", "allowed"),
    [
        ({"sms_consent_at": ago(539)}, True),
        ({"sms_consent_at": ago(541)}, False),
        ({"sms_consent_at": ago(541), "last_human_at": ago(400)}, True),
        ({"sms_consent_at": ago(2000), "last_human_at": ago(541)}, False),
        # The record may be younger than a consent that has a date: the date counts.
        ({"sms_consent_at": ago(541), "created_at": ago(10)}, False),
        ({"created_at": ago(500)}, True),
        ({"created_at": ago(600)}, False),
        ({"created_at": ago(600), "last_human_at": ago(300)}, True),
    ],
)
def test_a_consent_to_texts_older_than_18_months_needs_a_sign_of_life_d3(
    dates: dict[str, datetime], allowed: bool
) -> None:
    person = replace(FINE, sms_consent=True, **dates)  # type: ignore[arg-type]
    assert rule_of(may_contact(person, Channel.SMS, AT, POLICY)) == (None if allowed else "D3")
    without = replace(person, sms_consent=None)
    assert rule_of(may_contact(without, Channel.SMS, AT, POLICY)) == "D3"


@pytest.mark.parametrize(
    ("known", "allowed"),
    [
        ({"email_consent": True, "last_human_at": ago(1079)}, True),
        ({"email_consent": True, "last_human_at": ago(1080)}, False),
        ({"email_consent": True, "last_human_at": ago(1080), "last_purchase_at": ago(900)}, True),
        # A young record of somebody who was last heard of long ago is an import.
        ({"email_consent": True, "last_human_at": ago(1080), "created_at": ago(200)}, False),
        ({"email_consent": True, "created_at": ago(1079)}, True),
        ({"email_consent": True, "created_at": ago(1080)}, False),
        ({"email_consent": True}, False),  # nothing shows any contact at all
        # Soft opt-in: a sale or the negotiation of one.
        ({"last_human_at": ago(400)}, False),
        ({"last_human_at": ago(400), "last_inquiry_at": ago(400)}, True),
        ({"last_human_at": ago(400), "last_purchase_at": ago(1500)}, True),
    ],
)
@pytest.mark.parametrize("country", ["DE", "GB", "FR"])
def test_europe_asks_for_a_ground_and_for_contact_within_36_months_d10(
    country: str, known: dict[str, datetime], allowed: bool
) -> None:
    person = replace(FINE, country=country, **known)  # type: ignore[arg-type]
    assert rule_of(choose_channel(person, AT, POLICY)) == (None if allowed else "D10")
    # The same person elsewhere is under no such law.
    assert choose_channel(replace(person, country="US"), AT, POLICY) == Allow(Channel.EMAIL)


@pytest.mark.parametrize(
    ("known", "allowed"),
    [
        ({}, False),
        ({"email_consent": True}, True),
        ({"last_purchase_at": ago(719)}, True),
        ({"last_purchase_at": ago(720)}, False),
        ({"last_inquiry_at": ago(179)}, True),
        ({"last_inquiry_at": ago(180)}, False),
        ({"last_human_at": ago(100)}, False),  # a click is no inquiry
        ({"last_purchase_at": ago(720), "last_inquiry_at": ago(180)}, False),
    ],
)
def test_implied_consent_in_canada_ends_after_24_and_6_months_d10(
    known: dict[str, datetime], allowed: bool
) -> None:
    person = replace(FINE, country="CA", **known)  # type: ignore[arg-type]
    assert rule_of(choose_channel(person, AT, POLICY)) == (None if allowed else "D10")


def test_every_law_names_its_source_and_when_it_was_looked_at_d10() -> None:
    assert all(law.source and datetime.fromisoformat(law.reviewed) for law in LAWS)
    assert not EUROPE.countries & CANADA.countries


WAITED = [
    ({"last_marketing_at": ago(hours=23)}, ago(hours=-1)),
    ({"last_marketing_at": ago(hours=24)}, None),
    ({"third_marketing_at": ago(hours=167)}, ago(hours=-1)),
    ({"third_marketing_at": ago(7)}, None),
    ({"last_touch_at": ago(hours=71)}, ago(hours=-1)),
    ({"last_touch_at": ago(hours=72)}, None),
    # The last that ends counts, and the hour there.
    ({"last_marketing_at": ago(), "last_touch_at": ago()}, AT + timedelta(hours=72)),
    ({"last_marketing_at": ago(hours=14)}, datetime(2026, 11, 18, 14, tzinfo=UTC)),
    # What a CRM dates ahead was sent now.
    ({"last_marketing_at": AT + timedelta(days=400)}, AT + timedelta(hours=24)),
]


@pytest.mark.parametrize(("sent", "until"), WAITED)
def test_one_message_a_day_three_a_week_and_72_hours_between_ours_d7(
    sent: dict[str, datetime], until: datetime | None
) -> None:
    verdict = choose_channel(replace(FINE, **sent), AT, POLICY)  # type: ignore[arg-type]
    if until is None:
        assert verdict == Allow(Channel.EMAIL)
        return
    assert isinstance(verdict, Defer)
    assert (verdict.rule, verdict.until) == ("D7", until)


@pytest.mark.parametrize(
    ("rounds", "days", "signal", "rule"),
    [
        (1, 89, None, "D7"),
        (1, 90, None, None),
        (2, 90, True, "D7"),
        (2, 179, True, "D7"),
        (2, 180, True, None),
        (2, 4000, False, "D7"),
        (2, 4000, None, "D7"),
        (0, 90, None, None),  # they answered the last one, and went quiet again
    ],
)
def test_two_rounds_without_an_answer_are_the_last_but_for_a_signal_d7(
    rounds: int, days: int, signal: bool | None, rule: str | None
) -> None:
    person = replace(FINE, rounds_unanswered=rounds, last_started_at=ago(days), signal=signal)
    assert rule_of(choose_channel(person, AT, POLICY)) == rule
    # A further touch of a round that runs is no new round.
    assert choose_channel(replace(person, in_round=True), AT, POLICY) == Allow(Channel.EMAIL)


@pytest.mark.parametrize(
    ("where", "country"),
    [
        ({"timezone": "Europe/Berlin"}, "DE"),
        ({"timezone": "us_slash_eastern"}, "US"),
        ({"phone": "+44 20 7946 0000"}, "GB"),
        ({"phone": "0033 1 23 45 67 89"}, "FR"),
        ({"phone": "+1 416 555 0100"}, "CA"),
        ({"phone": "+1 212 555 0100"}, "US"),
        ({"phone": "030 123456"}, "US"),  # without its country's code it says nothing
        ({"region": "Ontario"}, "CA"),
        ({"region": "CA"}, "US"),  # California
        ({"region": "Kentucky", "phone": "+49 30 123456"}, "DE"),  # the stricter law counts
        ({"timezone": "America/Toronto", "phone": "+49 30 123456"}, "DE"),
        ({}, "US"),  # where the business is
    ],
)
def test_the_country_of_a_person_d10(where: dict[str, str], country: str) -> None:
    known = {"timezone": None, "region": None, "phone": None, **where}
    assert find_country(**known, tenant="America/Chicago") == country


def test_the_same_address_however_it_is_written() -> None:
    assert {address_key(a) for a in ("Ann@Example.com ", "mailto:ann+crm@example.com")} == {
        "ann@example.com"
    }
    assert address_key("a.n.n@googlemail.com") == address_key("ann+x@gmail.com")
    assert address_key("a.nn@example.com") != address_key("ann@example.com")
    assert [address_key(a) for a in (None, "", "ann", "ann@here", "@example.com")] == [None] * 5


def test_the_same_number_however_it_is_written() -> None:
    for texts, code in (
        (("+1 (212) 555-0123", "212.555.0123", "1-212-555-0123", "2125550123 x4"), "1"),
        (("+49 (0)30 123456", "030/123456", "0049 30 123456"), "49"),
        (("+39 06 1234567", "06 1234567"), "39"),
    ):
        keys = [number_key(text) for text in texts]
        assert all(
            set(number_forms(k or "", code)) & set(number_forms(keys[0] or "", code)) for k in keys
        )
    assert number_key("+49 30 123456") != number_key("+43 30 123456")
    assert [number_key(n) for n in (None, "", "0000000000", "12", "n/a")] == [None] * 5


def test_a_domain_and_what_it_is_a_part_of() -> None:
    assert domain_of("Ann@Mail.Example.co.uk") == "mail.example.co.uk"
    assert domain_of("@example.com") == domain_of("www.example.com") == "example.com"
    assert domain_of("example") is None
    assert "example.co.uk" in domains_of("mail.example.co.uk")
