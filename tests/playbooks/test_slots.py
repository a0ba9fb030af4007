"""Texts with slots: parts that may be left out, nothing empty, and which slots tell of health (S11, S25, D11)."""

import re

import pytest

from playbooks.library import packaged
from playbooks.line import NEUTRAL, MessageText
from playbooks.slots import Slot, fill, needed_by, problems_of

TEXT = "Hi {name}, [[you asked about {asked_for} {asked_when}. ]]shall we talk?"


def test_a_part_is_left_out_as_a_whole_where_a_slot_of_it_is_empty() -> None:
    all_of_it = {Slot.NAME: "Ann", Slot.ASKED_FOR: "a cake", Slot.ASKED_WHEN: "in May"}
    assert fill(TEXT, all_of_it) == "Hi Ann, you asked about a cake in May. shall we talk?"
    assert fill(TEXT, {Slot.NAME: "Ann", Slot.ASKED_FOR: "a cake"}) == "Hi Ann, shall we talk?"
    assert fill(TEXT, {Slot.NAME: "Ann", Slot.ASKED_FOR: " ", Slot.ASKED_WHEN: "in May"}) == (
        "Hi Ann, shall we talk?"
    )


def test_a_text_that_needs_what_is_not_known_is_none() -> None:
    assert fill(TEXT, {Slot.ASKED_FOR: "a cake"}) is None
    assert needed_by(TEXT) == {Slot.NAME}


def test_what_is_filled_in_is_not_read_as_a_template() -> None:
    assert (
        fill("{name}, {concern}", {Slot.NAME: "{concern}", Slot.CONCERN: "[[x]]"})
        == "{concern}, [[x]]"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hi {nam}", "no slot"),
        ("Hi {name", "closed"),
        ("[[{name}", "closed"),
        ("[[hello]]", "always"),
    ],
)
def test_a_broken_template_says_what_to_write(text: str, said: str) -> None:
    assert said in " ".join(problems_of(text))


TEXTS = [
    (line.line, playbook.key, text)
    for line in packaged().values()
    for playbook in line.playbooks
    for text in (*playbook.texts, *(t for s in playbook.segments for t in s.texts))
]


@pytest.mark.parametrize(("line", "playbook", "text"), TEXTS)
def test_neutral_texts_tell_nothing_of_health_where_health_data_is_on(
    line: str, playbook: str, text: MessageText
) -> None:
    if packaged()[line].compliance.phi and text.variant == NEUTRAL:
        assert not text.tells_of_health, (line, playbook, text.angle, text.channel)


def test_a_date_in_words_stands_after_no_word_that_governs_it() -> None:
    """{asked_when} is "in March 2026": "since in March 2026" is no English, and "seit im März 2026" no German."""
    governed = re.compile(
        r"\b(since|until|after|before|from|by|seit|nach|vor|bis)\b[\s\[,(]*\{(asked|bought)_when\}"
    )
    odd = [
        said for _, _, text in TEXTS for said in (text.subject, text.body) if governed.search(said)
    ]
    assert odd == []
