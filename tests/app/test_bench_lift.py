"""The reported lift of drawn, recorded and measured programmes is the true one, up to its own interval (S21, C10)."""

import pytest

from app.lab.bench_lift import WORLDS, try_lift

pytestmark = pytest.mark.integration

RUNS = 6


def test_s21_what_the_product_draws_and_records_is_compared_without_a_bias() -> None:
    """Batches are drawn and made anew while people come back by themselves; coverage over hundreds is the command's."""
    worlds = {name: WORLDS[name] for name in ("usual", "null")}
    found = try_lift(RUNS, worlds=worlds)["worlds"]
    assert set(found) == {*worlds}
    for world in found.values():
        assert world["measured"] == RUNS
        assert world["people"] > 200
        assert world["covered"] >= 4 / RUNS
        off = abs(world["reported_lift"] - world["true_lift"])
        assert off < 4 * max(world["standard_error"], 0.01)
        assert max(world["apart_before"].values()) < 0.15
    assert found["null"]["true_lift"] == 0
    assert found["usual"]["reported_lift"] - found["null"]["reported_lift"] > 0.05
