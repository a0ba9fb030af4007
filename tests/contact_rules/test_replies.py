"""How an answer is meant is told in seven languages; what is neither yes nor no is unclear (S19)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_rules.replies import find_tone
from contact_rules.tones import Tone

POSITIVE = [
    *("Yes please call me Tuesday", "Sounds good!", "ok", "No problem, call me anytime"),
    *("Ja gerne, rufen Sie mich an", "Wann haben Sie einen Termin frei?", "Oui avec plaisir", "Sí, me interesa"),
    *("je voudrais un rendez-vous", "¿Cuándo puedo ir?", "Sim, quero marcar", "Quanto custa?", "Sì volentieri"),
    *("Ja graag, bel me morgen", "\U0001f44d"),
]  # fmt: skip
NEGATIVE = [
    *("not interested, thanks", "No thanks", "I already bought one elsewhere", "I don't need it anymore"),
    *("nein danke", "Kein Interesse", "non merci, pas intéressé", "Déjà trouvé ailleurs", "no gracias"),
    "Ya tengo otro",
    *("não obrigado", "no grazie", "troppo caro", "nee bedankt", "geen interesse", "\U0001f44e"),
]  # fmt: skip
UNCLEAR = [
    # A question beside a no is a question.
    *("I can't stop by this week. How long does it take?", "No, not today, but is Friday free?"),
    *("Nicht heute. Wie lange dauert das denn?", "Troppo caro per me, fate anche le rate?"),
    *("I can't stop by today", "Who is this about?"),
    *("What do you mean", "Ich bin gerade im Auto", "Je suis au travail", "hm"),
]  # fmt: skip


@pytest.mark.parametrize("text", POSITIVE)
def test_a_yes_is_positive_s19(text: str) -> None:
    assert find_tone(text) is Tone.POSITIVE


@pytest.mark.parametrize("text", NEGATIVE)
def test_a_no_is_negative_s19(text: str) -> None:
    assert find_tone(text) is Tone.NEGATIVE


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_neither_is_unclear_s19(text: str) -> None:
    assert find_tone(text) is Tone.UNCLEAR


def test_what_is_quoted_is_no_answer_s19() -> None:
    assert find_tone("No thanks\n\n> Yes, do you want to come?") is Tone.NEGATIVE
    assert find_tone("") is None


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    assert find_tone(text) in {None, *Tone}
