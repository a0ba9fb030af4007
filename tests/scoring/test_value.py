"""What a plan is worth and who comes first, recomputed from the columns one reads."""

import itertools
from dataclasses import astuple
from functools import cache

import numpy as np
import polars as pl
import pytest

from contact_rules.channels import Channel
from scoring.plan_columns import cost_of as cost_of_plan
from scoring.plan_columns import default_plans, weight_of
from scoring.plans import PLANS
from scoring.score import Scored, ScoreSettings, score_contacts
from scoring.value import priority_cuts, with_priority
from tests.scoring.people import NOW, contact, event, made_up_account, row, score

pytestmark = pytest.mark.integration

# Of those who answer, how many act (N6), and of these buy (N9).
ACT, BUY = 0.30, 0.50
# A touch, and the complaint that one in two thousand of them brings about.
COST = {Channel.EMAIL: 0.002 + 0.0005 * 50, Channel.SMS: 0.02 + 0.0005 * 50}


@cache
def scored_account(typical_sale: float | None = None) -> Scored:
    contacts, events = made_up_account(2, 1_500)
    setting = ScoreSettings(typical_sale=typical_sale)
    return score_contacts(contacts, events, as_of=NOW, settings=setting)


def cost_of(key: str, *, email: bool, sms: bool) -> float:
    usable = {Channel.EMAIL: email, Channel.SMS: sms}
    return sum(COST[channel] for _, channel in PLANS[key].touches if usable[channel])


def test_the_expected_value_is_what_its_columns_say_s9_n6_n9() -> None:
    frame = scored_account().frame.drop_nulls("likelihood")
    assert frame["expected_value"].null_count() == 0
    for each in frame.iter_rows(named=True):
        cost = cost_of(each["plan"], email=each["email_usable"], sms=each["sms_usable"])
        expected = each["uplift"] * ACT * BUY * each["typical_sale"] - cost
        assert each["expected_value"] == pytest.approx(expected, abs=0.0051)


def test_letters_go_by_worth_to_a_tenth_two_tenths_three_and_the_rest_s9_s24() -> None:
    scored = scored_account()
    frame = scored.frame.filter(pl.col("uplift").is_not_null() & pl.col("reachable"))
    worth = (frame["uplift"] * ACT * BUY * frame["typical_sale"]).to_numpy() - np.array(
        [cost_of(plan, email=e, sms=s) for plan, e, s in frame.select("plan", "email_usable", "sms_usable").rows()]
    )  # fmt: skip
    best = np.sort(worth)[::-1]
    expected = [best[round(share * len(best)) - 1] for share in (0.1, 0.3, 0.6)]
    assert scored.yardstick.cuts == pytest.approx(expected, abs=1e-6)
    for letter, value, signal in zip(frame["priority"], worth, frame["signal"], strict=True):
        places = [name for name, cut in zip("ABC", expected, strict=True) if value >= cut - 1e-9]
        assert letter == ("A" if signal == "came_back" else places[0] if places else "D")
    others = scored.frame.filter(pl.col("uplift").is_null() | ~pl.col("reachable"))
    assert others["priority"].null_count() == others.height > 0


def test_where_no_sale_has_a_value_the_uplift_ranks_s9() -> None:
    people = [contact(str(i), has_phone=True, sms_consent=i < 5) for i in range(50)]
    frame = score(people, [event(str(i), 100 + 10 * i) for i in range(50)]).frame
    ranked = frame.drop_nulls("priority").filter(pl.col("signal").is_null())
    assert ranked["expected_value"].null_count() == ranked.height == 50
    by_letter = ranked.group_by("priority").agg(pl.col("uplift").min(), most=pl.col("uplift").max())
    rows = by_letter.sort("priority").rows(named=True)
    assert [each["priority"] for each in rows] == list("ABCD")
    for better, worse in itertools.pairwise(rows):
        assert better["uplift"] >= worse["most"]


def test_an_account_says_what_a_sale_is_worth_where_none_is_on_record() -> None:
    found = row(
        score([contact("a")], [event("a", 150)], settings=ScoreSettings(typical_sale=250.0))
    )
    assert found["typical_sale"] == 250.0
    cost = cost_of(found["plan"], email=True, sms=False)
    assert found["expected_value"] == pytest.approx(
        found["uplift"] * ACT * BUY * 250 - cost, abs=0.005
    )


def test_sales_on_record_count_more_than_what_the_account_says() -> None:
    assert scored_account(1.0).yardstick == scored_account(None).yardstick
    assert scored_account(1.0).frame["typical_sale"].min() != 1.0


def test_nobody_to_rank_has_no_cuts_to_pass() -> None:
    frame = score([], []).frame.filter(pl.col("uplift").is_null())
    cuts = priority_cuts(frame)
    assert cuts == (0.0, 0.0, 0.0)
    assert with_priority(frame, cuts)["priority"].null_count() == frame.height


def test_one_contact_alone_is_the_first() -> None:
    people = [contact("a"), contact("b", has_email=False)]
    found = score(people, [event("a", 150), event("b", 150)])
    assert (row(found)["priority"], row(found, "b")["priority"]) == ("A", None)


USABLE = {
    Channel.EMAIL: np.array([True, True, False, False]),
    Channel.SMS: np.array([True, False, True, False]),
}


@pytest.mark.parametrize(
    ("key", "touches"),
    [
        ("email_sms_email", [3, 2, 1, 0]),
        ("sms_email_sms", [3, 1, 2, 0]),
        ("email_email_email", [3, 3, 0, 0]),
        ("email", [1, 1, 0, 0]),
        ("sms", [1, 0, 1, 0]),
    ],
)
def test_a_plan_weighs_what_its_touches_can_reach_each_less_than_the_one_before_s12_s17(
    key: str, touches: list[int]
) -> None:
    added = [1.0, 0.89, 0.72]  # measured on published programmes
    expected = [sum(added[:n]) / sum(added) for n in touches]
    assert weight_of(PLANS[key], USABLE) == pytest.approx(expected)
    costs = [
        cost_of(key, email=bool(e), sms=bool(s)) for e, s in zip(*USABLE.values(), strict=True)
    ]
    assert cost_of_plan(PLANS[key], USABLE) == pytest.approx(costs)


def test_touches_of_the_usual_plan_are_three_and_seven_days_apart_s13_s14_n11() -> None:
    assert astuple(PLANS["email_sms_email"])[1] == (
        (0, Channel.EMAIL),
        (3, Channel.SMS),
        (10, Channel.EMAIL),
    )
    for plan in PLANS.values():
        days = [day for day, _ in plan.touches]
        assert all(3 <= later - earlier <= 7 for earlier, later in itertools.pairwise(days))


def test_everybody_is_given_exactly_one_plan_s12() -> None:
    parts = [mine for _, mine in default_plans(USABLE)]
    assert np.sum(parts, axis=0).tolist() == [1, 1, 1, 1]
