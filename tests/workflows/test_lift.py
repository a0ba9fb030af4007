"""What outreach adds: its interval covers the truth as often as it says and agrees with published ones (S21, C10)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from workflows.decisions.holdout import Candidate, draw_controls
from workflows.results.lift import (
    Counts,
    Difference,
    compare_means,
    compare_shares,
    people_needed,
    smallest_detectable,
)
from workflows.results.strata import pool

# Hundreds of made-up programmes, told apart by the whole calculation.
pytestmark = pytest.mark.integration

RUNS = 200


def counts(*strata: tuple[int, int, int, int]) -> Counts:
    """(started, of them did, controls, of them did) of each stratum."""
    columns = np.array(strata, dtype=np.float64).reshape(-1, 4).T
    return Counts(*columns)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0528, 0.3382),
        ((9, 10), (3, 10), 0.1700, 0.8406),
        ((6, 7), (2, 7), 0.0342, 0.8534),
        ((5, 56), (0, 29), -0.0326, 0.1933),
        ((0, 10), (0, 20), -0.1658, 0.2844),
        ((0, 10), (0, 10), -0.2879, 0.2879),
        ((10, 10), (0, 20), 0.7156, 1.0),
    ],
)
def test_s21_one_stratum_agrees_with_newcombe_1998(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, the method of Miettinen and Nurminen."""
    (did1, n1), (did0, n0) = one, other
    found = compare_shares(counts((n1, did1, n0, did0)))
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_s21_strata_agree_with_the_published_cochran_mantel_haenszel_test() -> None:
    """A migraine trial in two strata (SAS/STAT, PROC FREQ: 8.3052): no difference is at the edge of its interval."""
    trial = counts((27, 16, 25, 5), (28, 12, 26, 7))
    just = 1 - 2 * float(ndtr(-math.sqrt(8.3052)))
    found = compare_shares(trial, confidence=just)
    assert found is not None
    assert found.low == pytest.approx(0.0, abs=1e-5)
    usual = compare_shares(trial)
    assert usual is not None
    assert usual.value == pytest.approx(found.value)
    assert 0 < usual.low < usual.value < usual.high


def test_simpsons_paradox_is_none_within_strata() -> None:
    """The started come from the better stratum: taken together they look better, and are not."""
    found = compare_shares(counts((800, 400, 200, 100), (200, 20, 800, 80)))
    assert found is not None
    assert found.value == pytest.approx(0.0)
    assert found.low < 0 < found.high


def test_nothing_is_said_where_one_arm_is_missing() -> None:
    assert compare_shares(counts((10, 3, 0, 0))) is None
    assert compare_shares(counts()) is None
    empty = np.zeros(0)
    assert compare_means(empty.astype(np.int64), empty.astype(np.bool_), empty) is None


@pytest.mark.parametrize(
    ("people", "share", "points"),
    [
        (500, 0.20, 3.6),
        (2_000, 0.10, 2.0),
        (5_000, 0.10, 1.2),
        (20_000, 0.10, 0.60),
        (100_000, 0.05, 0.36),
    ],
)
def test_c10_the_smallest_detectable_difference_at_one_in_a_hundred(
    people: int, share: float, points: float
) -> None:
    controls = round(people * share)
    found = smallest_detectable(people - controls, controls, 0.01)
    assert found is not None
    assert found * 100 == pytest.approx(points, rel=0.03)


def test_c10_too_few_can_show_nothing() -> None:
    assert smallest_detectable(2, 1, 0.5) is None
    assert smallest_detectable(0, 10, 0.1) is None
    assert smallest_detectable(10, 10, 1.0) is None


def test_a_difference_that_is_none_but_for_rounding_needs_nobody() -> None:
    """Else the number has more digits than anything can keep, and the results are not stored at all."""
    assert people_needed(100, 50, 0.2, 1e-17) is None
    needed = people_needed(100, 50, 0.2, 0.01)
    assert needed is not None
    assert 10_000 < needed < 100_000


@dataclass(frozen=True)
class World:
    """Dormant people in waves: what each does left alone, and what a start adds."""

    waves: int = 4
    size: int = 80
    share: float = 0.2
    lift: float = 0.12
    spread: float = 20.0
    adds_for: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None


@cache
def runs_of(name: str) -> list[tuple[float, Difference, float, Difference]]:
    return [lifts(WORLDS[name], seed) for seed in range(RUNS)]


def lifts(world: World, seed: int) -> tuple[float, Difference, float, Difference]:
    """The true lift of the people in a run and the one reported; the same of money per person."""
    dice = np.random.default_rng(seed)
    people, alone, started = [], [], []
    for wave in range(world.waves):
        chance = np.clip(dice.beta(1.2, world.spread, world.size), 0, 0.6)
        adds = world.adds_for(chance) if world.adds_for else np.full(world.size, world.lift)
        people += [
            _candidate(f"{seed} {wave} {n}", float(one), dice, world.share)
            for n, one in enumerate(chance)
        ]
        alone.append(chance)
        started.append(np.clip(chance + adds, 0, 1))
    held = np.zeros(len(people), dtype=np.bool_)
    for wave in range(world.waves):
        mine = people[wave * world.size : (wave + 1) * world.size]
        taken = draw_controls(mine, seed=f"{seed} {wave}")
        held[wave * world.size : (wave + 1) * world.size] = [p.contact_id in taken for p in mine]
    p0, p1 = np.concatenate(alone), np.concatenate(started)
    did = dice.random(len(people)) < np.where(held, p0, p1)
    bought = did & (dice.random(len(people)) < 0.5)
    money = np.where(bought, dice.lognormal(5, 0.8, len(people)), 0.0)
    keys = [(str(n // world.size), *p.stratum[1:]) for n, p in enumerate(people)]
    groups = [p.programme for p in people]
    found = compare_shares(Counts.of(pool(groups, keys, held), held, did))
    means = compare_means(pool(groups, keys, held, least=30), held, money)
    assert found is not None
    assert means is not None
    true = float((p1 - p0).mean())
    return true, found, true * 0.5 * math.exp(5 + 0.8**2 / 2), means


def _candidate(name: str, chance: float, dice: np.random.Generator, share: float) -> Candidate:
    track, band = ("lead", "customer")[int(dice.integers(2))], f"b{int(dice.integers(3))}"
    letter = "A" if chance > 0.08 else "B"
    told = float(np.clip(chance + dice.normal(0, 0.03), 0, 1))
    return Candidate(name, track, track, band, letter, "s", told, told + 0.1, share)


WORLDS = {
    "usual": World(),
    "null tenant": World(lift=0.0),
    "null tenant, few": World(waves=1, size=71, share=0.3, lift=0.0),
    "first wave": World(waves=1, size=71, share=0.3),
    "rare": World(waves=3, size=150, share=0.1, lift=0.01, spread=60.0),
    "harm": World(lift=-0.03, spread=8.0),
    "uneven": World(adds_for=lambda chance: np.where(chance > 0.05, 0.25, 0.02)),
}


@pytest.mark.parametrize("name", WORLDS)
def test_s21_the_interval_covers_the_true_lift_in_92_to_98_of_100_runs(name: str) -> None:
    runs = runs_of(name)
    covered = np.mean([found.low <= true <= found.high for true, found, _, _ in runs])
    assert 0.92 <= covered <= 0.98, covered
    # Unbiased: the mean error is within what chance allows over so many runs.
    errors = np.array([found.value - true for true, found, _, _ in runs])
    assert abs(errors.mean()) < 4 * errors.std() / math.sqrt(RUNS)


@pytest.mark.parametrize("name", ["usual", "null tenant", "uneven"])
def test_s21_the_interval_of_money_per_person_covers_the_truth(name: str) -> None:
    runs = runs_of(name)
    covered = np.mean([means.low <= true <= means.high for _, _, true, means in runs])
    assert covered >= 0.92, covered


def test_strata_have_both_arms_and_everybody_of_a_group_that_has() -> None:
    dice = np.random.default_rng(3)
    held = dice.random(400) < 0.1
    keys = [(f"w{n // 40}", "AB"[int(dice.integers(2))]) for n in range(400)]
    groups = ["small" if n < 3 else "large" for n in range(400)]
    held[:3] = False
    stratum = pool(groups, keys, held)
    assert (stratum[:3] == -1).all(), "one arm alone is compared with nobody"
    for one in range(int(stratum.max()) + 1):
        mine = stratum == one
        assert min(held[mine].sum(), (~held[mine]).sum()) >= 5
    assert (stratum[3:] >= 0).all()


def test_a_small_group_with_both_arms_is_one_stratum() -> None:
    held = np.array([True, False, False])
    assert pool(["g"] * 3, [("a",), ("b",), ("c",)], held).tolist() == [0, 0, 0]
