"""Which model a record gets: a grid needs crowded days far apart, and scarce records never fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from scoring.features.timeline import State, Timeline, state_now, timeline
from scoring.learn.pace import dating_of
from scoring.learn.rhythm import PUBLISHED, Rhythm, fit_rhythm
from scoring.models import bg_bb, mbg_nbd
from scoring.models.bg_bb import BgBb
from scoring.models.mbg_nbd import MbgNbd
from tests.scoring.models.checks import dice
from tests.scoring.pareto import made_up_shop


def grid_of(line: Timeline) -> float:
    return dating_of(line, 17_000.0).grid


def on_days(days: list[float], people: int, seed: int = 0, share: float = 0.6) -> Timeline:
    """People who come on some of these days and on no other."""
    came = dice(seed).random((people, len(days))) < share
    came[:, 0] = True
    person, at = np.nonzero(came)
    return timeline(person, np.array(days)[at])


MONTHS = [-30.0 * i for i in range(12, -1, -1)]


def test_crowded_days_far_apart_are_a_grid_and_bg_bb_takes_them() -> None:
    line = on_days(MONTHS, 40)
    assert grid_of(line) == 30.0
    rhythm = fit_rhythm(state_now(line), grid_of(line))
    assert isinstance(rhythm.params, BgBb)
    state = state_now(line)
    x, n = state.x, np.full(40, 12.0)
    t_x = np.rint(state.t_x / 30)
    expected = bg_bb.p_return(rhythm.params, x, t_x, n, 3)
    assert rhythm.p_return(state, 90.0) == pytest.approx(expected)
    assert rhythm.expected(state, 90.0) == pytest.approx(
        bg_bb.expected_purchases(rhythm.params, x, t_x, n, 3)
    )


def test_months_and_years_of_unlike_length_are_still_opportunities() -> None:
    starts = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30]) - 334.0
    line = on_days(starts.tolist(), 50)
    rhythm = fit_rhythm(state_now(line), grid_of(line))
    x, t_x, n = rhythm._opportunities(state_now(line))
    assert set(n.tolist()) == {11.0}
    came = [np.searchsorted(starts, line.day[line.person == i]) for i in range(50)]
    assert t_x.tolist() == [max(month) for month in came]
    assert x.tolist() == [len(month) - 1 for month in came]


def test_a_month_in_which_nobody_came_is_an_opportunity_all_the_same() -> None:
    line = on_days([day for day in MONTHS if day not in (-60.0, -210.0)], 40)
    assert grid_of(line) == 30.0
    years = np.array([-3 * 365.0 - 366, -3 * 365.0, -2 * 365.0, -365.0, 0.0])
    assert grid_of(on_days(years.tolist(), 40)) == pytest.approx(365.25)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (on_days(MONTHS, 3), "few on each day: nothing shows a grid"),
        (on_days(MONTHS[-2:], 40), "two days are no grid"),
        (on_days([-7.0 * i for i in range(30, -1, -1)], 40), "weeks are fine enough for days"),
        (on_days([*MONTHS, -1.0], 40), "one day off the grid"),
        (made_up_shop(1, 200).past(), "any day"),
    ],
)
def test_every_other_record_is_one_of_days_and_mbg_takes_it(line: Timeline, why: str) -> None:
    assert not dating_of(line, 17_000.0).is_coarse, why
    state = state_now(line)
    rhythm = fit_rhythm(state, None)
    assert isinstance(rhythm.params, MbgNbd)
    expected = mbg_nbd.p_return(rhythm.params, state.x, state.t_x, state.age, 90.0)
    assert rhythm.p_return(state, 90.0).tolist() == expected.tolist()


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.sampled_from([0, 1, 30, 90, 3_000]), min_size=1, max_size=40),
    grid=st.sampled_from([1.0, 30.0, 365.0]),
    horizon=st.sampled_from([1.0, 90.0, 365.0]),
)
def test_where_nobody_came_back_there_is_still_a_chance_and_it_is_small(
    ages: list[int], grid: float, horizon: float
) -> None:
    none = np.zeros(len(ages))
    state = State(none, none, np.array(ages, dtype=np.float64), none == 0)
    rhythm = fit_rhythm(state, grid)
    chance = rhythm.p_return(state, horizon)
    assert np.isfinite(chance).all()
    assert ((chance >= 0) & (chance < 1)).all()
    assert np.isfinite(rhythm.expected(state, horizon)).all()


@settings(max_examples=25, deadline=None)
@given(
    days=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 30).map(lambda i: -30.0 * i)),
        min_size=1,
        max_size=40,
    )
)
def test_a_sparse_record_on_any_grid_never_fails(days: list[tuple[int, float]]) -> None:
    person, day = (np.array(column) for column in zip(*days, strict=True))
    line = timeline(person, day, np.full(5, -900.0))
    state = state_now(line)
    for grid in (None, grid_of(line), 30.0):
        chance = fit_rhythm(state, grid).p_return(state, 90.0)
        assert ((chance >= 0) & (chance <= 1)).all()


def test_nobody_at_all_is_refused() -> None:
    none = np.zeros(0)
    with pytest.raises(Invalid, match="no customers"):
        fit_rhythm(State(none, none, none, none > 0), None)


def test_few_customers_are_drawn_to_the_published_ones() -> None:
    distance = []
    for people in (10, 3_000):
        line = made_up_shop(3, people).past()
        params = fit_rhythm(state_now(line), None).params
        assert isinstance(params, MbgNbd)
        distance.append(abs(np.log(params.r / PUBLISHED.r)))
    assert distance[0] < 0.15 < distance[1]


def test_more_days_are_expected_than_one_where_there_is_any() -> None:
    line = made_up_shop(4, 300).past()
    state = state_now(line)
    rhythm: Rhythm = fit_rhythm(state, None)
    assert (rhythm.expected(state, 90.0) >= rhythm.p_return(state, 90.0) - 1e-12).all()
