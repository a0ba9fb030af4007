"""The phrase model on sentences as people write them: reasons, their opposites, and everything else (S7)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.classifier import MOST, classify, weigh
from contact_rules.phrases import PHRASES, compiled, pattern_of, words_of
from contact_rules.reasons import LEAST_CONFIDENCE, REASONS


@pytest.mark.parametrize(
    "text",
    [
        "We went with another provider last month, sorry.",
        "They decided to go with someone else because of price.",
        "Lost this one, got a better quote from the place across town.",
        "Customer signed with a different contractor.",
        "Hi, we found a cheaper option elsewhere. Thanks anyway!",
        "She switched over to a competitor in June",
        "I'm happy with my current dentist, please close my file",
        "We are not moving forward, as they accepted another offer.",
        "GOING WITH SOMEBODY ELSE, THANKS",
        "Lost to Acme Hearing.",
    ],
)
def test_s7_a_competitor_is_heard(text: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == "competitor"


@pytest.mark.parametrize(
    "text",
    [
        "It's a bit too expensive for us at the moment.",
        "We just can't afford it this year.",
        "The quote was way too high for us.",
        "Timing isn't right for us, hiring freeze until spring",
        "Project is on hold until the new fiscal year.",
        "Insurance won't cover it.",
        "Couldn't come because it was too expensive",
        "We did not have the budget for it",
        "Please check back next quarter",
        "Husband lost his job, so not now.",
        "There was a death in the family, please give us time",
        "It's just not a priority right now.",
    ],
)
def test_s7_budget_or_timing_is_heard(text: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == "budget_or_timing"


@pytest.mark.parametrize(
    "text",
    [
        "I am very unhappy with the fitting, and nobody called me back.",
        "He wants a refund.",
        "I'm not happy with the result.",
        "Terrible customer service, I will not be coming back.",
        "Was on hold for 40 minutes, unacceptable.",
        "You overcharged me twice now.",
        "The receptionist was rude to my mother.",
        "They still don't work properly after three visits.",
        "Client filed a complaint about the crew",
        "We felt let down. You let us down.",
    ],
)
def test_s7_a_service_issue_is_heard(text: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == "service_issue"


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, I've been so busy with the kids that I completely forgot to call back.",
        "I've been meaning to get back to you",
        "Life got in the way.",
        "It totally slipped my mind!",
        "We just haven't had the time to look at it.",
        "Swamped with year-end closing.",
        "There is a lot going on at home right now",
    ],
)
def test_s7_distraction_is_heard(text: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == "distraction"


@pytest.mark.parametrize(
    "text",
    [
        "We moved to Denver in June.",
        "The family relocated out of state.",
        "We no longer need the service, the project was cancelled.",
        "I don't need hearing aids anymore.",
        "Their requirements have changed.",
        "She sold the house in spring.",
        "It's too far to drive for us.",
        "He left the company in March.",
        "We now handle it in-house.",
        "They've since moved.",
    ],
)
def test_s7_having_moved_or_changed_needs_is_heard(text: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == "moved"


@pytest.mark.parametrize(
    "text",
    [
        "We did NOT go with a competitor.",
        "We didn't go with anyone else, we just paused.",
        "They have not signed with another vendor yet.",
        "No budget issues on their side.",
        "There are no budget constraints.",
        "The price was not an issue.",
        "Budget isn't a problem for them.",
        "I don't think it's too expensive at all",
        "No complaints so far, very happy with the service!",
        "Never had a bad experience here.",
        "She is not unhappy with the result.",
        "We are not moving out of state after all.",
        "He never said he was too busy.",
        "They won't go with a competitor.",
    ],
)
def test_s7_what_is_negated_is_no_reason(text: str) -> None:
    assert classify(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Did you go with another vendor?",
        "Asked whether they went with a competitor.",
        "If the price were too high we would tell you.",
        "Wondering if we might go with someone else",
        "He was using another dentist before coming to us.",
        "Switched from another provider to us in 2022.",
    ],
)
def test_s7_what_is_asked_supposed_or_long_past_is_no_reason(text: str) -> None:
    assert classify(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "Left voicemail.",
        "Called, no answer. Will try again Thursday.",
        "Thank you, I have a question about my appointment.",
        "Yes, I would like to know more. When could I come in?",
        "Thank you for the note. What would it cost?",
        "Thank you, but I am not interested at the moment.",
        "Budget is $5k, send proposal by Friday.",
        "Sent pricing, budget approved, waiting for signature.",
        "Moved the appointment to Tuesday.",
        "Let's move forward with the proposal.",
        "The deal moved to Stage 3.",
        "She is a retired teacher, likes mornings.",
        "Line was busy.",
        "They are a very busy practice.",
        "We're happy with your team and have another question.",
        "They compared us to a competitor.",
        "STOP",
        "Bitte rufen Sie mich nächste Woche an.",
        "👍",
    ],
)
def test_s7_what_says_nothing_of_a_reason_gives_none(text: str) -> None:
    assert classify(text) is None


def test_s7_trouble_that_was_mended_is_no_reason_to_have_left() -> None:
    trouble = "She complained about the wait."
    assert classify(trouble) is not None
    assert classify(f"{trouble} All resolved, happy now.") is None


def test_s7_two_reasons_that_are_as_likely_are_none() -> None:
    both = "They moved to Denver. They also said it was too expensive."
    assert len([s for s in weigh(both).scores.values() if s >= LEAST_CONFIDENCE]) == 2
    assert classify(both) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("We went with another provider because you were too expensive.", "competitor"),
        ("Too expensive, so they signed with a different contractor.", "competitor"),
        ("Very unhappy with your service, we went with someone else.", "service_issue"),
    ],
)
def test_s7_the_cause_counts_and_not_what_followed_from_it(text: str, reason: str) -> None:
    heard = classify(text)
    assert heard is not None
    assert heard.reason == reason


def test_s7_several_phrases_are_surer_than_one_and_never_sure() -> None:
    one = classify("He wants a refund.")
    many = classify("He wants a refund. Terrible service. You overcharged me. Never coming back.")
    assert one is not None
    assert many is not None
    assert one.confidence <= many.confidence <= MOST < 0.9


def test_s7_what_somebody_quotes_is_not_what_they_say() -> None:
    text = (
        "Thanks, see you then.\n\nOn Mon, Nov 2, 2026 at 9:00 AM Desk <desk@x.example> wrote:\n"
        "> Was it too expensive? Did you go with another provider?\n> We moved to Denver."
    )
    assert classify(text) is None


def test_s7_html_is_read_as_a_reader_sees_it() -> None:
    heard = classify("<div>We&nbsp;went <b>with</b> another&#32;provider&hellip;</div><p>Bye</p>")
    assert heard is not None
    assert heard.reason == "competitor"
    assert classify("<style>.too{expensive:very}</style><p title='too expensive'>Hello</p>") is None


def test_a_negated_phrase_is_a_hint_and_no_reason() -> None:
    assert weigh("We did not go with a competitor").is_hinted
    assert weigh("We did not go with a competitor").heard is None
    assert not weigh("See you on Tuesday").is_hinted


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader_and_an_answer_is_in_the_set(text: str) -> None:
    heard = classify(text)
    assert heard is None or heard.reason in REASONS
    assert heard is None or LEAST_CONFIDENCE <= heard.confidence <= MOST


WORDS = """we they not went with another provider too expensive , . ? if no because moved to Boston
never called me back so busy the budget is tight but"""


@given(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=40,
    )
)
def test_words_in_any_order_give_a_reason_in_the_set_or_none(words: list[str]) -> None:
    heard = classify(" ".join(words))
    assert heard is None or heard.reason in REASONS


def test_every_reason_has_phrases_and_every_weight_is_one() -> None:
    assert PHRASES.keys() == REASONS.keys()
    assert all(0 < phrase.weight < 0.9 for phrase in compiled())


@pytest.mark.parametrize(
    ("phrase", "fits", "fails"),
    [
        ("a|b c", ["a c", "B C", "so b c."], ["ac", "a b", "b cd", "xa c"]),
        ("a [x|y] c", ["a c", "a x c"], ["a z c"]),
        ("a ? c", ["a c", "a z c"], ["a z z c"]),
        ("a ?? c", ["a c", "a z z z c"], ["a z z z z c"]),
        ("go_on", ["go on"], ["go_on", "go upon"]),
        ("complain*", ["complained", "complaints", "complain"], ["incomplain"]),
        ("a !b|c d", ["a", "a b", "a x d"], ["a b d", "a c d"]),
        ("<me|us on hold", ["it is on hold"], ["put me on hold", "kept us on hold"]),
        ("to CAPITAL", ["to Boston", "TO O'Brien"], ["to boston", "to Monday", "to March"]),
        ("MY house", ["our house"], ["a house"]),
    ],
)
def test_the_language_of_the_phrases(phrase: str, fits: list[str], fails: list[str]) -> None:
    pattern = re.compile(pattern_of(phrase), re.IGNORECASE)
    assert [text for text in fits if not pattern.search(text)] == []
    assert [text for text in fails if pattern.search(text)] == []


def test_a_phrase_is_looked_for_wherever_it_may_stand() -> None:
    """The quick look at the words of a text must not miss a phrase that the pattern would find."""
    for text in ("We went with another provider", "It was too expensive", "They moved to Boston"):
        words = words_of(text)
        found = [p for p in compiled() if p.pattern.search(text)]
        assert found
        assert all(not words.isdisjoint(need) for p in found for need in p.needs)
