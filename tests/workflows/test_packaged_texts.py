"""Every packaged text may go out when its slots are known: the linter has nothing against it (S11, S25, D9, D11)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contact_rules.channels import Channel
from playbooks.angles import Angle
from playbooks.library import packaged
from playbooks.line import NEUTRAL, Line, MessageText, Playbook
from workflows.openers.compose import compose
from workflows.openers.facts import Anchor, Business, OpenerFacts, TouchAsk
from workflows.openers.language import language_of
from workflows.openers.lint import allowed_of, lint
from workflows.openers.playbook_texts import PlaybookTexts
from workflows.openers.slot_values import slot_values
from workflows.openers.wording import worded

NOON = datetime(2026, 6, 30, 17, tzinfo=UTC)
EVERY = [
    pytest.param(
        line,
        playbook,
        text,
        id=f"{place}-{text.angle}-{text.channel}-{text.variant}-{text.language}-{i}",
    )
    for line in packaged().values()
    for playbook in line.playbooks
    for place, texts in (
        (playbook.key, playbook.texts),
        *((segment.key, segment.texts) for segment in playbook.segments),
    )
    for i, text in enumerate(texts)
]


def facts_for(playbook: Playbook) -> OpenerFacts:
    bought = playbook.track == "customer"
    return OpenerFacts(
        contact_id="1",
        track=playbook.track.value,
        anchor=Anchor.BOUGHT if bought else Anchor.FORM,
        anchor_at=datetime(2025, 10, 3, tzinfo=UTC),
        first_name="Maria",
        band="180_364",
        purchases=1 if bought else 0,
        fitted_at=datetime(2022, 3, 1, tzinfo=UTC) if bought else None,
        asked_for="a consultation",
        bought="a service plan",
        concern="the price",
        served_by="Ann Lee",
    )


@pytest.mark.parametrize(("line", "playbook", "text"), EVERY)
def test_a_packaged_text_may_go_out(line: Line, playbook: Playbook, text: MessageText) -> None:
    named = text.variant != NEUTRAL
    business = Business(
        name="Harbor Street",
        sender="Dana",
        place="12 Harbor Street, Portland, OR 97201",
        news=line.seasons[0].news if line.seasons else "our Saturday hours",
        phi=line.compliance.phi,
        language=text.language,
        names_treatment=named,
    )
    facts = facts_for(playbook)
    ask = TouchAsk(channel=text.channel, angle=text.angle, variant=text.variant, at=NOON)
    usual = compose(facts, ask, business)
    values = slot_values(facts, ask, business, language_of(text.language))
    allowed = allowed_of(values, business)
    made, _parts = worded(usual, facts, ask, business, {text.channel: (text,)}, values, allowed)
    part = {Channel.EMAIL: "email", Channel.SMS: "sms", Channel.CALL: "call_note"}[text.channel]
    assert getattr(made, part) != getattr(usual, part), lint(
        replace(usual, **{part: text.body}), facts, business, ask, template=text.body, parts=(part,)
    )


@pytest.mark.parametrize(("language", "has_own"), [("en", True), ("de", True), ("fr", False)])
def test_s25_hearing_care_is_written_to_in_the_account_s_language(
    language: str, has_own: bool
) -> None:
    """In a language in which the playbook has no words, those of any business stand in."""
    line, general = packaged()["audiology"], packaged()["general"]
    for playbook in line.playbooks:
        facts = facts_for(playbook)
        for segment in playbook.segments:
            business = Business(
                name="Harbor Street",
                sender="Dana",
                place="12 Harbor Street, Portland, OR 97201",
                language=language,
                phi=True,
            )
            ask = TouchAsk(channel="email", playbook=playbook.key, at=NOON)
            texts = PlaybookTexts(line, general, language)
            mine = replace(facts, segment=segment.key)
            made = compose(mine, ask, business, texts.of(ask, mine))
            usual = compose(mine, ask, business)
            assert (made.email != usual.email) is has_own
            said = f"{made.subject} {made.email} {made.sms}".casefold()
            assert not [
                word for word in ("hearing", "hörtest", "hörgerät", "device") if word in said
            ]


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_opt_out_words_of_a_part_that_is_left_out_are_said_all_the_same(channel: Channel) -> None:
    """Where nothing is new the optional part goes, and with it the only words on how to be left alone (D9)."""
    text = MessageText(
        angle=Angle.OPENING,
        channel=channel,
        subject="A question from {practice}" if channel is Channel.EMAIL else "",
        body="Hello, {practice} here: shall we talk?[[ {news} Reply STOP to opt out.]]",
    )
    business = Business(name="Harbor Hearing")
    facts = OpenerFacts(contact_id="1", track="lead", anchor=Anchor.FORM, anchor_at=NOON)
    made = compose(facts, TouchAsk(channel=channel), business, {channel: (text,)})
    said = made.email if channel is Channel.EMAIL else made.sms
    assert said.startswith("Hello, Harbor Hearing here: shall we talk?")
    assert "STOP" in said
