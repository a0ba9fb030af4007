"""Who comes back, against made-up customers whose true chances are known, and where a record says little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from core.errors import Invalid
from scoring.features.timeline import Timeline, state_now, timeline
from scoring.learn.hazard import taus
from scoring.learn.metrics import log_loss
from scoring.learn.returning import Returning, _fit, fit_returning, sampled, starting_model
from scoring.learn.rhythm import PUBLISHED, Rhythm
from scoring.models.pareto_nbd import ParetoNbd
from tests.scoring.pareto import Shop, made_up_shop, true_chances

pytestmark = pytest.mark.integration

HORIZON = 90.0
# People unlike the published ones: they come every week and hardly ever leave.
BUSY = ParetoNbd(4.0, 28.0, 1.0, 3_000.0)
# They come every six years, as nobody of the published ones does.
RARE = ParetoNbd(0.9, 2_000.0, 1.0, 3_000.0)


def fitted(line: Timeline, horizon: float = HORIZON) -> Returning:
    return fit_returning(line, horizon=horizon, phase=100.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chances_are_nearly_as_sharp_as_the_truth_and_far_from_a_constant_s9(seed: int) -> None:
    shop = made_up_shop(seed, 2_500)
    past, came = shop.past(), shop.came(HORIZON)
    ours = log_loss(came, fitted(past).p_return(past))
    assert ours <= 1.03 * log_loss(came, true_chances(past, HORIZON))
    # The best constant there is knows how many will come.
    assert ours <= 0.75 * log_loss(came, np.full(shop.people, came.mean()))


@pytest.mark.parametrize("seed", [1, 2])
def test_regular_buyers_are_foretold_better_than_by_the_rhythm_alone_s6(seed: int) -> None:
    shop = made_up_shop(seed, 2_500, stages=3)
    past, came = shop.past(), shop.came(HORIZON)
    model = fitted(past)
    # However plain it is that the hazards know better, the rhythm keeps a say.
    assert model.weight == pytest.approx(0.97)
    alone = model.rhythm.p_return(state_now(past), HORIZON)
    assert log_loss(came, model.p_return(past)) < 0.98 * log_loss(came, alone)


def test_what_came_after_changes_no_prediction() -> None:
    shop = made_up_shop(4, 600)
    later = shop.day > 0
    other = Shop(
        np.append(shop.person[~later], np.arange(600)), np.append(shop.day[~later], np.full(600, 3.0)), 600
    )  # fmt: skip
    usual, told = shop.past(), other.past()
    assert fitted(told).p_return(told).tolist() == fitted(usual).p_return(usual).tolist()
    assert not np.array_equal(shop.came(HORIZON), other.came(HORIZON))


def test_the_halves_are_blended_on_the_log_odds_by_the_weight() -> None:
    past = made_up_shop(5, 400).past()
    model = fitted(past)
    rhythm, hazards = model.halves(state_now(past, (11.25, 45.0, 180.0)))
    odds = model.weight * hazards + (1 - model.weight) * rhythm + model.shift
    assert model.hazards
    assert logit(model.p_return(past)) == pytest.approx(odds, abs=1e-6)


def test_the_halves_are_weighed_by_what_came_after_neither_had_seen_it() -> None:
    past = made_up_shop(5, 400).past()
    earlier, known = past.until(-HORIZON)
    blind = _fit(earlier, HORIZON, 100.0 - HORIZON, seed=0)
    rhythm, hazards = blind.halves(state_now(earlier, taus(HORIZON)))
    came = past.counts_after(-HORIZON, 0.0, known) > 0
    losses = [np.log1p(np.exp(odds)) - came * odds for odds in (rhythm, hazards)]
    gain = losses[0] - losses[1]
    noise = 2 * gain.std() / np.sqrt(len(gain))
    share = expit(np.log(3) + gain.mean() / np.hypot(0.0005, noise))
    model = fitted(past)
    assert 0.03 < share < 0.97
    assert model.weight == pytest.approx(share)
    # The shift goes the way in which the level of both was off, and no further than a quarter of it.
    odds = share * hazards + (1 - share) * rhythm
    level = brentq(lambda by: expit(odds + by).sum() - came.sum(), -3, 3)
    assert 0 < model.shift / level < 0.25


_records = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 700).map(lambda ago: -float(ago))), max_size=80
)


@settings(max_examples=25, deadline=None)
@given(
    events=_records,
    known=st.lists(st.integers(0, 900), min_size=31, max_size=31),
    horizon=st.sampled_from([1.0, 30.0, 90.0, 365.0]),
)
def test_any_small_record_gives_chances_and_neither_half_is_silenced(
    events: list[tuple[int, float]], known: list[int], horizon: float
) -> None:
    person, day = (np.array([event[k] for event in events]) for k in (0, 1))
    birth = -np.array(known, dtype=np.float64)
    line = timeline(person.astype(np.int64), day.astype(np.float64), birth)
    model = fitted(line, horizon)
    assert 0.03 - 1e-9 <= model.weight <= 0.97 + 1e-9
    assert abs(model.shift) <= 0.25
    chance, expected = model.predict(line)
    assert ((chance > 0) & (chance < 1)).all()
    assert np.isfinite(expected).all()
    assert (expected >= chance - 1e-12).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_small_accounts_stay_near_the_published_customers_and_large_ones_leave_them(
    seed: int,
) -> None:
    away = []
    for people in (15, 1_500):
        past = made_up_shop(seed, people, truth=RARE, reach=360).past()
        start = starting_model(HORIZON).p_return(past)
        away.append(float(np.abs(logit(fitted(past).p_return(past)) - logit(start)).mean()))
    assert away[0] < 0.2
    assert away[1] > 0.6


def test_twenty_customers_teach_less_than_twenty_thousand_would_and_more_than_none() -> None:
    judged = made_up_shop(9, 1_000, truth=BUSY)
    past, came = judged.past(), judged.came(HORIZON)
    losses = [log_loss(came, starting_model(HORIZON).p_return(past))]
    for people in (20, 2_000):
        model = fitted(made_up_shop(10, people, truth=BUSY).past())
        losses.append(log_loss(came, model.p_return(past)))
    assert losses[0] > losses[1] > losses[2]


def test_of_people_without_a_record_the_published_customers_say_everything() -> None:
    model = starting_model(HORIZON)
    past = made_up_shop(1, 50).past()
    by_rhythm = Rhythm(1.0, PUBLISHED).p_return(state_now(past), HORIZON)
    assert model.p_return(past) == pytest.approx(by_rhythm, rel=1e-9)


def test_learning_twice_gives_the_same_model() -> None:
    past = made_up_shop(6, 300).past()
    assert fitted(past) == fitted(past)


def test_everybody_is_told_in_their_order_however_many_there_are() -> None:
    past = made_up_shop(7, 400).past()
    model = fitted(past)
    copies = 90  # more than one block holds
    person = np.concatenate([past.person + 400 * i for i in range(copies)])
    crowd = Timeline(person, np.tile(past.day, copies), np.tile(past.birth, copies))
    assert model.p_return(crowd) == pytest.approx(np.tile(model.p_return(past), copies), rel=1e-9)


def test_a_crowd_imported_yesterday_beside_a_few_old_contacts_is_learnt_from() -> None:
    # So many that no sample for the short steps holds one of the old ones.
    birth = np.full(24_900, -1.0)
    birth[1] = -1_000.0
    line = timeline(np.full(3, 1), np.array([-1_000.0, -500.0, -200.0]), birth)
    chance = fitted(line).p_return(line)
    assert ((chance > 0) & (chance < 1)).all()


def test_a_sample_is_the_same_each_time_in_order_and_without_repeats() -> None:
    people = np.arange(100, 400)
    some = sampled(people, 50)
    assert some.tolist() == sorted(set(some.tolist()))
    assert len(some) == 50
    assert set(some.tolist()) <= set(people.tolist())
    assert sampled(people, 50).tolist() == some.tolist()
    assert sampled(people, 300).tolist() == people.tolist()


@pytest.mark.parametrize(
    ("people", "horizon", "says"), [(0, 90.0, "nobody"), (3, 0.0, "horizon"), (3, -1.0, "horizon")]
)
def test_nobody_and_no_time_are_refused(people: int, horizon: float, says: str) -> None:
    line = timeline(np.zeros(0, dtype=np.int64), np.zeros(0), np.full(people, -5.0))
    with pytest.raises(Invalid, match=says):
        fit_returning(line, horizon=horizon, phase=1.0)
