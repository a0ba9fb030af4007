"""Either of two chances is enough: both are found again, and without anybody approached one is plain logistic."""

import numpy as np
import pytest
from scipy.special import expit

from core.errors import Invalid
from scoring.models import either, logistic
from scoring.models.logistic import Belief, Floats

ROWS, TERMS = 40_000, 3
COMING, ANSWERING = np.array([-2.0, 0.6, 0.0]), np.array([-1.5, 0.0, -0.8])


def trial(seed: int = 1) -> tuple[Floats, Floats, np.ndarray]:
    dice = np.random.default_rng(seed)
    values = np.column_stack([np.ones(ROWS), dice.normal(size=(ROWS, TERMS - 1))])
    approached = dice.random(ROWS) < 0.7
    chance = either.either(expit(values @ COMING), approached * expit(values @ ANSWERING))
    return values, (dice.random(ROWS) < chance).astype(np.float64), approached


def learnt(prior: Belief, values: Floats, did: Floats, approached: np.ndarray) -> Belief:
    nothing = np.zeros(len(did))
    belief, evidence = either.update(
        prior, values, did, coming=nothing, answering=nothing, approached=approached
    )
    assert np.isfinite(evidence)
    return belief


def wide(precision: float = 1e-4) -> Belief:
    return Belief.independent(np.zeros(2 * TERMS), np.full(2 * TERMS, precision))


def test_both_chances_are_found_again_within_what_it_says_of_how_sure_it_is() -> None:
    values, did, approached = trial()
    found = learnt(wide(), values, did, approached)
    error = np.sqrt(np.diag(np.linalg.inv(found.precision)))
    away = (found.mean - np.concatenate([COMING, ANSWERING])) / error
    assert np.abs(away).max() < 4
    assert error.max() < 0.1


def test_where_nobody_is_approached_one_is_plain_logistic_and_the_other_stays_as_believed() -> None:
    values, did, _ = trial()
    prior = Belief.independent(np.arange(2 * TERMS) / 10, np.full(2 * TERMS, 4.0))
    found = learnt(prior, values[:500], did[:500], np.zeros(500, dtype=np.bool_))
    half = Belief(prior.mean[:TERMS], prior.precision[:TERMS, :TERMS])
    plain = logistic.update(half, values[:500], did[:500])
    assert found.mean[:TERMS] == pytest.approx(plain.mean, abs=1e-3)
    assert found.precision[:TERMS, :TERMS] == pytest.approx(plain.precision, rel=1e-2)
    assert found.mean[TERMS:] == pytest.approx(prior.mean[TERMS:])


def test_outcomes_in_parts_teach_nearly_what_they_teach_at_once() -> None:
    values, did, approached = trial(2)
    at_once = learnt(wide(), values, did, approached)
    by_parts = wide()
    for part in np.array_split(np.arange(ROWS), 4):
        by_parts = learnt(by_parts, values[part], did[part], approached[part])
    assert by_parts.mean == pytest.approx(at_once.mean, abs=0.05)


def test_where_all_answer_the_belief_keeps_it_finite() -> None:
    values, _, approached = trial()
    found = learnt(wide(1.0), values[:50], np.ones(50), approached[:50])
    assert np.isfinite(found.mean).all()
    assert np.abs(found.mean).max() < 10


@pytest.mark.parametrize("wrong", ["outcome", "prior", "infinite"])
def test_what_does_not_fit_is_refused(wrong: str) -> None:
    values, did, approached = trial()
    prior = wide() if wrong != "prior" else Belief.independent(np.zeros(TERMS), np.ones(TERMS))
    if wrong == "infinite":
        values = values * np.inf
    with pytest.raises(Invalid, match="two chances"):
        learnt(prior, values, did[:-1] if wrong == "outcome" else did, approached)


def test_the_evidence_tells_where_approaching_does_nothing_from_where_it_does_little() -> None:
    """Who believes in nothing foretells better where there is nothing, and only there."""
    dice = np.random.default_rng(5)
    values, approached = np.ones((3_000, 1)), dice.random(3_000) < 0.7
    prior = Belief.independent(np.array([-1.5, -1.5]), np.full(2, 4.0))
    for gain, works in ((0.0, False), (0.15, True)):
        did = (dice.random(3_000) < 0.18 + gain * approached).astype(np.float64)
        nothing = np.zeros(3_000)
        told = [
            either.update(prior, values, did, coming=nothing, answering=nothing, approached=who)[1]
            for who in (approached, np.zeros(3_000, dtype=np.bool_))
        ]
        assert (told[0] - told[1] > 3) is works
        assert (told[1] - told[0] > 3) is not works
