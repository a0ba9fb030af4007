"""The decision between champion and challenger by itself: better at something and worse at nothing (C6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.learn.champion import Contest, decide, is_due

START = datetime(2026, 11, 16, 14, tzinfo=UTC)


def told(gap: float, error: float = 0.01) -> Contest:
    return Contest(1_000, 200, 0.5, 0.5 - gap, gap, error)


@pytest.mark.parametrize(
    ("returns", "responses", "state"),
    [
        (0.03, None, "champion"),
        (None, 0.03, "champion"),
        (0.03, 0.01, "champion"),
        (0.01, 0.01, "rejected"),
        (0.0, None, "rejected"),
        (0.03, -0.03, "rejected"),
        (-0.03, 0.03, "rejected"),
        (None, None, "challenger"),
    ],
)
def test_c6_better_at_something_and_worse_at_nothing(
    returns: float | None, responses: float | None, state: str
) -> None:
    contests = {
        "returns": None if returns is None else told(returns),
        "responses": None if responses is None else told(responses),
    }
    assert decide(contests, known_outcomes=5, new_outcomes=9).state == state


@pytest.mark.parametrize(
    ("gap", "known", "new", "state"),
    [
        (0.0, 0, 9, "champion"),
        (-0.01, 0, 9, "champion"),
        (-0.03, 0, 9, "rejected"),
        (0.0, 0, 0, "rejected"),
        (0.0, 3, 9, "rejected"),
    ],
)
def test_the_first_to_know_outcomes_need_only_not_be_worse(
    gap: float, known: int, new: int, state: str
) -> None:
    contests = {"returns": None, "responses": told(gap)}
    assert decide(contests, known_outcomes=known, new_outcomes=new).state == state


@given(gap=st.floats(-1, 1), error=st.floats(0, 0.5), known=st.integers(0, 3))
def test_nobody_takes_over_who_is_worse(gap: float, error: float, known: int) -> None:
    verdict = decide({"returns": told(gap, error)}, known_outcomes=known, new_outcomes=9)
    if verdict.state == "champion":
        assert gap >= -2 * error


@pytest.mark.parametrize(
    ("days", "new", "due"), [(0, 0, False), (29, 29, False), (30, 0, True), (1, 30, True)]
)
def test_learning_goes_on_monthly_or_with_enough_that_is_new(
    days: float, new: int, *, due: bool
) -> None:
    assert is_due(START, new_outcomes=new, at=START + timedelta(days=days)) is due
    assert is_due(None, new_outcomes=0, at=START)
