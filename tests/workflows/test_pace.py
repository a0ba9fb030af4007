"""How large the next batch is: small at first, within every limit, growing while all goes well (S23, S24, D6, D12)."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.pace import (
    LEAST_ALLOWED,
    Situation,
    allowance,
    answer_rate,
    is_by_hand,
    is_warming_up,
    size_of,
)

FIRST = Situation(is_first=True, first_wave=50, later_wave=250, people_a_day=200, answers_a_day=40)
LATER = replace(FIRST, is_first=False, last_batch=50, weeks=2, usual_per_day=5_000)

counts = st.integers(0, 3_000)
situations = st.builds(
    Situation,
    is_first=st.booleans(),
    first_wave=st.integers(1, 50),
    later_wave=st.integers(1, 1_000),
    people_a_day=st.integers(1, 5_000),
    answers_a_day=st.integers(1, 500),
    begun_lately=counts,
    due_soon=counts,
    usual_per_day=st.floats(0, 1e5),
    weeks=st.integers(0, 60),
    crm_per_day=st.none() | counts,
    asked=counts,
    answered=st.integers(0, 50),
    answers_waiting=st.integers(0, 600),
    last_batch=st.integers(0, 1_000),
    is_near_limit=st.booleans(),
)


@given(now=situations)
def test_d12_a_batch_is_within_every_limit(now: Situation) -> None:
    size = size_of(now).people
    assert size >= 0
    assert size <= (min(50, now.first_wave) if now.is_first else now.later_wave)
    assert size + now.begun_lately <= max(now.people_a_day, now.begun_lately)
    allowed = allowance(now.usual_per_day, now.weeks)
    assert size == 0 or size + now.begun_lately + now.due_soon <= allowed
    assert now.crm_per_day is None or size == 0 or size <= now.crm_per_day
    expected = size * answer_rate(now.asked, now.answered)
    begun = now.begun_lately * answer_rate(now.asked, now.answered)
    assert size == 0 or expected + begun <= now.answers_a_day - now.answers_waiting + 1e-9


@given(now=situations)
def test_s20_a_quiet_day_always_lets_somebody_begin(now: Situation) -> None:
    """Whatever held a batch back yesterday: once it is over the loop goes on by itself."""
    quiet: dict[str, Any] = {"begun_lately": 0, "due_soon": 0, "answers_waiting": 0}
    size = size_of(replace(now, **quiet, crm_per_day=None, answered=min(now.answered, now.asked)))
    assert size.people >= 1


@pytest.mark.parametrize(
    ("more", "people", "why"),
    [
        ({}, 50, "the first batch is small"),
        ({"first_wave": 7}, 7, "the first batch is small"),
        ({"people_a_day": 20}, 20, "people a day"),
        ({"answers_a_day": 6}, 30, "your team can answer"),
    ],
)
def test_s24_the_first_batch_is_small(more: dict[str, Any], people: int, why: str) -> None:
    size = size_of(replace(FIRST, **more))
    assert size.people == people
    assert why in size.why


@pytest.mark.parametrize(
    ("more", "people", "why"),
    [
        ({}, 100, "grow step by step"),
        ({"last_batch": 100}, 200, "grow step by step"),
        ({"last_batch": 150, "people_a_day": 900, "answers_a_day": 90}, 250, "limit for one batch"),
        ({"begun_lately": 150, "last_batch": 200}, 50, "people a day"),
        ({"begun_lately": 60}, 40, "grow step by step"),
        ({"begun_lately": 50, "last_batch": 0}, 0, "is to be seen first"),
        ({"is_near_limit": True}, 25, "near a limit"),
        ({"asked": 100, "last_batch": 60}, 60, "nobody of the last hundred"),
        ({"answers_waiting": 40}, 0, "your team can answer"),
        ({"answers_waiting": 30}, 50, "your team can answer"),
        ({"asked": 900, "answered": 380}, 100, "grow step by step"),
        ({"asked": 900, "answered": 380, "answers_a_day": 20}, 50, "your team can answer"),
        ({"usual_per_day": 0, "weeks": 0, "due_soon": 30}, 20, "beside what you send anyway"),
        ({"crm_per_day": 12}, 12, "CRM's limit"),
    ],
)
def test_s24_batches_grow_only_while_answers_and_guardrails_allow(
    more: dict[str, Any], people: int, why: str
) -> None:
    size = size_of(replace(LATER, **more))
    assert (size.people, why in size.why) == (people, True), size


def test_d6_messages_to_dormant_people_are_a_tenth_of_the_usual_at_first_and_grow() -> None:
    assert [allowance(10_000, weeks) for weeks in range(4)] == [1_000, 1_500, 2_250, 3_375]
    assert allowance(10_000, 7) == 10_000, "never more than is sent anyway"
    assert allowance(0, 0) == allowance(100, 0) == LEAST_ALLOWED
    assert [is_warming_up(weeks) for weeks in (0, 3, 4)] == [True, True, False]


@pytest.mark.parametrize(
    ("dormant", "under", "has_begun", "by_hand"),
    [
        (199, 200, False, True),
        (200, 200, False, False),
        (199, 0, False, False),
        (5_000, 10_000, False, True),
        (100, 200, True, False),
    ],
)
def test_s23_below_200_dormant_people_are_written_to_by_hand(
    dormant: int, under: int, has_begun: bool, by_hand: bool
) -> None:
    assert is_by_hand(dormant, under=under, has_begun=has_begun) is by_hand


def test_everything_that_a_size_goes_by_bounds_or_frees_it() -> None:
    """No field is looked at by nobody."""
    changed: dict[str, Any] = {
        "is_first": True, "first_wave": 60, "later_wave": 10, "people_a_day": 10, "answers_a_day": 1,
        "begun_lately": 195, "due_soon": 1_100, "usual_per_day": 0, "weeks": 60, "crm_per_day": 1,
        "asked": 5_000, "answered": 40, "answers_waiting": 39, "last_batch": 90, "is_near_limit": True,
    }  # fmt: skip
    assert set(changed) == {field.name for field in fields(Situation)}
    base = replace(LATER, usual_per_day=900, due_soon=20, asked=120, answered=0)
    for name, value in changed.items():
        bases = (
            FIRST,
            base,
            LATER,
            replace(LATER, usual_per_day=1_000, due_soon=200, last_batch=200),
        )
        assert any(size_of(replace(b, **{name: value})) != size_of(b) for b in bases), name
