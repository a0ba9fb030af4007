"""The discrete-time hazard: its terms by hand, its steps by multiplication."""

import itertools
import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features.timeline import State, state_now, timeline
from scoring.learn.hazard import (
    _LEARNT,
    FREE_TERMS,
    TERMS,
    Hazard,
    _odds,
    _terms,
    fadings,
    fit_hazard,
    p_returns,
)
from scoring.learn.rhythm import PUBLISHED as KNOWN
from scoring.learn.rhythm import Rhythm, fit_rhythm
from tests.scoring.models.checks import dice
from tests.scoring.pareto import made_up_shop

PUBLISHED = Rhythm(1.0, KNOWN)


def standing(rng: np.random.Generator, people: int = 30, *, horizon: float = 90.0) -> State:
    """Possible people: new and old, never back and often back, touched and not."""
    age = rng.choice([0.0, 3.0, 80.0, 700.0], people)
    x = np.where(age > 0, rng.choice([0.0, 0.0, 1.0, 4.0, 40.0], people), 0.0)
    t_x = np.where(x > 0, np.ceil(age * rng.uniform(0.1, 1, people)), 0.0)
    touched = (x > 0) | (rng.random(people) < 0.5)
    fading = np.exp(-(age - t_x)[:, None] / np.array(fadings(horizon))) * touched[:, None]
    return State(x, t_x, age, touched, tuple(fading.T))


def test_the_terms_by_hand() -> None:
    step, recent = 30.0, tuple(np.array([v, 2 * v, 0.0]) for v in (0.5, 1.0, 1.5))
    state = State(
        x=np.array([3.0, 0.0, 0.0]),
        t_x=np.array([90.0, 0.0, 0.0]),
        age=np.array([210.0, 60.0, 45.0]),
        touched=np.array([True, True, False]),
        recent=recent,
    )
    found = dict(zip(FREE_TERMS, _terms(state, step), strict=True))
    chance = PUBLISHED.p_return(state, step)
    assert _odds(PUBLISHED, state, step) == pytest.approx(np.log(chance / (1 - chance)))
    # Somebody who came every 30 days (drawn to a step) and has stayed away for 120.
    overdue = math.log((120 + 15) / ((90 + 30) / 4 + 15))
    quiet, repeats = math.log(1 + 120 / 30), math.log(4)
    expected = {
        "constant": 1.0, "quiet": quiet, "age": math.log(1 + 210 / 30),
        "age_repeats": 0.5 * math.log(8) * repeats,
        "repeats": repeats, "no_repeat": 0.0, "quiet_squared": 0.3 * quiet**2,
        "quiet_repeats": quiet * repeats, "quiet_no_repeat": 0.0, "overdue": overdue, "early": 0.0,
        "overdue_repeats": 0.5 * overdue * repeats, "recent": math.log(1.5),
        "recent_months": math.log(2.0), "recent_long": math.log(2.5), "untouched": 0.0,
    }  # fmt: skip
    assert {name: float(term[0]) for name, term in found.items()} == pytest.approx(expected)
    once = {name: float(term[1]) for name, term in found.items()}
    assert (once["no_repeat"], once["overdue"]) == (1.0, 0.0)
    # Processors differ in the last digit of a logarithm.
    assert once["quiet_no_repeat"] == pytest.approx(math.log(3), rel=1e-15)
    assert found["untouched"].tolist() == [0.0, 0.0, 1.0]


def test_who_is_early_by_the_own_rhythm_has_that_term_alone_below_zero() -> None:
    state = State(np.array([1.0]), np.array([100.0]), np.array([105.0]), np.array([True]),
                  (np.ones(1),) * 3)  # fmt: skip
    found = dict(zip(FREE_TERMS, _terms(state, 10.0), strict=True))
    assert found["early"][0] == found["overdue"][0] < 0


def hazard_of(rng: np.random.Generator, step: float, *, led: bool, horizon: float = 90.0) -> Hazard:
    names = TERMS if led else FREE_TERMS
    coefficients = tuple(rng.normal(0, 0.3, len(names)).tolist())
    return Hazard(step, led, fadings(horizon), coefficients)


def slow_chance(hazard: Hazard, state: State, i: int, horizon: float) -> float:
    """The product of the steps of one person, the last step as far as the horizon goes."""
    stays, ahead = 1.0, 0.0
    while ahead < horizon - 1e-9:
        moved = State(state.x[i : i + 1], state.t_x[i : i + 1], state.age[i : i + 1] + ahead,
                      state.touched[i : i + 1],
                      tuple(part[i : i + 1] * math.exp(-ahead / tau)
                            for part, tau in zip(state.recent, hazard.fading, strict=True)))  # fmt: skip
        terms = [float(term[0]) for term in _terms(moved, hazard.step)]
        if hazard.led:
            terms.append(float(_odds(PUBLISHED, moved, hazard.step)[0]))
        odds = sum(w * t for w, t in zip(hazard.coefficients, terms, strict=True))
        stays *= (1 - 1 / (1 + math.exp(-odds))) ** (
            min(hazard.step, horizon - ahead) / hazard.step
        )
        ahead += hazard.step
    return 1 - stays


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    horizon=st.sampled_from([7.0, 90.0, 100.0]),
    steps=st.lists(st.sampled_from([7.0, 30.0, 90.0, 200.0]), min_size=1, max_size=4),
)
def test_the_chance_is_one_minus_the_product_of_the_steps_stayed_away(
    seed: int, horizon: float, steps: list[float]
) -> None:
    rng = dice(seed)
    hazards = [
        hazard_of(rng, step, led=bool(i % 2), horizon=horizon) for i, step in enumerate(steps)
    ]
    state = standing(rng, 8, horizon=horizon)
    found = p_returns(hazards, PUBLISHED, state, horizon)
    for hazard, chances in zip(hazards, found, strict=True):
        expected = [slow_chance(hazard, state, i, horizon) for i in range(len(state))]
        assert chances == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([5.0, 30.0, 90.0]), led=st.booleans())
def test_a_longer_horizon_never_makes_a_return_less_likely(
    seed: int, step: float, *, led: bool
) -> None:
    rng = dice(seed)
    hazard, state = hazard_of(rng, step, led=led), standing(rng)
    chances = [p_returns([hazard], PUBLISHED, state, days)[0] for days in (1, 20, 30, 31, 90, 365)]
    for shorter, longer in itertools.pairwise(chances):
        assert (longer >= shorter).all()
    assert (chances[-1] > chances[0]).all()
    assert all(((chance >= 0) & (chance <= 1)).all() for chance in chances)


def fit(line_seed: int, people: int, *, step: float = 45.0, periods: int = 6) -> Hazard:
    line = made_up_shop(line_seed, people).past()
    rhythm = fit_rhythm(state_now(line), None)
    return fit_hazard(line, rhythm, step=step, periods=periods, horizon=90.0)


def test_learning_twice_from_one_record_gives_the_same_coefficients() -> None:
    assert astuple(fit(1, 300)) == astuple(fit(1, 300))


def test_few_people_are_drawn_to_what_published_customers_taught() -> None:
    taught = np.array([_LEARNT.get(name, 0.0) for name in TERMS])
    few, many = (np.abs(np.array(fit(2, n).coefficients) - taught).max() for n in (5, 3_000))
    assert few < 0.05
    assert many > 3 * few


def test_where_everybody_is_newer_than_all_periods_the_belief_stands() -> None:
    line = timeline(np.zeros(0, dtype=np.int64), np.zeros(0), np.full(40, -1.0))
    hazard = fit_hazard(line, PUBLISHED, step=30.0, periods=3, horizon=90.0)
    assert hazard.coefficients == tuple(_LEARNT.get(name, 0.0) for name in TERMS)


def test_a_free_hazard_knows_no_rhythm_and_learns_all_periods_alike() -> None:
    line = made_up_shop(4, 1_500).past()
    free = fit_hazard(line, None, step=30.0, periods=20, horizon=90.0)
    assert (free.led, len(free.coefficients)) == (False, len(FREE_TERMS))
    # Over the periods it learnt from it expects as many as came.
    expected = came = 0.0
    for back in range(30, 601, 30):
        past, known = line.until(-float(back))
        chance = p_returns([free], PUBLISHED, state_now(past, free.fading), 30.0)[0]
        expected += chance.sum()
        came += (line.counts_after(-float(back), 30.0 - back, known) > 0).sum()
    assert expected == pytest.approx(came, rel=0.02)
