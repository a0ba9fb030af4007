"""What a sale is typically worth: of mixtures, of few, and whatever absurd amount stands among them."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.features.segment import LEAD, SEGMENTS
from scoring.sales import SaleBasis
from scoring.value import FEW, sale_basis, sale_values
from tests.scoring.people import contact, event, score

pytestmark = pytest.mark.integration

DICE = np.random.default_rng(3)
DEVICES = DICE.normal(3_200, 500, 412).clip(1_500)
BATTERIES = DICE.uniform(8, 45, 1_203)


def basis_of(*amounts: Any) -> SaleBasis:
    found = sale_basis(pl.Series(np.concatenate([np.atleast_1d(a) for a in amounts])))
    assert found is not None
    return found


def test_small_accessories_do_not_pull_a_sale_down() -> None:
    alone, mixed = basis_of(DEVICES), basis_of(DEVICES, BATTERIES)
    assert mixed.typical == pytest.approx(alone.typical, rel=0.01)
    assert alone.typical == pytest.approx(float(DEVICES.mean()), rel=0.02)
    assert (mixed.counted, mixed.left_out, mixed.over) == (412, 1_203, 200.0)
    assert (alone.counted, alone.left_out, alone.over) == (412, 0, None)


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3, 0.5, 0.9])
def test_whatever_part_of_the_orders_the_devices_are(share: float) -> None:
    batteries = DICE.uniform(8, 45, round(412 * (1 - share) / share))
    assert basis_of(DEVICES, batteries).typical == pytest.approx(float(DEVICES.mean()), rel=0.05)


@pytest.mark.parametrize("size", [FEW, 30, 200])
@pytest.mark.parametrize("absurd", [1e6, 1e12])
def test_one_absurd_amount_changes_little(size: int, absurd: float) -> None:
    usual = DICE.normal(120, 10, size)
    assert basis_of(usual, absurd).typical == pytest.approx(basis_of(usual).typical, rel=0.1)


def test_sales_of_all_sizes_are_all_worth_counting() -> None:
    amounts = DICE.lognormal(5, 0.4, 1_000)
    found = basis_of(amounts)
    assert (found.counted, found.over) == (1_000, None)
    assert found.typical == pytest.approx(float(amounts.mean()), rel=0.05)


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=80))
def test_a_typical_sale_lies_among_the_counted_ones_and_nothing_is_lost(
    amounts: list[float],
) -> None:
    found = basis_of(amounts)
    assert found.counted + found.left_out == len(amounts)
    assert found.counted >= 1
    counted = [a for a in amounts if a >= (found.over or 0)]
    assert len(counted) == found.counted
    assert min(counted) - 0.01 <= found.typical <= max(counted) + 0.01
    assert found.is_median is (found.counted < FEW)


@given(st.lists(st.floats(1, 1e6), min_size=FEW, max_size=60), st.sampled_from([10.0, 100.0]))
def test_another_unit_of_money_is_the_same_sale(amounts: list[float], rate: float) -> None:
    one, other = basis_of(amounts), basis_of([a * rate for a in amounts])
    assert other.typical == pytest.approx(one.typical * rate, rel=1e-3, abs=0.02 * rate)
    assert other.counted == one.counted


def test_of_a_few_the_median_counts_and_nothing_is_left_out() -> None:
    assert basis_of([900, 1_250, 2_400, 3_100]) == SaleBasis(1_825, 4, is_median=True)
    assert basis_of([3_000, 20, 20]).typical == 20
    assert sale_basis(pl.Series([0.0, -5.0])) is None
    assert sale_basis(pl.Series([], dtype=pl.Float64)) is None


def test_segments_are_drawn_to_the_account_and_leads_have_the_first_sales() -> None:
    keys = [s.key for s in SEGMENTS if s.track != LEAD]
    frame = pl.DataFrame({"segment": [keys[0]] * 30})
    moments = pl.Series(range(60)).cast(pl.Datetime("ms", "UTC"))
    amounts = [1_000.0] * 30 + [3_000.0] * 30
    sales = pl.DataFrame({"person": [*range(30)] * 2, "occurred_at": moments, "amount": amounts})
    basis = SaleBasis(2_000.0, 60)
    values = sale_values(sales, frame, basis)
    assert values.keys() == {s.key for s in SEGMENTS}
    # Three quarters of each one's money is made with the large one.
    assert values[keys[0]] == pytest.approx((30 * 2_500 + 30 * 2_000) / 60)
    assert values[keys[1]] == pytest.approx(2_000)
    leads = {values[s.key] for s in SEGMENTS if s.track == LEAD}
    assert leads == {(30 * 1_000 + 30 * 2_000) / 60}
    assert sale_values(sales, frame, None) == {}


def test_who_buys_often_is_worth_no_less_for_the_small_things_in_between() -> None:
    """Small things of a tenth of a large one and more are counted, so leaving those below out is not enough."""
    people = [contact(str(i)) for i in range(80)]
    large = [event(str(i), 400 + i, "purchase", amount=1_450.0) for i in range(80)]
    small = [event(str(i), 110 + i, "purchase", amount=160.0) for i in range(40) for _ in range(4)]
    sales = score(people, large + small).frame.sort("contact_id")
    often, once = (sales.filter(pl.col("purchases") == n)["typical_sale"] for n in (5, 1))
    assert len(often) == len(once) == 40
    assert often.min() > 0.7 * once.max()  # type: ignore[operator]


def test_the_value_at_stake_of_a_practice_does_not_sink_under_its_batteries() -> None:
    people = [contact(str(i)) for i in range(120)]
    devices = [event(str(i), 400 + i, "purchase", amount=3_000.0) for i in range(60)]
    small = [event(str(i), 500 + i, "purchase", amount=15.0) for i in range(120) for _ in range(3)]
    with_small, without = score(people, devices + small), score(people, devices)
    typical = with_small.frame["typical_sale"].unique()
    assert typical.is_between(2_900, 3_100).all()
    assert without.frame["typical_sale"].is_between(2_900, 3_100).all()
    basis = with_small.yardstick.basis
    assert basis is not None
    assert (basis.counted, basis.left_out) == (60, 360)
    assert basis.told(lambda amount: f"${amount:,.0f}") == (
        "mean of 60 sales of $200 or more; 360 smaller left out"
    )
    assert not math.isnan(basis.typical)
