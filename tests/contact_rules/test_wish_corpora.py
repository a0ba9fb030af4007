"""Wishes not to be contacted are told from texts that look alike, in seven languages and twelve kinds (D1, D2, D8)."""

from collections import Counter
from pathlib import Path

import pytest

from contact_rules.marked_words import LANGUAGES
from contact_rules.wishes import Wish, find_wish

# Some ten thousand texts.
pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parents[1] / "data"
NONE = "none"
# Of the texts that the weights are fitted to a part is enough to see that they are the ones that were fitted.
SOME = 5


def read(language: str, folder: str = "wishes") -> list[tuple[str, str]]:
    """(kind, text) of each text of a language."""
    lines = (FOLDER / folder / f"{language}.tsv").read_text("utf-8").splitlines()
    return [(kind, text) for kind, text in (line.split("\t", 1) for line in lines)]


def test_the_texts_are_many_in_every_kind_and_language_d2_d8() -> None:
    kinds = Counter(kind for language in LANGUAGES for kind, _ in read(language))
    assert set(kinds) == {*Wish, NONE} - {Wish.OPTED_IN}
    assert len(LANGUAGES) == 7
    assert sum(kinds.values()) >= 400
    assert kinds[NONE] > sum(kinds.values()) / 3
    assert min(kinds.values()) > 7 * 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_a_wish_is_missed_and_few_look_alikes_are_taken_for_one_d2_d8(language: str) -> None:
    told = read(language)[::SOME]
    heard = [(kind, find_wish(text, kind="sms")) for kind, text in told]
    wished = [found is not None for kind, found in heard if kind != NONE]
    falsely = [found for kind, found in heard if kind == NONE and found is not None]
    assert sum(wished) >= 0.99 * len(wished)
    assert sum(wished) >= 0.95 * (sum(wished) + len(falsely))


def test_texts_that_nothing_was_fitted_to_are_told_apart_as_well_d2_d8() -> None:
    told = [one for language in LANGUAGES for one in read(language, "wishes_unseen")]
    known = {text.casefold() for language in LANGUAGES for _, text in read(language)}
    unseen = [(kind, text) for kind, text in told if text.casefold() not in known]
    heard = [(kind != NONE, find_wish(text, kind="sms") is not None) for kind, text in unseen]
    wished = sum(is_wish for is_wish, _ in heard)
    right = sum(is_wish and is_heard for is_wish, is_heard in heard)
    assert wished > 1_000 < len(unseen) - wished
    assert {kind for kind, _ in unseen} == {*Wish, NONE} - {Wish.OPTED_IN}
    assert right >= 0.97 * wished
    assert right >= 0.9 * sum(is_heard for _, is_heard in heard)
