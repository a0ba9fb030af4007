"""Openers out of facts: in every language, for every kind of contact, and nothing in them that the linter refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.angles import Angle
from playbooks.library import packaged
from workflows.openers.compose import compose
from workflows.openers.facts import Anchor, Business, OpenerFacts, TouchAsk
from workflows.openers.first_names import greeting_name
from workflows.openers.language import LANGUAGES, load_language
from workflows.openers.lint import lint
from workflows.openers.lint_words import analyse, sentences
from workflows.openers.offering import LEAD_DAYS, offer_time
from workflows.openers.playbook_texts import PlaybookTexts
from workflows.openers.sms import fit, is_gsm, segments

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
MARIA = OpenerFacts(
    "c1",
    "lead",
    Anchor.FORM,
    datetime(2025, 3, 4, tzinfo=UTC),
    first_name="Maria",
    band="180_364",
    asked_for="a quote for the roof",
)
HARBOR = Business(
    "Harbor Street Roofing", place="12 Harbor Street, Portland", zone="America/New_York", phi=False
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_of_contact_gets_words_that_may_go_out_s11_s22(code: str) -> None:
    business = replace(HARBOR, language=code, phone="+1 207 555 0100", news="")
    reasons = (None, "competitor", "budget_or_timing", "service_issue", "distraction", "moved")
    found = set()
    for anchor, reason, angle in product(Anchor, reasons, Angle):
        for number, phi in enumerate((True, False)):
            facts = OpenerFacts(
                f"c{number}",
                "customer" if anchor in {Anchor.BOUGHT, Anchor.CUSTOMER} else "lead",
                anchor,
                None if anchor is Anchor.CUSTOMER else MARIA.anchor_at,
                first_name="Zoë" if number else None,
                band="365_plus" if number else "90_179",
                purchases=2 * number,
                reason=reason,
                signal="due" if number else "season",
                asked_for="X12",
                bought="X12",
                served_by="Dr. Lee",
            )
            ask = TouchAsk(1 + number, angle=angle, at=AT if number else None)
            here = replace(business, phi=phi)
            opener = compose(facts, ask, here)
            assert lint(opener, facts, here, ask) == ()
            assert all((opener.subject, opener.email, opener.sms, opener.call_note))
            assert phi is False or "X12" not in opener.email + opener.sms + opener.call_note
            found.add(opener.version)
    assert len(found) > 30


def test_what_they_asked_for_and_when_stands_in_every_part_s11() -> None:
    opener = compose(MARIA, TouchAsk(at=AT), HARBOR)
    for part in (opener.email, opener.sms, opener.call_note):
        assert "a quote for the roof in March 2025" in part
    assert opener.subject == "About your inquiry in March 2025"
    assert opener.email.startswith("Hi Maria,\n\nThis is Harbor Street Roofing.")
    assert opener.email.count(HARBOR.place) == 1
    assert opener.sms.endswith("Reply STOP to opt out.")


def test_the_reason_is_spoken_to_s7_s11() -> None:
    said = {
        reason: compose(replace(MARIA, reason=reason), TouchAsk(), HARBOR).email
        for reason in ("competitor", "budget_or_timing", "service_issue", "moved", None)
    }
    assert "budget did not fit" in said["budget_or_timing"]
    assert "chose somebody else" in said["competitor"]
    assert "we are sorry" in said["service_issue"]
    assert len(set(said.values())) == len(said)


def test_with_health_data_the_visit_is_named_and_no_more_d11() -> None:
    bought = replace(
        MARIA,
        track="customer",
        anchor=Anchor.BOUGHT,
        bought="hearing aids",
        concern="tinnitus",
        asked_for="a hearing test",
    )
    clinic = replace(HARBOR, name="Harbor Hearing", phi=True)
    opener = compose(bought, TouchAsk(), clinic)
    whole = f"{opener.subject}\n{opener.email}\n{opener.sms}\n{opener.call_note}"
    assert "last with us in March 2025" in whole
    assert "hearing aids" not in whole
    assert "tinnitus" not in whole
    named = compose(bought, TouchAsk(), replace(clinic, names_treatment=True))
    assert "You bought hearing aids from us in March 2025." in named.email


def test_news_that_names_a_health_matter_is_left_out_d11() -> None:
    clinic = replace(HARBOR, phi=True, news="The new hearing aids are here.")
    assert "hearing" not in compose(MARIA, TouchAsk(), clinic).email
    open_now = replace(clinic, news="We are open on Saturdays now.")
    assert open_now.news in compose(MARIA, TouchAsk(), open_now).email


def test_the_standing_words_name_no_date_and_never_change_by_themselves() -> None:
    opener = compose(MARIA, TouchAsk(), HARBOR)
    dated = compose(MARIA, TouchAsk(at=AT), HARBOR)
    assert "2026" not in opener.email
    assert "December" in dated.email
    assert opener == compose(replace(MARIA), TouchAsk(), HARBOR)
    assert dated == compose(MARIA, TouchAsk(at=AT + timedelta(hours=2)), HARBOR)


def test_another_wording_has_another_version_and_another_person_has_not() -> None:
    first = compose(MARIA, TouchAsk(), HARBOR)
    other = compose(replace(MARIA, contact_id="c2", first_name="Ann"), TouchAsk(), HARBOR)
    assert first.version == other.version
    assert first.email != other.email
    assert compose(replace(MARIA, reason="moved"), TouchAsk(), HARBOR).version != first.version


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=8),
    st.integers(7, 20),
    st.integers(1, 9),
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Sydney"]),
    st.integers(0, 15_000).map(lambda hours: AT + timedelta(hours=hours)),
)
def test_the_time_offered_is_on_a_working_day_within_hours_and_ahead_s11(
    contact_id: str, opens: int, length: int, zone: str, at: datetime
) -> None:
    hours = (opens, min(opens + length, 22))
    offer = offer_time(contact_id, hours=hours, zone=zone, at=at)
    today = at.astimezone(ZoneInfo(zone)).date()
    assert offer.day is not None
    assert LEAD_DAYS <= (offer.day - today).days < LEAD_DAYS + 7
    assert offer.day.weekday() == offer.weekday < 5
    assert hours[0] <= offer.hour < hours[1]


def test_segments_are_counted_as_carriers_count_them() -> None:
    assert [segments("a" * n) for n in (0, 1, 160, 161, 306, 307)] == [0, 1, 1, 2, 2, 3]
    assert [segments("á" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert [segments("€" * n) for n in (80, 81)] == [1, 2]
    assert segments("😀" * 35) == 1
    assert segments("😀" * 36) == 2
    folded = fit("información " * 20)
    assert folded is not None
    assert is_gsm(folded)
    assert fit("a" * 307) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("maria", "Maria"),
        ("ANNE-MARIE", "Anne-Marie"),
        ("O'Brien", "O'Brien"),
        ("Zoë", "Zoë"),
        ("  Jean  Luc ", "Jean Luc"),
        ("Test", None),
        ("N/A", None),
        ("unknown", None),
        ("ann@example.com", None),
        ("{{first_name}}", None),
        ("R2D2", None),
        ("xx", None),
        ("Bcdfg", None),
        ("", None),
        (None, None),
        ("Dr. Müller", None),
        ("Maria Magdalena Johanna Theresa", None),
    ],
)
def test_nobody_is_greeted_by_what_is_no_name_s22(said: str | None, name: str | None) -> None:
    assert greeting_name(said) == name


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_of_a_language_breaks_a_rule_and_none_is_missing(code: str) -> None:
    texts = load_language(code).texts
    assert texts.keys() == load_language("en").texts.keys()
    for text in texts.values():
        for sentence in sentences(text.replace("{", "").replace("}", "")):
            seen = analyse(sentence, code, "")
            found = (seen.rules, seen.times, seen.claims, seen.numbers)
            assert not any(found), sentence


def test_the_guides_openers_are_neutral_unless_the_account_lets_them_name_it_s25_d11() -> None:
    packs = packaged()
    clinic = Business("Harbor Hearing", sender="Dana", place="12 Harbor Street", phi=True)
    asked = OpenerFacts(
        "c1",
        "lead",
        Anchor.FORM,
        datetime(2025, 3, 4, tzinfo=UTC),
        first_name="Maria",
        segment="inquired_never_scheduled",
        asked_for="hearing aids",
        concern="noise",
    )
    ask = TouchAsk(channel="sms", variant="neutral", playbook="audiology_leads", at=AT)
    said = {}
    for named in (False, True):
        here = replace(clinic, names_treatment=named)
        texts = PlaybookTexts(packs["audiology"], packs["general"], "en", names_health=named)
        said[named] = compose(asked, ask, here, texts.of(ask, asked))
    for opener in said.values():
        assert opener.sms.startswith("Hi Maria, Dana from Harbor Hearing. You ")
        assert "in March 2025" in opener.sms
        assert "less than an hour" in opener.sms
        assert opener.email.endswith("reply STOP and we will not write again.")
        assert "Dana\nHarbor Hearing\n12 Harbor Street" in opener.email
    assert "hearing aids" not in said[False].sms + said[False].email
    assert "You asked us about hearing aids in March 2025 because of noise." in said[True].sms
    assert said[False].version != said[True].version


@pytest.mark.parametrize("key", sorted(packaged()))
def test_every_text_of_a_packaged_playbook_can_be_said_s11_s25(key: str) -> None:
    line, general = packaged()[key], packaged()["general"]
    business = Business("Harbor", sender="Dana", phi=True, names_treatment=True, news="It is new.")
    business = replace(business, fair_housing=line.compliance.fair_housing)
    unsaid = []
    for playbook, angle in product(line.playbooks, Angle):
        is_lead = playbook.track == "lead"
        for segment in playbook.segments:
            facts = OpenerFacts(
                "c1",
                playbook.track.value,
                Anchor.FORM if is_lead else Anchor.BOUGHT,
                datetime(2022, 3, 4, tzinfo=UTC),
                first_name="Maria",
                segment=segment.key,
                purchases=0 if is_lead else 1,
                fitted_at=None if is_lead else datetime(2022, 3, 4, tzinfo=UTC),
                asked_for="a quote",
                bought="a plan",
                concern="noise",
                served_by="Dr. Lee",
            )
            ask = TouchAsk(angle=angle, playbook=playbook.key, at=AT)
            wordings = PlaybookTexts(line, general, "en").of(ask, facts)
            usual, worded = compose(facts, ask, business), compose(facts, ask, business, wordings)
            changed = [
                channel
                for channel, part in (("email", "email"), ("sms", "sms"), ("call", "call_note"))
                if getattr(usual, part) != getattr(worded, part)
            ]
            unsaid += [
                (segment.key, angle, channel) for channel in wordings if channel not in changed
            ]
    assert unsaid == []
