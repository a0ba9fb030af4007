"""The response model: its features by hand, the pool where it starts, and both arms on the log-odds."""

import math
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from core.errors import Invalid
from scoring.features.prepare import ScoreSettings, prepare
from scoring.features.signals import LIFT, SIGNALS
from scoring.features.terms import LABELS
from scoring.learn.pooled import POOLED
from scoring.learn.responding import (
    Responding,
    Term,
    learn,
    planned_response,
    starting_model,
    terms,
)
from scoring.models.logistic import Belief
from scoring.plans import PLAN_HOUR
from scoring.score import with_chances
from tests.scoring.people import (
    NOW,
    WITNESS,
    WITNESSED,
    Row,
    contact,
    contacts_of,
    event,
    events_of,
    experienced,
)


def featured(people: list[Row], events: list[Row]) -> pl.DataFrame:
    """The frame of chances of these contacts; the witness is the last row."""
    made = prepare(
        contacts_of([*people, WITNESS]),
        events_of([*events, *WITNESSED]),
        as_of=NOW,
        settings=ScoreSettings(),
    )
    return with_chances(made, experienced())


def values(frame: pl.DataFrame, i: int = 0, hour: int = PLAN_HOUR) -> dict[str, float]:
    return {term.key: float(term.value[i]) for term in terms(frame, hour=hour)}


def test_the_features_of_a_busy_customer_by_hand_s9() -> None:
    morning = NOW.replace(hour=10)
    hours = [{"contact_id": "a", "occurred_at": morning - timedelta(days=d), "kind": kind}
             for d, kind in ((400, "purchase"), (300, "purchase"), (250, "form"), (200, "visit"))]  # fmt: skip
    more = [
        event("a", 100, "email", direction="out"),
        event("a", 98, "email", direction="in"),
        event("a", 60, "sms", direction="out"),
        event("a", 97.5, "note", reason="distraction", reason_confidence=0.8),
    ]
    who = contact("a", created_at=NOW - timedelta(days=700), inquiry="high", source="REFERRALS")
    frame = featured([who], [*hours, *more])
    found = values(frame)
    chance = frame["p_return_raw"][0]
    returning = math.log(chance / (1 - chance)) + 3.5
    rate = math.log(5.5 / (302 / 7 + 6)) + 1.0
    expected = {
        "customer": 1.0,
        "gap": math.log1p(98 / 30) - 2.3,
        "rate": rate,
        "rate_squared": rate**2,
        "span": math.log1p(302 / 7) - 2.0,
        "age": math.log1p(700 / 7) - 4.0,
        "returning": returning,
        "returning_squared": returning**2 / 4,
        "rate_returning": rate * returning / 2,
        "forms": math.log1p(1) - 0.7,
        "written": math.log1p(1) - 0.7,
        "visits": math.log1p(1) - 1.0,
        "deep": 1.0,
        "missed": 0.0,
        "never": 0.0,
        "repeat": 1.0,
        "tried": math.log1p(2),
        "answered": 1.0,
        # Four of five events between nine and twelve, the fifth at noon.
        "hour": 0.5 * math.log(4 * 5.5 / 11),
        "inquiry_high": 1.0,
        "inquiry_low": 0.0,
        "source_referral": 1.0,
        "source_paid": 0.0,
        "reason_distraction": pytest.approx(0.8),
        "reason_moved": 0.0,
        "reason_new_budget": 0.0,
    }
    # The last e-mail in came at noon, not in the morning.
    expected["hour"] = 0.5 * math.log(4 * (4 + 1.5) / (5 + 6))
    assert {key: found[key] for key in expected} == pytest.approx(expected)


def test_the_features_of_who_never_did_anything_s9() -> None:
    who = contact("a", created_at=NOW - timedelta(days=210))
    found = values(featured([who], []))
    assert (found["never"], found["customer"], found["deep"], found["answered"]) == (1, 0, 0, 0)
    assert found["gap"] == pytest.approx(math.log1p(7) - 2.3)  # since they were added
    assert found["hour"] == 0.0


@pytest.mark.parametrize(("hour", "block"), [(9, 0), (11, 0), (12, 1), (17, 2), (20, 3)])
def test_who_was_active_at_that_hour_is_likelier_to_answer_then_s9_s15(
    hour: int, block: int
) -> None:
    starts = (9, 12, 15, 18)
    events = [
        {"contact_id": str(i), "occurred_at": NOW.replace(hour=start) - timedelta(days=200 + d), "kind": "visit"}
        for i, start in enumerate(starts)
        for d in range(4)
    ]  # fmt: skip
    frame = featured([contact(str(i)) for i in range(4)], events)
    found = [values(frame, i, hour)["hour"] for i in range(4)]
    assert max(range(4), key=found.__getitem__) == block
    assert sorted(found)[:3] == [pytest.approx(0.5 * math.log(4 * 1.5 / 10))] * 3


def test_a_missed_meeting_counts_as_missed_and_deep_s5() -> None:
    missed = event("a", 100, "meeting", outcome="no_show")
    found = values(featured([contact("a"), contact("b")], [missed, event("b", 100, "meeting")]))
    assert (found["missed"], found["deep"]) == (1, 1)


def test_it_starts_from_the_pool_and_from_nothing_else_s9() -> None:
    model = starting_model()
    size = len(model.keys) + 1
    mean, precision = model.belief.mean, np.diag(model.belief.precision)
    assert model.outcomes == 0
    assert model.keys == tuple(LABELS)
    assert (mean[0], mean[size]) == (0, POOLED.level)
    halves = (
        (POOLED.alone, 0, POOLED.constant_alone),
        (POOLED.effect, size, POOLED.constant_effect),
    )
    for pooled, first, constant in halves:
        # What the pool believes in must be a feature.
        assert set(pooled) <= set(LABELS)
        assert precision[first] == pytest.approx(constant**-2)
        for i, key in enumerate(model.keys, start=first + 1):
            expected, spread = pooled.get(key, (0.0, POOLED.unknown))
            if first and key.startswith("signal_"):
                expected = LIFT[key.removeprefix("signal_")]
            assert (mean[i], precision[i]) == (
                pytest.approx(expected),
                pytest.approx(spread**-2),
            ), key


def test_every_signal_makes_an_answer_likelier_a_coming_back_the_most_s10() -> None:
    model = starting_model()
    effect = dict(zip(model.keys, model.belief.mean[len(model.keys) + 2 :], strict=True))
    lifts = [effect[f"signal_{name}"] for name in SIGNALS]
    assert lifts == sorted(lifts, reverse=True)
    assert lifts[-1] > 0
    assert lifts[0] > lifts[1]


def some_terms(rows: int, seed: int = 1) -> list[Term]:
    dice = np.random.default_rng(seed)
    return [Term(key, label, dice.normal(size=rows)) for key, label in LABELS.items()]


def some_model(seed: int = 2) -> Responding:
    dice = np.random.default_rng(seed)
    size = 2 * len(LABELS) + 2
    return Responding(
        tuple(LABELS), Belief.independent(dice.normal(0, 0.3, size), np.ones(size)), 9
    )


def test_who_is_approached_comes_anyway_or_answers_both_sums_on_the_log_odds_s9() -> None:
    rows, model, given = 40, some_model(), some_terms(40)
    dice = np.random.default_rng(3)
    p_return, planned = dice.uniform(0.01, 0.6, rows), dice.uniform(0.02, 0.4, rows)
    planned[::4] = 0.0
    alone, with_plan = model.chances(given, p_return, planned)
    size = len(LABELS) + 1
    own, effect = model.belief.mean[:size], model.belief.mean[size:]
    for i in range(rows):
        features = np.array([1.0, *(term.value[i] for term in given)])
        come = expit(logit(p_return[i]) + own @ features)
        # As far as plans do anything at all.
        answer = expit(logit(planned[i]) + effect @ features) if planned[i] > 0 else 0.0
        answer *= model.works_share
        either = 1 - (1 - come) * (1 - answer)
        assert (alone[i], with_plan[i]) == pytest.approx((come, either))
    assert (alone[::4] == with_plan[::4]).all()


def test_what_each_feature_adds_is_what_leaving_it_out_would_change_s9() -> None:
    model, given = some_model(), some_terms(5)
    p_return, planned = np.full(5, 0.1), np.full(5, 0.2)
    come, whole = model.chances(given, p_return, planned)
    told = (whole - come) / (1 - come) / model.works_share
    for term, coming, answered in model.contributions(given):
        without = [Term(t.key, t.label, t.value * (t.key != term.key)) for t in given]
        fewer = model.chances(without, p_return, planned)
        assert logit(come) - logit(fewer[0]) == pytest.approx(coming)
        still = (fewer[1] - fewer[0]) / (1 - fewer[0]) / model.works_share
        assert logit(told) - logit(still) == pytest.approx(answered, abs=1e-6)


def test_without_a_coefficient_nothing_is_said_to_add() -> None:
    size = 2 * len(LABELS) + 2
    none = Responding(tuple(LABELS), Belief.independent(np.zeros(size), np.ones(size)))
    assert none.contributions(some_terms(3)) == []
    p_return, planned = np.array([0.1, 0.2, 0.9]), np.array([0.3, 0.0, 0.5])
    alone, with_plan = none.chances(some_terms(3), p_return, planned)
    assert alone == pytest.approx(p_return)
    assert none.works_share > 0.9
    assert with_plan == pytest.approx(1 - (1 - p_return) * (1 - none.works_share * planned))


@pytest.mark.parametrize("wrong", [[], [0], [1, 0]])
def test_features_the_model_was_not_learnt_from_are_refused(wrong: list[int]) -> None:
    given = some_terms(4)
    others = [given[i] for i in wrong] + (given[2:] if len(wrong) == 2 else [])
    with pytest.raises(Invalid, match="not those"):
        some_model().chances(others, np.full(4, 0.1), np.full(4, 0.1))


def test_learning_from_fewer_features_than_the_model_has_is_refused() -> None:
    yes = np.ones(4, dtype=np.bool_)
    with pytest.raises(Invalid, match="two beliefs for each term"):
        learn(some_model(), some_terms(4)[1:], p_return=np.full(4, 0.1), planned=np.full(4, 0.1),
              treated=yes, responded=yes)  # fmt: skip


def test_a_plan_of_less_weight_is_answered_less_s12() -> None:
    found = planned_response(np.full(4, 0.2), np.array([0.0, 0.5, 1.0, 2.0]))
    assert found == pytest.approx([0, 1 - 0.8**0.5, 0.2, 1 - 0.8**2])


@pytest.mark.parametrize("responded", [True, False])
def test_one_outcome_moves_the_belief_towards_it_and_is_counted(*, responded: bool) -> None:
    given, model = some_terms(1), starting_model()
    p_return, planned, one = np.array([0.1]), np.array([0.2]), np.ones(1, dtype=np.bool_)
    after = learn(
        model, given, p_return=p_return, planned=planned, treated=one, responded=one & responded
    )
    before, now = (m.chances(given, p_return, planned)[1][0] for m in (model, after))
    assert bool(now > before) is responded
    assert (after.outcomes, model.outcomes) == (1, 0)
