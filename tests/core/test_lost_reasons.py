"""A picklist's value in our words: as the table has it, by its words, or not at all (S7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.lost_reasons import BY_WORDS, EXACT, read_field
from contact_rules.reasons import REASONS, Heard


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("competitor", "competitor"),
        ("Went elsewhere", "competitor"),
        ("LOST_TO_COMPETITOR", "competitor"),
        ("Price", "budget_or_timing"),
        ("budget_or_timing", "budget_or_timing"),
        ("Budget / Timing", "budget_or_timing"),
        ("Can't afford", "budget_or_timing"),
        ("service_issue", "service_issue"),
        ("Bad experience", "service_issue"),
        ("Too busy", "distraction"),
        ("Moved away", "moved"),
        ("no longer needed", "moved"),
        ("Price;Budget", "budget_or_timing"),
    ],
)
def test_s7_a_value_of_the_table_is_meant_so(value: str, reason: str) -> None:
    assert read_field(value) == Heard(reason, EXACT)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("They went with another practice downtown", "competitor"),
        ("Too expensive for a family of four", "budget_or_timing"),
        ("unhappy with the installer", "service_issue"),
    ],
)
def test_s7_free_words_are_less_sure(value: str, reason: str) -> None:
    heard = read_field(value)
    assert heard is not None
    assert heard.reason == reason
    assert heard.confidence <= BY_WORDS < EXACT


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "No answer", "Unresponsive", "Other", "Duplicate", "Not interested", "n/a",
     "Spam", "42", "not a competitor", "no budget issues", "Competitor;Price"],
)  # fmt: skip
def test_s7_what_names_no_reason_or_several_is_none(value: str | None) -> None:
    assert read_field(value) is None


@pytest.mark.parametrize("reason", REASONS)
def test_s7_our_own_words_and_labels_are_understood(reason: str) -> None:
    assert read_field(reason) == read_field(REASONS[reason]) == Heard(reason, EXACT)


@given(st.text(max_size=60))
def test_any_value_is_read(value: str) -> None:
    heard = read_field(value)
    assert heard is None or heard.reason in REASONS
