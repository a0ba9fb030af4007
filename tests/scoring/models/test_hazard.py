"""The discrete-time hazard: its terms by hand, its season by integration, its steps by multiplication."""

import itertools
import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from scoring.features.timeline import Ints, State, state_now, timeline
from scoring.learn.hazard import (
    _LEARNT,
    FADING,
    SEASON,
    TERMS,
    YEAR,
    Hazard,
    _terms,
    fit_hazard,
    season,
    taus,
)
from scoring.learn.rhythm import PUBLISHED as KNOWN
from scoring.learn.rhythm import Rhythm, fit_rhythm
from scoring.models.logistic import Floats
from tests.scoring.models.checks import dice
from tests.scoring.pareto import made_up_shop

PUBLISHED = Rhythm(1.0, KNOWN)


def standing(rng: np.random.Generator, people: int = 30, *, horizon: float = 90.0) -> State:
    """Possible people: new and old, never back and often back, touched and not."""
    age = rng.choice([0.0, 3.0, 80.0, 700.0], people)
    x = np.where(age > 0, rng.choice([0.0, 0.0, 1.0, 4.0, 40.0], people), 0.0)
    t_x = np.where(x > 0, np.ceil(age * rng.uniform(0.1, 1, people)), 0.0)
    touched = (x > 0) | (rng.random(people) < 0.5)
    fading = np.exp(-(age - t_x)[:, None] / np.array(taus(horizon))) * touched[:, None]
    return State(x, t_x, age, touched, tuple(fading.T))


@given(day=st.floats(-800, 800), step=st.floats(0.5, 400))
def test_the_season_is_the_mean_of_sine_and_cosine_over_the_step(day: float, step: float) -> None:
    mean = [
        quad(lambda at, wave=wave: wave(2 * math.pi * at / YEAR), day, day + step, limit=200)[0]
        / step
        for wave in (math.sin, math.cos)
    ]
    assert season(day, step) == pytest.approx(mean, abs=1e-7)


def test_the_terms_by_hand() -> None:
    step, recent = 30.0, tuple(np.array([v, 2 * v, 0.0]) for v in (0.5, 1.0, 1.5))
    state = State(
        x=np.array([3.0, 0.0, 0.0]),
        t_x=np.array([90.0, 0.0, 0.0]),
        age=np.array([210.0, 60.0, 45.0]),
        touched=np.array([True, True, False]),
        recent=recent,
    )
    found = dict(zip(TERMS, _terms(PUBLISHED, state, step), strict=True))
    chance = PUBLISHED.p_return(state, step)
    # Somebody who came every 30 days (drawn to a step) and has stayed away for 120.
    overdue = math.log((120 + 15) / ((90 + 30) / 4 + 15))
    quiet, repeats = math.log(1 + 120 / 30), math.log(4)
    expected = {
        "constant": 1.0, "rhythm": math.log(chance[0] / (1 - chance[0])), "quiet": quiet,
        "repeats": repeats, "no_repeat": 0.0, "quiet_squared": 0.3 * quiet**2,
        "quiet_repeats": quiet * repeats, "quiet_no_repeat": 0.0, "overdue": overdue, "early": 0.0,
        "overdue_repeats": 0.5 * overdue * repeats, "recent": math.log(1.5),
        "recent_months": math.log(2.0), "recent_long": math.log(2.5), "untouched": 0.0,
    }  # fmt: skip
    assert {name: float(term[0]) for name, term in found.items()} == pytest.approx(expected)
    once = {name: float(term[1]) for name, term in found.items()}
    assert (once["no_repeat"], once["overdue"], once["quiet_no_repeat"]) == (1.0, 0.0, math.log(3))
    assert found["untouched"].tolist() == [0.0, 0.0, 1.0]


def test_who_is_early_by_the_own_rhythm_has_that_term_alone_below_zero() -> None:
    state = State(np.array([1.0]), np.array([100.0]), np.array([105.0]), np.array([True]),
                  (np.ones(1),) * 3)  # fmt: skip
    found = dict(zip(TERMS, _terms(PUBLISHED, state, 10.0), strict=True))
    assert found["early"][0] == found["overdue"][0] < 0


def hazard_of(rng: np.random.Generator, step: float, *, seasonal: bool = False) -> Hazard:
    names = TERMS + (SEASON if seasonal else ())
    return Hazard(step, seasonal, 100.0, tuple(rng.normal(0, 0.3, len(names)).tolist()))


def slow_chance(hazard: Hazard, state: State, i: int, horizon: float) -> float:
    """The product of the steps of one person, the last step as far as the horizon goes."""
    stays, ahead = 1.0, 0.0
    while ahead < horizon - 1e-9:
        moved = State(state.x[i : i + 1], state.t_x[i : i + 1], state.age[i : i + 1] + ahead,
                      state.touched[i : i + 1],
                      tuple(part[i : i + 1] * math.exp(-ahead / (share * horizon))
                            for part, share in zip(state.recent, FADING, strict=True)))  # fmt: skip
        terms = [float(term[0]) for term in _terms(PUBLISHED, moved, hazard.step)]
        if hazard.seasonal:
            terms += season(hazard.phase + ahead, hazard.step).tolist()
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
    step=st.sampled_from([7.0, 30.0, 90.0, 200.0]),
    seasonal=st.booleans(),
)
def test_the_chance_is_one_minus_the_product_of_the_steps_stayed_away(
    seed: int, horizon: float, step: float, *, seasonal: bool
) -> None:
    rng = dice(seed)
    hazard, state = hazard_of(rng, step, seasonal=seasonal), standing(rng, 8, horizon=horizon)
    expected = [slow_chance(hazard, state, i, horizon) for i in range(len(state))]
    assert hazard.p_return(PUBLISHED, state, horizon) == pytest.approx(
        expected, rel=1e-9, abs=1e-12
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([5.0, 30.0, 90.0]), seasonal=st.booleans())
def test_a_longer_horizon_never_makes_a_return_less_likely(
    seed: int, step: float, *, seasonal: bool
) -> None:
    rng = dice(seed)
    hazard = hazard_of(rng, step, seasonal=seasonal)
    # How recent contacts fade depends on the horizon: without them, only the steps do.
    coefficients = list(hazard.coefficients)
    for name in ("recent", "recent_months", "recent_long"):
        coefficients[TERMS.index(name)] = 0.0
    still = Hazard(step, seasonal, hazard.phase, tuple(coefficients))
    state = standing(rng)
    chances = [still.p_return(PUBLISHED, state, horizon) for horizon in (1, 20, 30, 31, 90, 365)]
    for shorter, longer in itertools.pairwise(chances):
        assert (longer >= shorter).all()
    assert (chances[-1] > chances[0]).all()
    assert all(((chance >= 0) & (chance <= 1)).all() for chance in chances)


def fit(line_seed: int, people: int, *, step: float = 45.0, periods: int = 6) -> Hazard:
    line = made_up_shop(line_seed, people).past()
    rhythm = fit_rhythm(state_now(line), 1.0)
    return fit_hazard(line, rhythm, step=step, periods=periods, horizon=90.0, phase=10.0)


def test_learning_twice_from_one_record_gives_the_same_coefficients() -> None:
    assert astuple(fit(1, 300)) == astuple(fit(1, 300))


def test_few_people_are_drawn_to_what_published_customers_taught() -> None:
    taught = np.array([_LEARNT.get(name, 0.0) for name in TERMS])
    few, many = (np.abs(np.array(fit(2, n).coefficients) - taught).max() for n in (5, 3_000))
    assert few < 0.05
    assert many > 3 * few


def test_where_everybody_is_newer_than_all_periods_the_belief_stands() -> None:
    line = timeline(np.zeros(0, dtype=np.int64), np.zeros(0), np.full(40, -1.0))
    hazard = fit_hazard(line, PUBLISHED, step=30.0, periods=3, horizon=90.0, phase=1.0)
    assert hazard.coefficients == tuple(_LEARNT.get(name, 0.0) for name in TERMS)


def winters(people: int, years: int, phase: float) -> tuple[Ints, Floats]:
    """Who and when: everybody comes every 20 days or so from December to February, and never else."""
    rng = dice(7)
    days = np.arange(-365 * years, 1)
    year = (phase + days) % YEAR
    cold = days[(year > 335) | (year < 60)]
    person, at = np.nonzero(rng.random((people, len(cold))) < 1 / 20)
    return person, cold[at].astype(np.float64)


def test_the_season_of_a_former_year_is_expected_again() -> None:
    chances = []
    for phase in (330.0, 90.0):
        person, day = winters(300, 2, phase)
        line = timeline(person, day, np.full(300, -730.0))
        rhythm, now = fit_rhythm(state_now(line), 1.0), state_now(line, taus(30.0))
        hazard = fit_hazard(line, rhythm, step=30.0, periods=22, horizon=30.0, phase=phase)
        assert hazard.seasonal
        chances.append(float(hazard.p_return(rhythm, now, 30.0).mean()))
    # At the end of November nobody has been there for nine months, in March everybody has just been.
    assert chances[0] > 4 * chances[1]


def test_a_record_of_less_than_a_year_has_no_season() -> None:
    assert not fit(3, 50, step=30.0, periods=11).seasonal
    assert len(fit(3, 50, step=30.0, periods=11).coefficients) == len(TERMS)
