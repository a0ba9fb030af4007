"""Who comes back, against made-up customers whose true chances are known, and where a record says little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from core.errors import Invalid
from scoring.features.timeline import Timeline, in_order_of_content, state_now, timeline
from scoring.learn.metrics import log_loss
from scoring.learn.returning import Returning, fit_returning, starting_model, usual_shares
from scoring.learn.rhythm import PUBLISHED, Rhythm
from scoring.learn.stacking import Foretold, learn_shares, learn_shift
from scoring.models.pareto_nbd import ParetoNbd
from tests.scoring.pareto import Shop, made_up_shop, true_chances

pytestmark = pytest.mark.integration

HORIZON, TODAY = 90.0, 17_000.0
USUAL = usual_shares(4_000)
# People unlike the published ones: they come every week and hardly ever leave.
BUSY = ParetoNbd(4.0, 28.0, 1.0, 3_000.0)
# They come every six years, as nobody of the published ones does.
RARE = ParetoNbd(0.9, 2_000.0, 1.0, 3_000.0)


def fitted(line: Timeline, horizon: float = HORIZON) -> Returning:
    return fit_returning(line, horizon=horizon, today=TODAY)


def chances(line: Timeline) -> np.ndarray:
    return fitted(line).p_return(line, TODAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chances_are_nearly_as_sharp_as_the_truth_and_far_from_a_constant_s9(seed: int) -> None:
    shop = made_up_shop(seed, 2_500)
    past, came = shop.past(), shop.came(HORIZON)
    ours = log_loss(came, chances(past))
    assert ours <= 1.03 * log_loss(came, true_chances(past, HORIZON))
    # The best constant there is knows how many will come.
    assert ours <= 0.75 * log_loss(came, np.full(shop.people, came.mean()))


@pytest.mark.parametrize("seed", [1, 2])
def test_regular_buyers_are_foretold_better_than_by_the_rhythm_alone_s6(seed: int) -> None:
    shop = made_up_shop(seed, 2_500, stages=3)
    past, came = shop.past(), shop.came(HORIZON)
    model = fitted(past)
    rhythm = model.shares[0]
    # However plain it is that the others know better, the rhythm keeps a say.
    assert 0 < rhythm < USUAL[0]
    alone = model.rhythm.p_return(state_now(past), HORIZON)
    assert log_loss(came, model.p_return(past, TODAY)) < 0.98 * log_loss(came, alone)


def test_what_came_after_changes_no_prediction() -> None:
    shop = made_up_shop(4, 600)
    later = shop.day > 0
    other = Shop(
        np.append(shop.person[~later], np.arange(600)), np.append(shop.day[~later], np.full(600, 3.0)), 600
    )  # fmt: skip
    usual, told = shop.past(), other.past()
    assert chances(told).tolist() == chances(usual).tolist()
    assert not np.array_equal(shop.came(HORIZON), other.came(HORIZON))


def test_the_ways_are_blended_on_the_log_odds_by_their_shares() -> None:
    past = made_up_shop(5, 400).past()
    model = fitted(past)
    odds = model.said(past, TODAY) @ np.array(model.shares) + model.shift
    assert model.led
    assert model.free
    assert sum(model.shares) == pytest.approx(1)
    assert logit(model.p_return(past, TODAY)) == pytest.approx(odds, abs=1e-6)


def test_the_order_of_rows_decides_nothing() -> None:
    past = made_up_shop(5, 1_500).past()
    places = np.random.default_rng(3).permutation(past.people)
    who, days = places[past.person], past.day.astype(np.float64)
    shuffled = timeline(who, days, past.birth[np.argsort(places)])
    usual, other = chances(past), chances(shuffled)
    assert other[places].tolist() == pytest.approx(usual.tolist(), rel=1e-12)
    assert len(set(in_order_of_content(past).tolist())) == past.people


def test_people_of_whom_the_same_is_on_record_are_spread_over_the_order() -> None:
    past = made_up_shop(5, 3_000).past()
    # A list of addresses that came on one day, and nothing since.
    birth = np.append(past.birth, np.full(3_000, past.birth[0]))
    line = timeline(past.person.astype(np.int64), past.day.astype(np.float64), birth)
    first = in_order_of_content(line)[:1_000]
    share = float((first >= past.people).mean())
    assert 0.4 < share < 0.6
    assert len(set(in_order_of_content(line).tolist())) == line.people


# How much each way is trusted.


def foretold(people: int, seed: int, noise: tuple[float, ...]) -> Foretold:
    """What ways that err by so much said of people of all kinds."""
    dice = np.random.default_rng(seed)
    true = dice.normal(-1.0, 1.5, people)
    said = np.column_stack([true + dice.normal(0, by, people) for by in noise])
    return Foretold(said, dice.random(people) < 1 / (1 + np.exp(-true)))


def test_the_way_that_knew_better_gets_the_most_and_none_is_silenced() -> None:
    usual = USUAL
    for best in range(4):
        noise = tuple(0.2 if way == best else 2.5 for way in range(4))
        shares = learn_shares(usual, [foretold(4_000, 1, noise)])
        assert shares.argmax() == best
        assert shares[best] > 0.8
        assert shares.min() > 0
        assert shares.sum() == pytest.approx(1)


def test_a_dozen_people_move_shares_little_and_thousands_far() -> None:
    usual, noise = USUAL, (0.2, 1.0, 1.0, 1.0)
    few, many = (learn_shares(usual, [foretold(people, 2, noise)]) for people in (12, 4_000))
    assert np.abs(few - usual).max() < 0.25
    assert np.abs(many - usual).max() > 0.5
    assert learn_shares(usual, []).tolist() == USUAL.tolist()


def test_a_level_that_was_off_is_mended_by_part_and_more_so_the_more_often() -> None:
    shares = USUAL
    off = foretold(4_000, 3, (0.0,) * 4)
    low = Foretold(off.said - 0.4, off.came)
    once, often = learn_shift(shares, [low]), learn_shift(shares, [low] * 3)
    assert 0 < once < 0.15
    assert once < often < 0.4
    assert abs(learn_shift(shares, [off])) < 0.05


_records = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 700).map(lambda ago: -float(ago))), max_size=80
)


@settings(max_examples=25, deadline=None)
@given(
    events=_records,
    known=st.lists(st.integers(0, 900), min_size=31, max_size=31),
    horizon=st.sampled_from([1.0, 30.0, 90.0, 365.0]),
)
def test_any_small_record_gives_chances_and_no_way_is_silenced(
    events: list[tuple[int, float]], known: list[int], horizon: float
) -> None:
    person, day = (np.array([event[k] for event in events]) for k in (0, 1))
    birth = -np.array(known, dtype=np.float64)
    line = timeline(person.astype(np.int64), day.astype(np.float64), birth)
    model = fitted(line, horizon)
    assert min(model.shares) > 0
    assert abs(model.shift) <= 0.5
    chance, expected = model.predict(line, TODAY)
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
        start = starting_model(HORIZON).p_return(past, TODAY)
        away.append(float(np.abs(logit(chances(past)) - logit(start)).mean()))
    assert away[0] < 0.5
    assert away[1] > 0.6
    assert away[0] < away[1] / 2


def test_twenty_customers_teach_less_than_twenty_thousand_would_and_more_than_none() -> None:
    judged = made_up_shop(9, 1_000, truth=BUSY)
    past, came = judged.past(), judged.came(HORIZON)
    losses = [log_loss(came, starting_model(HORIZON).p_return(past, TODAY))]
    for people in (20, 2_000):
        model = fitted(made_up_shop(10, people, truth=BUSY).past())
        losses.append(log_loss(came, model.p_return(past, TODAY)))
    assert losses[0] > losses[1] > losses[2]


def test_of_people_without_a_record_the_published_customers_say_everything() -> None:
    model = starting_model(HORIZON)
    past = made_up_shop(1, 50).past()
    by_rhythm = Rhythm(1.0, PUBLISHED).p_return(state_now(past), HORIZON)
    assert model.p_return(past, TODAY) == pytest.approx(by_rhythm, rel=1e-9)


def test_learning_twice_gives_the_same_model() -> None:
    past = made_up_shop(6, 300).past()
    assert fitted(past) == fitted(past)


def test_everybody_is_told_in_their_order_however_many_there_are() -> None:
    past = made_up_shop(7, 400).past()
    model = fitted(past)
    copies = 90  # more than one block holds
    person = np.concatenate([past.person + 400 * i for i in range(copies)])
    crowd = Timeline(person, np.tile(past.day, copies), np.tile(past.birth, copies))
    told = model.p_return(crowd, TODAY)
    assert told == pytest.approx(np.tile(model.p_return(past, TODAY), copies), rel=1e-9)


def test_a_crowd_imported_yesterday_beside_a_few_old_contacts_is_learnt_from() -> None:
    # So many that no sample for the short steps holds one of the old ones.
    birth = np.full(24_900, -1.0)
    birth[1] = -1_000.0
    line = timeline(np.full(3, 1), np.array([-1_000.0, -500.0, -200.0]), birth)
    chance = chances(line)
    assert ((chance > 0) & (chance < 1)).all()


@pytest.mark.parametrize(
    ("people", "horizon", "says"), [(0, 90.0, "nobody"), (3, 0.0, "horizon"), (3, -1.0, "horizon")]
)
def test_nobody_and_no_time_are_refused(people: int, horizon: float, says: str) -> None:
    line = timeline(np.zeros(0, dtype=np.int64), np.zeros(0), np.full(people, -5.0))
    with pytest.raises(Invalid, match=says):
        fit_returning(line, horizon=horizon, today=1.0)
