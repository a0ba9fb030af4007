"""Renewals: Weibull and Erlang with cycles still running, what is due next, and due dates by rule."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import Invalid
from scoring.models import renewal
from scoring.models.fitting import Floats, Prior
from scoring.models.renewal import Cycle, Erlang, Renewal, Weibull
from tests.scoring.models.checks import assert_gradient, assert_means_agree, dice

pytestmark = pytest.mark.integration

RECALL = Weibull(shape=2.5, scale=200.0)
STAGED = Erlang(stages=6, mean=180.0)
AGES = np.array((0.0, 1, 90, 180, 365, 900, 3_000))


def _until(cycles: Floats, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """The cycles as seen when observation ends at a random moment."""
    end = dice(seed).uniform(30, 500, len(cycles))
    return np.minimum(cycles, end), cycles <= end


def _weibull_cycles(size: int) -> Floats:
    return RECALL.scale * dice(1).weibull(RECALL.shape, size)


def _erlang_cycles(size: int) -> Floats:
    return dice(2).gamma(STAGED.stages, STAGED.mean / STAGED.stages, size)


def test_a_weibull_is_found_again_though_cycles_still_run() -> None:
    durations, renewed = _until(_weibull_cycles(8_000), 3)
    assert 0.2 < renewed.mean() < 0.8
    fit = renewal.fit_weibull(durations, renewed)
    assert fit.converged
    again = renewal.log_likelihood(fit.params, durations, renewed)
    assert again == pytest.approx(fit.log_likelihood)
    # Twice the gain of the likelihood over the truth is chi-square with 2 degrees: 18.4 at 1e-4.
    assert 0 <= again - renewal.log_likelihood(RECALL, durations, renewed) < 18.4 / 2


def test_an_erlang_is_found_again_though_cycles_still_run() -> None:
    durations, renewed = _until(_erlang_cycles(8_000), 4)
    fit = renewal.fit_erlang(durations, renewed)
    assert fit.converged
    assert fit.params.stages == 6
    # The error of a mean is below sd / sqrt(renewals): 180 / sqrt(6) / sqrt(4,000) = 1.2.
    assert fit.params.mean == pytest.approx(180, abs=5)
    again = renewal.log_likelihood(fit.params, durations, renewed)
    assert again == pytest.approx(fit.log_likelihood)


def test_no_other_number_of_stages_is_likelier() -> None:
    durations, renewed = _until(_erlang_cycles(60), 5)
    best = renewal.fit_erlang(durations, renewed)
    for stages in range(1, 30):
        likelihood = renewal._erlang_likelihood(
            stages, durations, renewed.astype(np.float64), np.ones(60)
        )
        values = [likelihood(np.log([mean]))[0] for mean in np.linspace(100, 300, 201)]
        assert max(values) <= best.log_likelihood + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_the_gradients_are_those_of_the_likelihoods(seed: int) -> None:
    rng = dice(seed)
    t, w = rng.uniform(1, 400, 50), rng.uniform(0.5, 2, 50)
    d = rng.integers(0, 2, 50).astype(np.float64)
    theta = np.array((rng.uniform(-1, 1.5), rng.uniform(4, 6)))
    assert_gradient(renewal._weibull_likelihood(t, d, w), theta)
    stages = int(rng.integers(1, 60))
    assert_gradient(renewal._erlang_likelihood(stages, t, d, w), theta[1:])


def test_the_curves_are_those_of_the_distributions() -> None:
    from scipy.stats import gamma, weibull_min  # noqa: PLC0415  a second to load

    known = weibull_min(RECALL.shape, scale=RECALL.scale)
    assert renewal.survival(RECALL, AGES) == pytest.approx(known.sf(AGES))
    early = AGES[:5]
    assert renewal.hazard(RECALL, early) == pytest.approx(known.pdf(early) / known.sf(early))
    some = AGES[1:6]
    for stages in (1, 2, 6, 80):
        model, known = Erlang(stages, 180.0), gamma(stages, scale=180.0 / stages)
        assert model.log_survival(AGES)[0] == 0
        assert model.log_survival(some) == pytest.approx(known.logsf(some), rel=1e-9, abs=1e-15)
        logs = known.logpdf(some) - known.logsf(some)
        assert model.log_hazard(some) == pytest.approx(logs, rel=1e-9)


def test_a_survival_too_small_for_a_number_still_has_a_logarithm() -> None:
    late = STAGED.log_survival(np.array((3e4, 3e5)))
    # With all six steps to go, the survival falls by one step per 30 days.
    assert late == pytest.approx((-1e3, -1e4), rel=0.04)
    assert STAGED.log_hazard(np.array([3e7])) == pytest.approx(np.log(1 / 30), rel=1e-5)


@pytest.mark.parametrize("model", [RECALL, STAGED, Weibull(0.5, 90.0), Weibull(90.0, 200.0)])
def test_the_chance_of_a_renewal_grows_with_the_horizon(model: Renewal) -> None:
    chances = np.array([renewal.p_renewal(model, AGES, ahead) for ahead in (0.0, 1.0, 90.0, 1e7)])
    assert (chances >= 0).all()
    assert (np.diff(chances, axis=0) >= 0).all()
    assert chances[-1] == pytest.approx(1)
    overall = 1 - renewal.survival(model, np.array([90.0]))
    assert chances[2][0] == pytest.approx(overall[0], rel=1e-9, abs=1e-15)


def test_those_past_all_survival_are_certain_to_renew() -> None:
    assert renewal.p_renewal(Weibull(90.0, 2.0), np.array([1e6]), 1.0) == 1


def test_renewals_happen_as_predicted() -> None:
    cycles = _erlang_cycles(40_000)
    for age in (0.0, 100.0, 250.0):
        due = cycles[cycles > age]
        predicted = renewal.p_renewal(STAGED, np.full(len(due), age), 90.0)
        assert_means_agree((due <= age + 90).astype(np.float64), predicted)


def test_weights_stand_for_cycles_and_those_just_begun_say_nothing() -> None:
    durations, renewed = np.array((100.0, 200, 250)), np.array((True, True, False))
    thrice = renewal.fit_weibull(np.tile(durations, 3), np.tile(renewed, 3))
    weighted = renewal.fit_weibull(durations, renewed, weights=np.full(3, 3.0))
    begun = renewal.fit_weibull(np.append(durations, 0), np.append(renewed, [False]))
    for fit in (weighted, begun):
        assert fit.params.shape == pytest.approx(thrice.params.shape, rel=1e-5)
        assert fit.params.scale == pytest.approx(thrice.params.scale, rel=1e-5)


def test_a_prior_speaks_where_nobody_has_renewed() -> None:
    durations, renewed = np.array((30.0, 60.0)), np.zeros(2, dtype=np.bool_)
    for fit in (renewal.fit_weibull, renewal.fit_erlang):
        with pytest.raises(Invalid, match="nobody has come back"):
            fit(durations, renewed)
    known = renewal.fit_weibull(durations, renewed, prior=Prior.around(RECALL, sd=0.2))
    assert known.params.scale == pytest.approx(RECALL.scale, rel=0.05)
    mean = Prior((np.log(180.0),), (0.1,))
    assert renewal.fit_erlang(durations, renewed, prior=mean).params.mean > 150


def test_cycles_all_alike_are_told_as_not_converged() -> None:
    durations, renewed = np.full(20, 180.0), np.ones(20, dtype=np.bool_)
    weibull = renewal.fit_weibull(durations, renewed)
    erlang = renewal.fit_erlang(durations, renewed)
    assert not weibull.converged
    assert not erlang.converged
    assert weibull.params.shape <= 100
    assert erlang.params.mean == pytest.approx(180)


@pytest.mark.parametrize(
    ("durations", "renewed", "message"),
    [
        ([], [], "no customers"),
        ([0.0], [True], "some time"),
        ([0.0], [False], "any time"),
        ([-5.0], [True], "not negative"),
    ],
)
def test_impossible_cycles_are_refused(
    durations: list[float], renewed: list[bool], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        renewal.fit_weibull(np.array(durations), np.array(renewed, dtype=np.bool_))


def test_a_due_date_has_four_states() -> None:
    device = Cycle(min=1_095, due=1_460, max=2_555)
    ages = np.array((0.0, 1_094, 1_095, 1_460, 1_461, 2_555, 2_556))
    expected = ["not_due", "not_due", "due", "due", "overdue", "overdue", "lapsed"]
    assert device.state(ages).tolist() == expected
    assert device.days_until_due(ages).tolist() == [1460, 366, 365, 0, -1, -1095, -1096]


@pytest.mark.parametrize(
    "days", [(-1, 5, 9), (6, 5, 9), (1, 10, 9), (1, 5, np.inf), (np.nan, 5, 9)]
)
def test_a_due_date_must_be_in_order(days: tuple[float, float, float]) -> None:
    with pytest.raises(Invalid, match="min <= due <= max"):
        Cycle(*days)
