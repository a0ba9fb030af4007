"""No message reaches somebody against a wish, at an indecent hour, twice or too soon (D1, D2, D3, D4, D7)."""

import pytest

from app.lab.bench_gate import try_gate

pytestmark = pytest.mark.integration


def test_none_of_some_thousand_messages_is_against_a_wish_or_a_cap_d1_d3_d4_d7() -> None:
    found = try_gate(2_000, batch=2_500)
    assert found["touches"] >= 2_000
    assert found["against_a_wish"] == 0
    assert set(found["against"].values()) == {0}


def test_an_oracle_finds_what_a_gate_that_is_not_asked_again_lets_through_d1_d4_d7() -> None:
    found = try_gate(2_000, batch=2_500, ask_again=False)
    assert found["against_a_wish"] > 0
    assert found["against"]["cap"] > 0
    assert found["against"]["hour"] > 0
