"""Likelihood, uplift and their order: tracks apart, and by silence, interest, pattern, reason and inquiry."""

from datetime import timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from scoring.score import ScoreSettings, score_contacts
from tests.scoring.people import (
    NOW,
    Row,
    contact,
    event,
    experienced,
    made_up_account,
    row,
    score,
)

pytestmark = pytest.mark.integration

OURS = ("p_return", "likelihood", "uplift", "dormancy_score", "pattern", "segment", "band")


def likelihoods(people: dict[str, list[Row]], **fields: dict[str, Any]) -> dict[str, float]:
    """Each one's likelihood, by the events of each; told by what an account of many has taught."""
    contacts = [contact(who, **fields.get(who, {})) for who in people]
    scored = score(
        contacts, [e for events in people.values() for e in events], learnt=experienced()
    )
    return {who: row(scored, who)["likelihood"] for who in people}


@cache
def many() -> pl.DataFrame:
    """The scores of a made-up account of 2,000."""
    contacts, events = made_up_account(1, 2_000)
    return score_contacts(contacts, events, as_of=NOW, settings=ScoreSettings()).frame


def told(who: str, days_ago: float, kind: str = "form", **fields: Any) -> list[Row]:
    return [event(who, days_ago, kind, **fields)]


@pytest.mark.parametrize("track", ["lead", "customer"])
def test_what_the_other_track_does_changes_nothing_of_a_track_s2(track: str) -> None:
    contacts, events = made_up_account(4, 300)
    first = score_contacts(contacts, events, as_of=NOW, settings=ScoreSettings()).frame
    mine = first.filter(pl.col("track") == track)["contact_id"]
    is_mine = pl.col("contact_id").is_in(mine.implode())
    # The other track loses every second event but its first purchases.
    others = events.filter(
        ~is_mine & ((pl.int_range(pl.len()) % 2 == 0) | (pl.col("kind") == "purchase"))
    )
    changed = pl.concat([events.filter(is_mine), others])
    again = score_contacts(contacts, changed, as_of=NOW, settings=ScoreSettings()).frame
    assert again["track"].equals(first["track"])
    assert again.filter(is_mine).select(OURS).equals(first.filter(is_mine).select(OURS))
    assert not again.filter(~is_mine).select(OURS).equals(first.filter(~is_mine).select(OURS))


_GROUP = {"form": "medium", "visit": "low", "meeting": "high"}


@pytest.mark.parametrize("kind", ["purchase", "form", "visit", "meeting"])
def test_three_months_and_three_years_of_silence_are_not_the_same_people_s4(kind: str) -> None:
    ago = {"months": 95, "half": 200, "year": 400, "years": 1_100}
    people = [
        contact(who, created_at=event(who, days + 30)["occurred_at"]) for who, days in ago.items()
    ]
    events = [event(who, days, kind) for who, days in ago.items()]
    found = score(people, events, learnt=experienced()).frame[:4]
    assert found["band"].to_list() == ["90_179", "180_364", "365_plus", "365_plus"]
    for name in ("likelihood", "p_return"):
        assert found[name].to_list() == sorted(found[name], reverse=True)
        assert found[name].n_unique() == 4
    assert found["dormancy_score"].is_sorted()
    # Where the score has no room left, what was missed at the former pace still tells them apart.
    assert found["contacts_missed"].is_sorted()
    assert found["contacts_missed"].n_unique() == 4
    rates = experienced().rates.groups["customer" if kind == "purchase" else _GROUP[kind]]
    assert found["contacts_missed"].to_list() == pytest.approx(
        [rates.r / rates.alpha * days for days in ago.values()], abs=0.051
    )
    # What is said of them begins with the gap itself.
    for sentence, days in zip(found["explanation"], ago.values(), strict=True):
        assert sentence.startswith(f"Quiet since {NOW - timedelta(days=days):%b %-d, %Y}.")


@pytest.mark.parametrize("kind", ["form", "purchase"])
def test_a_higher_inquiry_level_makes_an_answer_likelier_all_else_equal_s8_s5(kind: str) -> None:
    levels = ("high", "medium", "low")
    people = {level: told(level, 150, kind) for level in levels}
    found = likelihoods(people, **{level: {"inquiry": level} for level in levels})
    assert found["high"] > found["medium"] > found["low"]


def test_an_inquiry_that_is_no_level_says_nothing_s8() -> None:
    fields: dict[str, Row] = {
        "b": {"inquiry": "Tinnitus"},
        "c": {"inquiry": "HIGH"},
        "d": {"inquiry": "high"},
    }
    found = likelihoods({who: told(who, 150) for who in "abcd"}, **fields)
    assert found["b"] == found["a"]
    assert found["c"] == found["d"] != found["a"]


# Whether who left for this reason is likelier to answer than who left for none.
DIRECTION = {
    "competitor": -1,
    "budget_or_timing": 1,
    "service_issue": -1,
    "distraction": 1,
    "moved": -1,
}


@pytest.mark.parametrize(("reason", "sign"), DIRECTION.items())
def test_a_reason_moves_the_chance_of_an_answer_the_more_the_surer_it_is_s7(
    reason: str, sign: int
) -> None:
    said = {
        who: [*told(who, 150), event(who, 140, "note", reason=reason, reason_confidence=sure)]
        for who, sure in (("sure", 0.9), ("unsure", 0.55))
    }
    found = likelihoods({"none": told("none", 150)} | said)
    assert sign * (found["sure"] - found["unsure"]) > 0
    assert sign * (found["unsure"] - found["none"]) > 0


def test_a_reason_stands_with_its_source_and_confidence_s7() -> None:
    lost = event("a", 160, "lost_deal", reason="competitor", reason_confidence=0.7)
    found = row(score([contact("a")], [*told("a", 150), lost]))
    assert (found["reason"], found["reason_source"]) == ("competitor", "deal")
    assert found["reason_confidence"] == pytest.approx(0.7)
    assert "Why: went with a competitor." in found["explanation"]


def test_a_budget_that_was_short_half_a_year_ago_may_be_a_new_one_s7() -> None:
    found = likelihoods(
        {
            f"{who}{days}": [*told(f"{who}{days}", days), *note]
            for days in (180, 190)
            for who, note in (
                ("none", []),
                (
                    "some",
                    told(
                        f"some{days}",
                        days - 1,
                        "note",
                        reason="budget_or_timing",
                        reason_confidence=0.9,
                    ),
                ),
            )
        }
    )
    odds = {who: chance / (1 - chance) for who, chance in found.items()}
    assert odds["some190"] / odds["none190"] > 1.01 * odds["some180"] / odds["none180"]


def test_a_service_issue_is_never_guessed_from_how_somebody_left_s7_s6() -> None:
    stopped = [event("a", 300 + 5 * i, "purchase", amount=10.0) for i in range(12)]
    quiet = [
        event("a", 340, "feedback", outcome="positive"),
        event("a", 500, "ticket"),
        event("a", 299, "note"),
    ]
    found = row(score([contact("a")], [*stopped, *quiet]))
    assert found["pattern"] == "heavy_then_stopped"
    assert (found["reason"], found["reason_source"], found["reason_confidence"]) == (
        None,
        None,
        None,
    )
    ticket = event("a", 310, "ticket")
    told_why = row(score([contact("a")], [*stopped, *quiet, ticket]))
    assert (told_why["reason"], told_why["reason_source"]) == ("service_issue", "ticket")


@pytest.mark.parametrize(
    ("days", "pattern", "confidence"),
    [
        ([300], "one_and_done", "low"),
        ([307, 304, 300], "one_and_done", "medium"),
        ([308, 304, 300], "steady", "medium"),
        # Every ten days for two months, and then nothing: something happened.
        ([350, 340, 330, 320, 310, 300], "heavy_then_stopped", "high"),
        # The same with a silence that is none yet for that rhythm.
        ([65, 55, 45, 35, 25, 15], "steady", "high"),
        # Five days of contact are too few to be called heavy.
        ([340, 330, 320, 310, 300], "steady", "medium"),
        ([400, 395, 390, 385, 380, 300], "fading", "high"),
        ([1_500, 1_490, 1_000, 990, 300], "sporadic", "medium"),
    ],
)
def test_the_pattern_and_how_sure_it_is_s6(days: list[int], pattern: str, confidence: str) -> None:
    found = row(
        score([contact("a")], [event("a", day, "visit") for day in days], learnt=experienced())
    )
    assert (found["pattern"], found["pattern_confidence"]) == (pattern, confidence)


def test_chances_are_probabilities_and_the_uplift_is_their_difference_s9() -> None:
    frame = many()
    known = frame.drop_nulls("likelihood")
    assert known.height > 500
    assert frame["p_return"].drop_nulls().is_between(0, 1, closed="none").all()
    assert known["likelihood"].is_between(0, 1, closed="none").all()
    assert (
        known.select(pl.col("uplift") == pl.col("likelihood") - pl.col("p_return"))
        .to_series()
        .all()
    )
    assert known.filter(pl.col("band") == "unmeasurable").height == 0


def test_who_no_message_can_reach_gains_nothing_from_one_and_no_answer_is_foretold_s9() -> None:
    frame = many()
    known = frame.drop_nulls("uplift").with_columns(
        messaged=pl.col("email_usable") | pl.col("sms_usable")
    )
    silent = known.filter(~pl.col("messaged"))
    assert silent.height > 100
    assert (silent["uplift"] == 0).all()
    unknown = ("likelihood", "likelihood_low", "likelihood_high", "own_share", "likelihood_source")
    assert all(silent[name].null_count() == silent.height for name in unknown)
    assert silent["p_return"].null_count() == 0
    # Who can be called has somebody to call them, and who can not is left alone.
    called = silent.filter(pl.col("channels") == "call", pl.col("band") != "active")
    assert called.height > 20
    assert called["explanation"].str.ends_with("Call them: nothing may be sent.").all()
    assert not silent["explanation"].str.contains("like this reply").any()
    assert (known.filter("messaged", pl.col("band") != "active")["uplift"] != 0).all()
    assert (
        known.filter(~pl.col("reachable"))["priority"].null_count() == (~known["reachable"]).sum()
    )


def test_nothing_is_claimed_of_silences_that_cannot_be_measured_s3() -> None:
    people = [contact("a", source="OFFLINE"), contact("b", created_at=None)]
    frame = score(people, []).frame[:2]
    assert frame["band"].to_list() == ["unmeasurable"] * 2
    empty = frame.select(
        "p_return", "likelihood", "uplift", "plan", "expected_value", "priority", "dormancy_score"
    )
    assert all(column.null_count() == 2 for column in empty)


def test_active_people_have_a_chance_to_come_back_but_no_plan_s1() -> None:
    found = row(score([contact("a")], [event("a", 20), event("a", 10)]))
    assert found["p_return"] is not None
    assert (found["likelihood"], found["plan"], found["priority"]) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "plan"),
    [
        ({}, "email_email_email"),
        ({"has_phone": True, "sms_consent": True}, "email_sms_email"),
        ({"has_phone": True, "sms_consent": True, "email_bounced": True}, "sms_email_sms"),
        ({"has_email": False}, "email_sms_email"),
    ],
)
def test_the_plan_uses_the_channels_that_may_be_used_s12_s13(fields: Row, plan: str) -> None:
    assert row(score([contact("a", **fields)], told("a", 150)))["plan"] == plan


def test_more_channels_and_touches_make_an_answer_likelier_s12() -> None:
    both: Row = {"has_phone": True, "sms_consent": True}
    text_only = both | {"email_bounced": True}
    found = likelihoods({who: told(who, 150) for who in "abc"}, b=both, c=text_only)
    # Two texts of the plan reach them, in place of three touches.
    assert found["c"] < found["b"]


def test_an_account_without_outcomes_is_told_planning_values_s9() -> None:
    assert row(score([contact("a")], told("a", 150)))["likelihood_source"] == "prior"
