"""Who writes that they want no more is heard in whatever reasonable words, and who does not is not (D2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.wishes import LEFT_ALONE, OPTED_IN, OPTED_OUT, WISHES, Wish, find_wish

STOPS = [
    *("STOP", "stop.", "Stop!", "STOPALL", "Unsubscribe", "CANCEL", "end", "QUIT", "Revoke", "opt out", "REMOVE"),
    *("please stop texting me", "Stop sending me messages", "Don't text me again", "do not message me"),
    *("No more texts please", "I no longer want to receive your texts", "Take me off your list"),
    *("Remove me from your mailing list, thanks", "pls remove my number", "I want to unsubscribe"),
    *("I don't want any more texts", "Hi. I'd like to opt out. Best, Ann", "unsubscribe me"),
    *("Please stop. Stop calling and texting", "can you stop texting me?", "I revoke my consent"),
    *("Bitte keine weiteren SMS", "Abmelden", "ne m'envoyez plus de messages", "Arrêtez de m'écrire"),
    *("no me envíen más mensajes", "não me mande mais mensagens", "non scrivetemi più", "Schrijf me uit"),
]  # fmt: skip
LEAVES = [
    *("Leave me alone", "stop contacting me", "Do not contact me again!", "Never contact us again"),
    *("Stop bothering me", "Lassen Sie mich in Ruhe.", "Ne me contactez plus", "No me contacten más"),
    "Non contattatemi",
]  # fmt: skip
NEITHER = [
    *("", "Yes please", "I can't stop by today", "When does the offer end?", "Can I cancel my appointment on Tuesday?"),
    *("Please don't call before 9am", "don't text me at work", "I never asked you to stop texting me"),
    *("How do I unsubscribe from the other list?", "Please do not remove me from the list", "Stop at the front desk"),
    *("Don't stop sending me offers", "I'll text you when I get there", "We stopped by your office"),
    *("Is there a bus stop nearby", "the pain won't stop", "Sorry I missed your call", "I quit smoking"),
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_any_reasonable_wording_is_an_opt_out_d2(text: str) -> None:
    assert find_wish(text, kind="sms") == OPTED_OUT
    assert find_wish(f"  {text.upper()}\n\n-- \nSent from my phone", kind="sms") == OPTED_OUT


@pytest.mark.parametrize("text", LEAVES)
def test_who_wants_to_be_left_alone_is_left_alone_d2(text: str) -> None:
    assert find_wish(text, kind="sms") == LEFT_ALONE
    assert find_wish(text, kind="email") == LEFT_ALONE


@pytest.mark.parametrize(
    "text", ["Wrong number", "sorry, falsche Nummer", "Vous avez le mauvais numéro"]
)
def test_the_wrong_person_is_told_by_their_own_words_d8(text: str) -> None:
    assert find_wish(text, kind="sms") == Wish.WRONG_PERSON


@pytest.mark.parametrize("text", NEITHER)
def test_other_messages_say_nothing_of_it_d2(text: str) -> None:
    assert find_wish(text, kind="sms") is None
    assert find_wish(text, kind="email") is None


@pytest.mark.parametrize("word", ["cancel", "END", "Remove"])
def test_a_lone_word_of_every_day_ends_texts_and_says_nothing_in_an_e_mail_d2(word: str) -> None:
    assert find_wish(word, kind="sms") == OPTED_OUT
    assert find_wish(word, kind="email") is None


@pytest.mark.parametrize("word", ["START", "unstop", "Opt in"])
def test_who_wants_texts_again_says_start(word: str) -> None:
    assert find_wish(word, kind="sms") == OPTED_IN


def test_what_an_e_mail_quotes_is_not_its_writers_own() -> None:
    quoted = "Thanks, see you then!\n\nOn Mon, Nov 2, 2026 the shop wrote:\n> Reply STOP to unsubscribe me"
    assert find_wish(quoted, kind="email") is None
    assert (
        find_wish("<p>Unsubscribe me</p><blockquote>offer</blockquote>", kind="email") == OPTED_OUT
    )


@given(st.text(max_size=300), st.sampled_from(["email", "sms", "other"]))
def test_any_text_is_answered(text: str, kind: str) -> None:
    assert find_wish(text, kind=kind) in {None, *WISHES}
