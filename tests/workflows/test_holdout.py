"""Who is left alone: in the right number, for ever, and whatever the order of asking (S21, C10)."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.learn.control import control_share
from workflows.decisions.holdout import is_held_out

ids = st.text(max_size=20)


@pytest.mark.parametrize(
    ("eligible", "share"),
    [
        (0, 0.30),
        (499, 0.30),
        (500, 0.20),
        (1_999, 0.20),
        (2_000, 0.10),
        (19_999, 0.10),
        (20_000, 0.05),
        (1_000_000, 0.05),
    ],
)
def test_the_share_shrinks_with_the_group(eligible: int, share: float) -> None:
    assert control_share(eligible) == share


@pytest.mark.parametrize("share", [0.05, 0.10, 0.20, 0.30])
@pytest.mark.parametrize("programme", ["lead_reactivation", "customer_winback"])
def test_the_share_is_met_within_what_chance_allows(share: float, programme: str) -> None:
    n = 20_000
    held = sum(is_held_out("hubspot-1", str(i), programme, share=share) for i in range(n))
    # Five standard deviations of a binomial.
    assert abs(held - n * share) < 5 * sqrt(n * share * (1 - share))


def test_programmes_and_accounts_draw_independently() -> None:
    n, share = 20_000, 0.3
    first = [is_held_out("hubspot-1", str(i), "a", share=share) for i in range(n)]
    for account, programme in (("hubspot-1", "b"), ("hubspot-2", "a")):
        other = [is_held_out(account, str(i), programme, share=share) for i in range(n)]
        both = sum(a and b for a, b in zip(first, other, strict=True))
        expected = share**2
        assert abs(both - n * expected) < 5 * sqrt(n * expected * (1 - expected))


@given(account=ids, contact=ids, programme=ids, share=st.floats(0, 1))
def test_the_same_answer_twice(account: str, contact: str, programme: str, share: float) -> None:
    first = is_held_out(account, contact, programme, share=share)
    assert is_held_out(account, contact, programme, share=share) == first


@given(account=ids, contact=ids, programme=ids, shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_larger_share_only_adds(
    account: str, contact: str, programme: str, shares: tuple[float, float]
) -> None:
    small, large = sorted(shares)
    if is_held_out(account, contact, programme, share=small):
        assert is_held_out(account, contact, programme, share=large)


def test_nobody_at_none_and_everybody_at_all() -> None:
    assert not any(is_held_out("a", str(i), "p", share=0.0) for i in range(1_000))
    assert all(is_held_out("a", str(i), "p", share=1.0) for i in range(1_000))


def test_ids_do_not_run_into_each_other() -> None:
    def draws(account: str, contact: str) -> list[bool]:
        return [is_held_out(account, contact, f"p{i}", share=0.5) for i in range(64)]

    assert draws("ab", "c") != draws("a", "bc")
