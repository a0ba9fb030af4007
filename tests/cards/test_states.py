"""Each state of a card says its own thing: one short sentence that ends in what to do, and the right actions (S30)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markupsafe import escape

from app.lab.card_states import (
    ANSWERED,
    AT,
    RUNNING,
    STATES,
    but,
    facts,
    just,
    scored,
)
from app.templating import environment
from cards.card import Card, labels, spoken, wire
from cards.refusals import REFUSALS
from cards.states import State
from cards.telling import card_of
from contact_rules.meanings import Meaning
from contact_rules.person import Policy
from contact_rules.rules import ALWAYS, BY_CHANNEL, NOW, meaning_of
from core.wording import shown_to

# What no person reads: words of ours, or of a model.
INTERNAL = ("signal", "planning value", "inquiry level", "holdout", "None", "{", "%(", "  ")


def test_there_is_somebody_in_each_state() -> None:
    assert {state for _, state in STATES.values()} == set(State)


@pytest.fixture(autouse=True)
def _in_new_york() -> Iterator[None]:
    with shown_to("en-US", ZoneInfo("America/New_York")):
        yield


def read(card: Card) -> str:
    """What stands above the evidence."""
    parts = (card.title, card.sentence, *card.lines, card.dormancy, card.note)
    return " ".join(part for part in parts if part)


def names(card: Card) -> list[str]:
    return [str(one.name) for one in card.actions]


@pytest.mark.parametrize("case", STATES)
def test_s30_every_state_has_one_short_sentence_that_ends_in_what_to_do(case: str) -> None:
    found, state = STATES[case]
    card = card_of(found)
    assert card.state is state
    assert card.title
    assert 20 <= len(card.sentence) <= 160, card.sentence
    assert card.sentence.endswith((".", "…"))
    told = read(card)
    assert not [word for word in INTERNAL if word in told], told


ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|not|you|your|with|by|who|they|them|this|in 100)\b", re.IGNORECASE
)


@pytest.mark.parametrize("case", STATES)
def test_every_state_is_told_in_german(case: str) -> None:
    with shown_to("de"):
        card = spoken(card_of(STATES[case][0]))
        own = labels()
    shown = [
        *(card.title, *card.lines, card.dormancy or "", card.sentence, card.signal or ""),
        *(card.note or "", card.pill.text if card.pill else ""),
        *(one.label for one in card.actions),
        *(
            text
            for one in (*card.rows, *card.touches, *card.evidence)
            for text in (one.label, one.value)
        ),
        *(one.label for one in card.moved),
    ]
    assert [text for text in shown if ENGLISH.search(text)] == []
    assert own["What this rests on"] == "Worauf das beruht"
    assert wire(card_of(STATES[case][0]))["labels"] == {}, "whoever reads English needs none"


SHOWS_ODDS = {State.READY, State.RUNNING}


@pytest.mark.parametrize("case", STATES)
def test_s30_the_ring_is_the_chance_of_an_answer_in_colour_only_where_the_crm_may_write(
    case: str,
) -> None:
    found, state = STATES[case]
    ring = card_of(found).ring
    if state in SHOWS_ODDS:
        assert ring is not None
        assert (ring.value, ring.look) == (24, "now")
    elif ring is not None:
        assert ring.value == 24
        assert ring.look == ("unsure" if state is State.UNKNOWN else "past")


@pytest.mark.parametrize("case", ["held out", "opted out", "asked in words", "has died"])
def test_s30_who_must_not_be_approached_has_no_odds_and_nothing_to_press(case: str) -> None:
    card = card_of(STATES[case][0])
    assert card.ring is None
    assert card.actions == ()
    assert card.moved == ()
    assert card.opener is None
    told = read(card)
    assert "in 100" not in told
    assert not [row for row in card.rows if "value" in row.label]
    assert "help as always" in card.sentence


OFFERED: dict[str, list[str]] = {
    "ready": ["start", "take_over", "snooze", "not_a_fit", "correct"],
    "about to start": ["take_over", "stop", "snooze", "not_a_fit", "correct"],
    "running": ["take_over", "stop", "snooze", "not_a_fit", "correct"],
    "stopped": ["take_over", "snooze", "not_a_fit", "correct"],
    "a person first": ["take_over", "snooze", "not_a_fit", "correct"],
    "came back": ["take_over", "snooze", "not_a_fit", "correct"],
    "approached lately": ["snooze", "not_a_fit", "correct"],
    "asleep": ["snooze", "not_a_fit", "correct"],
    "snoozed": ["wake"],
    "not a fit": ["wake"],
    "open ticket": [],
    "held out": [],
    "booked": [],
    "active": [],
    "never scored": [],
}


@pytest.mark.parametrize("case", OFFERED)
def test_s30_each_state_offers_what_fits_it_and_no_way_round_a_rule(case: str) -> None:
    found, _ = STATES[case]
    assert names(card_of(found)) == OFFERED[case]
    looking = card_of(found, look_only="You can look, but not start.")
    assert looking.actions == ()
    assert looking.look_only is not None
    assert looking.sentence == card_of(found).sentence, "whoever may only look is told the same"


def test_s30_a_round_says_which_touch_what_next_and_when() -> None:
    card = card_of(RUNNING)
    assert card.title == "Touch 1 of 3"
    assert card.lines == ("E-mail tomorrow, 10:00 AM", "24 in 100 answer") or card.lines[
        0
    ].startswith("E-mail")
    assert card.sentence.startswith("Had a text on Nov 21, 2026 and hasn't answered.")
    assert [(one.label, one.strong) for one in card.touches] == [
        ("Text, sent", False),
        ("E-mail, planned", True),
        ("Text, planned", False),
    ]


def test_s30_an_answer_is_a_task_with_its_time_on_the_accounts_clock() -> None:
    card = card_of(ANSWERED)
    assert card.title == "Margaret said yes"
    assert card.lines == ("By text, today, 9:00 AM",)
    assert card.sentence.endswith("It's your turn: answer by today, 11:00 AM.")
    assert [(row.label, row.value) for row in card.rows if row.strong] == [
        ("Task", "due today, 11:00 AM")
    ]
    late = card_of(STATES["replied, late"][0])
    assert late.pill is not None
    assert late.pill.tone == "bad"
    assert "answer at once" in late.sentence


def test_s30_help_first_says_what_it_forbids_and_what_not() -> None:
    card = card_of(STATES["open ticket"][0])
    assert card.pill is not None
    assert (card.pill.text, card.title) == ("Help first", "Help first")
    assert "solve it" in card.sentence
    told = {row.label: row.value for row in card.rows}
    assert told["Not now"] == "campaigns, openers, offers"
    assert "answers" in told["Still allowed"]


@pytest.mark.parametrize(
    ("kind", "label"), [("start", "Starts in a moment"), ("correct", "Reason corrected")]
)
def test_s30_what_was_just_done_may_be_taken_back_for_a_minute(kind: str, label: str) -> None:
    def since(seconds: int) -> dict[str, Any]:
        return just(kind) | {"made_at": AT - timedelta(seconds=seconds), "reason": "moved"}

    undo = card_of(facts(acts=[since(20)])).undo
    assert undo is not None
    assert (undo.label, undo.seconds) == (label, 40)
    assert card_of(facts(acts=[since(61)])).undo is None
    assert card_of(facts(acts=[since(20)]), look_only="No.").undo is None


def test_s30_a_corrected_reason_shows_at_once() -> None:
    why = card_of(facts(acts=[just("correct", reason="moved")])).why
    assert why is not None
    assert (why.key, why.label) == ("moved", "Moved away or needs changed, from your team")
    assert "moved" in dict(why.choices)


def test_s30_every_rule_has_a_meaning_and_every_meaning_its_words() -> None:
    policy = Policy()
    for rule in (*ALWAYS, *NOW, *(r for rules in BY_CHANNEL.values() for r in rules)):
        assert meaning_of(rule.id, rule.told(policy), policy) is rule.meaning, rule.says
    assert set(REFUSALS) == set(Meaning)
    assert meaning_of("D8", "Has died (note, Nov 2, 2026)", policy) is Meaning.CIRCUMSTANCE
    text = "Set aside by your team: snoozed until Jun 18, 2027"
    assert meaning_of("D8", text, policy) is Meaning.SET_ASIDE
    assert meaning_of("holdout", "Left alone on purpose", policy) is Meaning.OUT


@pytest.mark.parametrize(("source", "share"), [("prior", 0.12), ("model", 0.73)])
def test_s30_a_card_says_between_what_the_chance_lies_and_whose_figure_it_is(
    source: str, share: float
) -> None:
    said = {"likelihood_source": source, "own_share": share}
    card = card_of(facts(score=scored(**said)))
    assert card.note is not None
    assert "Between 15 and 36 in 100, 95 times of 100." in card.note
    assert f"Your own results weigh {round(100 * share)}% in it." in card.note
    assert ("A starting figure" in card.note) == (source == "prior")
    assert card.dormancy is not None
    assert card.dormancy.startswith("Dormancy 96 · quiet since")
    assert card.dormancy.endswith("about 14 contacts missed")


def test_s30_where_no_answer_is_foretold_there_is_no_ring_and_no_odds() -> None:
    """Of whom only a call may reach nobody knows how many would answer a message."""
    empty = {"likelihood": None, "likelihood_low": None, "likelihood_high": None, "own_share": None}
    card = card_of(facts(score=scored(**empty, likelihood_source=None)))
    assert card.ring is None
    assert "in 100" not in read(card)
    few = card_of(facts(score=scored(contacts_missed=0.4)))
    assert "missed" not in (few.dormancy or "")


PAGE = (
    "{% import 'card.html' as cards with context %}{{ cards.card(card, '/c', 'token', 'k', []) }}"
)


@pytest.mark.parametrize("case", STATES)
def test_s30_the_page_shows_what_the_card_says_in_every_state(case: str) -> None:
    card = card_of(but(STATES[case][0], name="<b>Margaret</b>", first_name="<b>Margaret</b>"))
    shown = environment().from_string(PAGE).render(card=card)
    assert "<b>Margaret</b>" not in shown, "what a contact is called is text"
    for said in (card.title, card.sentence, *card.lines):
        assert str(escape(said)) in shown
    offered = {str(one.name) for one in card.actions}
    pressed = set(re.findall(r'name="act" value="(\w+)"', shown))
    assert pressed == offered
    assert ("<svg" in shown) == (card.ring is not None)
