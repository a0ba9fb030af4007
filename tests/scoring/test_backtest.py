"""Judged on what came after: the published customers, rivals, cold starts, and nothing of the future before it."""

import csv
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.errors import Invalid
from scoring.features.timeline import state_now
from scoring.learn.backtest import Backtest, Record, run_backtest
from scoring.learn.metrics import auc
from tests.scoring.pareto import made_up_shop

# Thousands of published customers, fitted again and again.
pytestmark = pytest.mark.integration

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "cdnow_sample_purchases.csv"
END = date(1997, 9, 30)


def shop_record(seed: int = 1, people: int = 300) -> Record:
    shop = made_up_shop(seed, people)
    birth = np.full(people, np.inf)
    np.minimum.at(birth, shop.person, shop.day)
    return Record(shop.person, shop.day, np.full(len(shop.day), 10.0), birth)


def judged(record: Record, **more: int) -> Backtest:
    return run_backtest(record, horizon=90.0, today=9_770.0, **more)  # type: ignore[arg-type]


@cache
def published() -> Backtest:
    """The sample's customers, fitted to 1997-09-30 and judged on the following 39 weeks."""
    if not SAMPLE.is_file():
        pytest.skip("the published sample is not here")
    with SAMPLE.open(newline="") as lines:
        rows = [
            (r["customer_id"], date.fromisoformat(r["date"]), r["amount"])
            for r in csv.DictReader(lines)
        ]
    places = {who: i for i, who in enumerate(dict.fromkeys(who for who, _, _ in rows))}
    person = np.array([places[who] for who, _, _ in rows])
    day = np.array([float((at - END).days) for _, at, _ in rows])
    birth = np.full(len(places), np.inf)
    np.minimum.at(birth, person, day)
    record = Record(person, day, np.array([float(amount) for *_, amount in rows]), birth)
    today = float((END - date(1970, 1, 1)).days)
    return run_backtest(record, horizon=273.0, today=today, fit_people=25, draws=20)


def test_published_customers_are_ranked_and_told_as_well_as_the_best_we_measured_s9() -> None:
    ours = published().methods[0].all
    assert (ours.people, ours.positive) == (2_357, 684)
    assert ours.log_loss is not None
    assert ours.auc is not None
    assert ours.ece is not None
    assert ours.log_loss <= 0.495
    assert ours.auc >= 0.769
    assert ours.ece <= 0.025


def test_published_customers_are_told_better_than_by_each_rival_beyond_chance_s9() -> None:
    for method in published().methods[1:]:
        gap, error = method.gap
        assert gap > 3 * error, method.key


def test_twenty_five_published_customers_are_enough_for_a_cold_start_s9() -> None:
    cold = published().cold_start
    assert cold is not None
    assert (cold.people, len(cold.log_losses)) == (25, 20)
    assert max(cold.log_losses) <= 0.51
    assert len(set(cold.log_losses)) > 1


def test_what_came_after_changes_no_prediction_of_any_method() -> None:
    record = shop_record()
    later = record.day > 0
    changed = replace(
        record,
        day=np.where(later, np.minimum(record.day, 2.0), record.day),
        amount=np.where(later, 9_999.0, record.amount),
    )
    one, other = judged(record), judged(changed)
    assert other.p_return.tolist() == one.p_return.tolist()
    assert other.expected.tolist() == one.expected.tolist()
    assert other.model == one.model
    assert [method.key for method in other.methods] == ["rekindle", "recency", "rfm", "bg_nbd"]
    assert other.came.sum() > one.came.sum()


def test_a_record_by_hand() -> None:
    record = Record(
        person=np.array([0, 0, 0, 1, 1, 1, 1]),
        day=np.array([-10.0, 0.0, 5.0, -3.0, 5.0, 5.0, 91.0]),
        amount=np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]),
        birth=np.array([-10.0, -3.0]),
    )
    assert record.past().day.tolist() == [-10.0, 0.0, -3.0]
    assert record.counts(90.0).tolist() == [1, 1]
    assert record.counts(91.0).tolist() == [1, 2]
    assert record.spent(0.0).tolist() == [3.0, 8.0]
    assert record.spent(5.0).tolist() == [7.0, 56.0]


def test_outcomes_and_predictions_are_of_the_horizon() -> None:
    found, record = judged(shop_record()), shop_record()
    assert found.came.tolist() == (record.counts(90.0) > 0).tolist()
    assert found.counts.tolist() == record.counts(90.0).tolist()
    assert found.expected.sum() == pytest.approx(found.counts.sum(), rel=0.25)
    assert sum(part.people for part in found.calibration) == 300


def test_the_rule_of_recency_ranks_by_nothing_else() -> None:
    record = shop_record()
    quiet = state_now(record.past()).quiet
    recency = next(method for method in judged(record).methods if method.key == "recency")
    assert recency.all.auc == pytest.approx(auc(record.counts(90.0) > 0, -quiet))
    assert recency.quiet.people == int((quiet >= 90).sum())


def test_a_cold_start_draws_each_time_anew_and_again_the_same() -> None:
    record = shop_record()
    one, again = (judged(record, fit_people=20, draws=3).cold_start for _ in range(2))
    assert one == again
    assert one is not None
    assert len(set(one.log_losses)) == 3
    everybody = judged(record, fit_people=300, draws=1)
    assert everybody.cold_start is not None
    ours = everybody.methods[0].all.log_loss
    assert list(everybody.cold_start.log_losses) == [pytest.approx(ours)]


@pytest.mark.parametrize("people", [0, -1, 301])
def test_a_cold_start_of_nobody_or_of_more_than_there_are_is_refused(people: int) -> None:
    with pytest.raises(Invalid, match="from 1 to 300"):
        judged(shop_record(), fit_people=people)


def test_nobody_by_the_end_of_the_calibration_is_refused() -> None:
    nothing = np.zeros(0)
    with pytest.raises(Invalid, match="choose a later day"):
        judged(Record(nothing.astype(np.int64), nothing, nothing, nothing))


@pytest.mark.parametrize(("came", "measurable"), [(29, False), (30, True), (70, True), (71, False)])
def test_too_few_outcomes_on_either_side_mean_nothing(came: int, *, measurable: bool) -> None:
    person = np.concatenate([np.arange(100), np.arange(100), np.arange(came)])
    day = np.concatenate([np.full(100, -200.0), np.full(100, -40.0), np.full(came, 4.0)])
    record = Record(person, day, np.zeros(len(day)), np.full(100, -200.0))
    assert judged(record).measurable is measurable


def test_one_says_what_is_being_done() -> None:
    told: list[str] = []
    run_backtest(shop_record(), horizon=90.0, today=9_770.0, fit_people=10, tell=told.append)
    assert told == ["Fitting", "Predicting", "Comparing", "Starting cold"]


def test_a_record_of_one_day_is_judged_all_the_same() -> None:
    person = np.arange(40)
    record = Record(person, np.zeros(40), np.zeros(40), np.zeros(40))
    found = judged(record)
    assert all(0 <= float(chance) <= 1 for chance in found.p_return)
    assert not found.measurable
