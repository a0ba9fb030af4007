"""Who of a batch is left alone: in the right number, in every stratum, alike in what was predicted (S21, C10)."""

from collections import Counter
from dataclasses import replace
from math import ceil, floor, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.learn.control import control_share
from workflows.decisions.holdout import Candidate, choose_batch, draw_controls

SHARES = (0.05, 0.10, 0.20, 0.30)


def person(number: int, share: float = 0.3, **more: object) -> Candidate:
    made = Candidate(
        f"c{number}", "lead_reactivation", "lead", "180_364", "A", "inquired_lead", 0.1, 0.2, share
    )
    return replace(made, **more)  # type: ignore[arg-type]


def crowd(size: int, share: float, seed: int) -> list[Candidate]:
    """People of many strata whose predicted return differs within and between these."""
    dice = np.random.default_rng(seed)
    people = []
    for number in range(size):
        track = ("lead", "customer")[int(dice.integers(2))]
        band = ("90_179", "180_364", "365_plus", "never")[int(dice.integers(4))]
        chance = float(dice.beta(1.5, 9) * (0.5 if track == "lead" else 1.0))
        people.append(
            person(
                number,
                share,
                programme=f"{track}_programme",
                track=track,
                band=band,
                priority="ABCD"[int(dice.integers(4))],
                p_return=chance,
                likelihood=min(1.0, chance + float(dice.uniform(0, 0.12))),
            )
        )
    return people


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


@settings(max_examples=40)
@given(size=st.integers(0, 300), share=st.sampled_from(SHARES), seed=st.integers(0, 2**32))
def test_s21_every_stratum_and_the_batch_give_their_share_up_to_rounding(
    size: int, share: float, seed: int
) -> None:
    people = crowd(size, share, seed)
    drawn = draw_controls(people, seed=str(seed))
    alone = Counter(p.stratum for p in people)

    def block(one: Candidate) -> tuple[str, ...]:
        """Strata too small for a control of their own are one."""
        return one.stratum if alone[one.stratum] * share >= 1 - 1e-9 else one.stratum[:2]

    of = Counter(block(p) for p in people)
    held = Counter(block(p) for p in people if p.contact_id in drawn)
    for stratum, count in of.items():
        assert floor(count * share + 1e-9) <= held[stratum] <= ceil(count * share - 1e-9)
    assert floor(size * share + 1e-9) <= len(drawn) <= ceil(size * share - 1e-9)


@given(size=st.integers(0, 60), seed=st.integers(0, 2**32))
def test_the_same_people_and_batch_have_the_same_draw_in_whatever_order(
    size: int, seed: int
) -> None:
    people = crowd(size, 0.3, seed)
    shuffled = people.copy()
    Random(seed).shuffle(shuffled)  # noqa: S311  an order, not a secret
    assert draw_controls(people, seed="s") == draw_controls(shuffled, seed="s")


@pytest.mark.parametrize("share", SHARES)
def test_s21_everybody_has_the_same_chance_in_a_stratum_of_one_too(share: float) -> None:
    """Over many batches each person is left alone as often as the share says, however rare their stratum."""
    people = [*crowd(39, share, 1), person(99, share, track="customer", band="never", priority="D")]
    runs = 1_000
    held = Counter[str]()
    for run in range(runs):
        held.update(draw_controls(people, seed=f"batch {run}"))
    for one in people:
        # Five standard deviations of a binomial.
        assert abs(held[one.contact_id] / runs - share) < 5 * sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize(("size", "share"), [(71, 0.3), (300, 0.2), (500, 0.1)])
def test_s21_the_arms_are_alike_in_predicted_return(size: int, share: float) -> None:
    """The standardised difference before the start is below .1 on average, without regard to its sign."""
    apart: dict[str, list[float]] = {"p_return": [], "likelihood": []}
    for run in range(60):
        people = crowd(size, share, run)
        drawn = draw_controls(people, seed=f"batch {run}")
        for predicted, found in apart.items():
            told = {p.contact_id: float(getattr(p, predicted)) for p in people}
            left = np.array([told[i] for i in told if i in drawn])
            rest = np.array([told[i] for i in told if i not in drawn])
            pooled = sqrt((left.var(ddof=1) + rest.var(ddof=1)) / 2)
            found.append(abs(left.mean() - rest.mean()) / pooled)
    assert max(np.mean(found) for found in apart.values()) < 0.1


@settings(max_examples=60)
@given(
    size=st.integers(0, 200),
    starts=st.integers(1, 80),
    share=st.sampled_from(SHARES),
    seed=st.integers(0, 2**32),
)
def test_a_batch_takes_the_best_of_both_arms_and_never_starts_more_than_it_may(
    size: int, starts: int, share: float, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311  cases, not secrets
    people = [
        replace(p, held_out=dice.choice([None, None, None, True, False]))
        for p in crowd(size, share, seed)
    ]
    batch = choose_batch(people, starts=starts, seed=str(seed))
    taken = {c.contact_id for c in (*batch.started, *batch.controls)}
    assert taken == {p.contact_id for p in people[: len(taken)]}, "nobody better is passed over"
    assert len(batch.started) <= starts
    if len(taken) < size:
        assert len(batch.started) >= starts - 2
    # Earlier draws last.
    assert not any(c.held_out for c in batch.started)
    assert not any(c.held_out is False for c in batch.controls)


def test_nobody_at_none_and_everybody_at_all() -> None:
    assert draw_controls([person(i, 0.0) for i in range(99)], seed="s") == frozenset()
    assert len(draw_controls([person(i, 1.0) for i in range(99)], seed="s")) == 99


def test_batches_draw_independently() -> None:
    people = [person(i, 0.3) for i in range(60)]
    assert draw_controls(people, seed="a b") != draw_controls(people, seed="a c")
