"""What randomised cohorts teach: effects that are there are found, and where there is none, none is claimed."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from contact_rules.channels import Channel
from scoring.features.prepare import ScoreSettings, prepare
from scoring.learn.certainty import OWN_WEIGHS_MORE, Sureness
from scoring.learn.cohort import CONTROL, foretell, learn_outcomes
from scoring.learn.learnt import Learnt
from scoring.learn.metrics import Bools, Floats, ece, log_loss
from scoring.learn.responding import Responding, answering, planned_response, terms
from scoring.plan_columns import weight_of
from scoring.plans import PLAN_HOUR, PLANS
from scoring.score import with_chances
from tests.scoring.people import NOW, experienced, made_up_account

pytestmark = pytest.mark.integration

ARMS = ("email_sms_email", "email")
Truth = dict[str, float]
# What a plan adds, on log-odds; the pool knows nothing of the first two and the opposite of the third.
EFFECT: Truth = {
    "constant": -0.3,
    "deep": 0.8,
    "never": -0.8,
    "inquiry_high": -0.6,
    "reason_moved": -1.0,
}
# Who comes back by himself, besides what the account's record says.
ALONE: Truth = {"constant": -0.4, "customer": 0.7}


@cache
def account(seed: int) -> pl.DataFrame:
    """Candidates of a made-up account, with their features and chances."""
    contacts, events = made_up_account(seed, 2_500)
    made = prepare(contacts, events, as_of=NOW, settings=ScoreSettings())
    return with_chances(made, experienced()).filter("candidate")


def planned_of(frame: pl.DataFrame, arms: np.ndarray) -> Floats:
    """The planning value of each one's plan; 0 for who is left alone or cannot be reached by it."""
    usable = {
        Channel.EMAIL: frame["email_usable"].to_numpy(),
        Channel.SMS: frame["sms_usable"].to_numpy(),
    }
    weights = {key: weight_of(PLANS[key], usable) for key in ARMS} | {
        CONTROL: np.zeros(frame.height)
    }
    weight = np.select([arms == key for key in weights], list(weights.values()))
    return planned_response(frame["planning"].fill_null(0.0).to_numpy(), weight)


def truth_of(frame: pl.DataFrame, arms: np.ndarray, effect: Truth | None) -> Floats:
    """The true chance of each; without an effect nobody answers a plan that would not have come anyway."""
    value = {term.key: term.value for term in terms(frame, hour=PLAN_HOUR)}
    value["constant"] = np.ones(frame.height)
    p_return, planned = frame["p_return_raw"].to_numpy(), planned_of(frame, arms)
    come = expit(logit(p_return) + sum(by * value[key] for key, by in ALONE.items()))
    if effect is None:
        return np.asarray(come)
    odds = logit(np.maximum(planned, 1e-6)) + sum(by * value[key] for key, by in effect.items())
    answer = np.where(planned > 0, expit(odds), 0.0)
    return np.asarray(1 - (1 - come) * (1 - answer))


def cohort_of(frame: pl.DataFrame, effect: Truth | None, seed: int) -> tuple[pl.DataFrame, Floats]:
    """A third left alone, the others given either plan at random, and their true chances."""
    dice = np.random.default_rng(seed)
    arms = dice.choice([*ARMS, CONTROL], frame.height)
    chance = truth_of(frame, arms, effect)
    responded = dice.random(frame.height) < chance
    return pl.DataFrame(
        {"contact_id": frame["contact_id"], "arm": arms, "responded": responded}
    ), chance


@cache
def taught(effect_known: bool, rounds: int = 5) -> Learnt:
    learnt = experienced()
    for seed in range(rounds):
        effect = EFFECT if effect_known else None
        cohort, _ = cohort_of(account(11), effect, seed)
        learnt = learn_outcomes(account(11), learnt, cohort, hour=PLAN_HOUR)
    return learnt


def effects(model: Responding) -> Truth:
    return dict(
        zip(("constant", *model.keys), model.belief.mean[len(model.keys) + 1 :], strict=True)
    )


def test_effects_that_are_there_are_found_even_against_the_pool_s9() -> None:
    before, after = effects(experienced().responding), effects(taught(effect_known=True).responding)
    for key, truth in EFFECT.items():
        assert after[key] * truth > 0, key
        off = abs(before[key] - truth)
        # What is added to the pool is shrunk, but goes the right way.
        assert abs(after[key] - truth) < (off if off > 0.5 else 0.4), key
    assert taught(effect_known=True).responding.outcomes == 5 * account(11).height


def test_chances_of_other_people_are_calibrated_after_learning_s9() -> None:
    cohort, chance = cohort_of(account(12), EFFECT, seed=99)
    said, responded = foretell(account(12), taught(effect_known=True), cohort, hour=PLAN_HOUR)
    assert ece(responded, said) < 0.02
    assert log_loss(responded, said) < 1.02 * log_loss(responded, chance)
    unlearnt, _ = foretell(account(12), experienced(), cohort, hour=PLAN_HOUR)
    assert log_loss(responded, said) < log_loss(responded, unlearnt)
    assert ece(responded, said) < ece(responded, unlearnt)


def uplift_of(model: Responding, frame: pl.DataFrame) -> Floats:
    arms = np.full(frame.height, ARMS[0])
    alone, with_plan = model.chances(
        terms(frame, hour=PLAN_HOUR), frame["p_return_raw"].to_numpy(), planned_of(frame, arms)
    )
    return with_plan - alone


def test_where_a_plan_does_nothing_no_uplift_is_claimed_s9() -> None:
    frame, model = account(12), taught(effect_known=False).responding
    before, after = (float(uplift_of(m, frame).mean()) for m in (experienced().responding, model))
    assert before > 0.03
    assert abs(after) < 0.01
    # One cohort is enough for that, and as much is enough to believe in a plan that does something.
    one = taught(effect_known=False, rounds=1).responding
    assert one.outcomes == account(11).height
    assert abs(float(uplift_of(one, frame).mean())) < 0.01
    assert one.works_share < 0.1
    assert taught(effect_known=True, rounds=1).responding.works_share > 0.99


def test_one_outcome_makes_no_chance_the_accounts_own_and_many_do_s9() -> None:
    """How much of a chance rests on the account's own outcomes grows with them, and its interval gets narrower."""
    frame = account(12).filter(pl.col("email_usable"))
    before, one = experienced().responding, account(11).head(1)
    cohort, _ = cohort_of(one, EFFECT, seed=1)
    taught_by = (
        before,
        learn_outcomes(one, experienced(), cohort, hour=PLAN_HOUR).responding,
        taught(effect_known=True, rounds=1).responding,
        taught(effect_known=True).responding,
    )
    arms = np.full(frame.height, ARMS[0])
    owns, widths = [], []
    for model in taught_by:
        given, planned = model.terms(frame, hour=PLAN_HOUR), planned_of(frame, arms)
        alone, either = model.chances(given, frame["p_return_raw"].to_numpy(), planned)
        found = Sureness(model, before).of(given, alone, either, answering(alone, either))
        assert ((found.low <= either) & (either <= found.high)).all()
        assert ((found.return_low <= alone) & (alone <= found.return_high)).all()
        owns.append(float(found.own.mean()))
        widths.append(float((found.high - found.low).mean()))
    assert owns[0] == pytest.approx(0, abs=1e-5)
    assert 0 < owns[1] < 0.1
    assert OWN_WEIGHS_MORE < owns[2] < owns[3] < 1
    assert widths == sorted(widths, reverse=True)
    assert widths[3] < widths[0] / 3


@pytest.mark.parametrize("effect_known", [True, False])
def test_who_cannot_be_reached_has_no_uplift_at_all_s9(*, effect_known: bool) -> None:
    frame = account(12)
    silent = frame.filter(~pl.col("email_usable") & ~pl.col("sms_usable"))
    assert silent.height > 100
    assert (uplift_of(taught(effect_known=effect_known).responding, silent) == 0).all()


def test_without_outcomes_the_model_is_the_pools() -> None:
    learnt = experienced()
    cohort, _ = cohort_of(account(11), EFFECT, seed=1)
    assert learn_outcomes(account(11), learnt, cohort.clear(), hour=PLAN_HOUR) is learnt
    strangers = cohort.with_columns(contact_id=pl.col("contact_id") + "?")
    assert learn_outcomes(account(11), learnt, strangers, hour=PLAN_HOUR) is learnt


def test_what_one_was_given_is_what_is_foretold() -> None:
    frame, learnt = account(12), taught(effect_known=True)
    chance: dict[str, Floats] = {}
    for arm in (*ARMS, CONTROL):
        cohort = pl.DataFrame(
            {"contact_id": frame["contact_id"], "arm": arm, "responded": [False] * frame.height}
        )
        chance[arm], responded = foretell(frame, learnt, cohort, hour=PLAN_HOUR)
        assert not responded.any()
        alone, with_plan = learnt.responding.chances(
            terms(frame, hour=PLAN_HOUR),
            frame["p_return_raw"].to_numpy(),
            planned_of(frame, np.full(frame.height, arm)),
        )
        assert chance[arm] == pytest.approx(alone if arm == CONTROL else with_plan)
    reached: Bools = frame["email_usable"].to_numpy() & frame["sms_usable"].to_numpy()
    # Three touches do more than one.
    assert chance[ARMS[0]][reached].mean() > chance[ARMS[1]][reached].mean()


def test_a_plan_that_is_no_more_teaches_nothing() -> None:
    cohort, _ = cohort_of(account(11), EFFECT, seed=1)
    gone = cohort.with_columns(arm=pl.lit("carrier_pigeons"))
    learnt = experienced()
    assert learn_outcomes(account(11), learnt, gone, hour=PLAN_HOUR) is learnt


def test_the_order_of_the_cohort_teaches_the_same() -> None:
    cohort, _ = cohort_of(account(11), EFFECT, seed=1)
    muddled = cohort.sample(fraction=1, shuffle=True, seed=2)
    one, other = (
        learn_outcomes(account(11), experienced(), rows, hour=PLAN_HOUR).responding.belief.mean
        for rows in (cohort, muddled)
    )
    assert one == pytest.approx(other, abs=1e-9)
