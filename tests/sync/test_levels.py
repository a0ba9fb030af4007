"""High, medium and low by a table of words; what is not in it is nothing (S31)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.fields.levels import is_blank, plain, read_levels

WORDS = {
    "high": ("High", "HOT", "very high", "Strong", "high intent", "Hot lead", "very_interested", "🔥 Hot"),
    "medium": ("Medium", "med", "warm", "Moderate", "medium interest", "somewhat-interested"),
    "low": ("Low", "COLD", "weak", "low priority", "just browsing"),
}  # fmt: skip


@pytest.mark.parametrize(("level", "word"), [(lv, w) for lv, words in WORDS.items() for w in words])
def test_words_are_read_s31(level: str, word: str) -> None:
    assert read_levels({word: word}) == {word: level}


@pytest.mark.parametrize(
    "word", ["won", "interested", "not interested", "highway", "yes", "other", "", "maybe", "4"]
)
def test_other_words_are_not_guessed_s31(word: str) -> None:
    assert read_levels({word: word}) == {}


def test_what_people_see_counts_before_how_it_is_stored() -> None:
    assert read_levels({"opt_1": "High", "low": "Warm", "3": "Cold"}) == {
        "opt_1": "high",
        "low": "medium",
        "3": "low",
    }


@pytest.mark.parametrize(
    ("marks", "levels"),
    [
        ("ABC", ["high", "medium", "low"]),
        ("321", ["high", "medium", "low"]),
        ("hml", ["high", "medium", "low"]),
        ("12345", []),  # of five, three is the middle
        ("0123", []),
        ("ABCD", []),
        ("A1", []),
    ],
)
def test_a_mark_is_read_only_on_a_scale_of_three_s31(marks: str, levels: list[str]) -> None:
    assert list(read_levels({m: m for m in marks}).values()) == levels


def test_of_a_ranking_nobody_can_tell_which_end_is_up_s31() -> None:
    labels = {"1": "1", "2": "2", "high": "High"}
    assert read_levels(labels, is_ranking=True) == {"high": "high"}


@pytest.mark.parametrize("word", ["", " ", "-", "–", "Unknown", "N/A", "not asked", "NONE"])
def test_words_for_nothing(word: str) -> None:
    assert is_blank(word)
    assert read_levels({word: word}) == {}


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=8))
def test_any_values_are_read_as_a_level_or_not_at_all(labels: dict[str, str]) -> None:
    found = read_levels(labels)
    assert found.keys() <= labels.keys()
    assert {*found.values()} <= {"high", "medium", "low"}
    assert read_levels({v: v for v in found.values()}) == {v: v for v in found.values()}


@given(st.text(max_size=20))
def test_plain_words_stay_plain(text: str) -> None:
    assert plain(plain(text)) == plain(text)
