"""Both arms side by side, and what followed which touch (S21, N4-N9)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from app.reports.results.loading import shape
from workflows.results.comparing import (
    Comparison,
    Verdict,
    compare,
    standardised_difference,
)
from workflows.results.measuring import TRUTHS
from workflows.results.touched import attribute, costs, first_responses, tell

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def people(size: int, *, held: float = 0.3, seed: int = 0, **chances: tuple[float, float]) -> Any:
    """So many people in waves of 100; each outcome's chance of the started and of those left alone."""
    dice = np.random.default_rng(seed)
    rows = []
    for n in range(size):
        alone = bool(dice.random() < held)
        did = {name: bool(dice.random() < chance[alone]) for name, chance in chances.items()}
        rows.append(
            {
                "contact_id": f"c{n}",
                "programme": "p",
                "wave_id": f"w{n // 100}",
                "track": "lead",
                "band": "180_364",
                "priority": "AB"[n % 2],
                "segment": "s",
                "share": held,
                "held_out": alone,
                "started_after_all": False,
                "assigned_at": BEGAN + timedelta(days=n // 100),
                "responded_at": None,
                "revenue_minor": 50_000 if did.get("sold") else 0,
                **dict.fromkeys(TRUTHS, False),
                **did,
            }
        )
    return pl.DataFrame(rows, schema=shape(), strict=False)


def test_s21_both_arms_are_counted_by_assignment() -> None:
    found = compare(people(600, responded=(0.2, 0.04), answered=(0.15, 0.02), sold=(0.08, 0.01)))
    started, alone = found.started, found.left_alone
    assert started.people + alone.people == 600
    assert started.did["responded"].share == pytest.approx(0.2, abs=0.05)
    assert alone.did["responded"].share == pytest.approx(0.04, abs=0.04)
    lift = found.lifts["responded"]
    assert lift.difference is not None
    assert lift.difference.low < 0.16 < lift.difference.high
    assert lift.verdict is Verdict.MEASURED
    assert lift.smallest is not None
    assert lift.difference.value >= lift.smallest
    assert found.revenue.difference is not None
    assert found.revenue.difference.low < 35 < found.revenue.difference.high
    assert started.revenue == 500 * started.did["sold"].count


def test_s21_answers_are_positive_negative_or_neither() -> None:
    frame = people(200, answered=(1.0, 1.0), positive=(0.5, 0.5))
    frame = frame.with_columns(negative=~pl.col("positive") & (pl.col("priority") == "A"))
    did = compare(frame).started.did
    assert did["answered"].count == sum(did[n].count for n in ("positive", "neutral", "negative"))
    assert all(did[n].count > 0 for n in ("positive", "neutral", "negative"))


@pytest.mark.parametrize("size", [0, 30, 600])
def test_s21_what_chance_may_bring_about_is_not_yet_measurable(size: int) -> None:
    found = compare(people(size, seed=3, responded=(0.05, 0.05)))
    lift = found.lifts["responded"]
    assert lift.verdict is Verdict.NOT_YET
    assert found.revenue.verdict is Verdict.NOT_YET
    if size:
        assert lift.difference is not None
        assert lift.difference.low < 0 < lift.difference.high


def test_s21_a_large_difference_of_a_few_people_is_not_yet_measurable() -> None:
    frame = people(8, responded=(1.0, 0.0))
    assert compare(frame).lifts["responded"].verdict is Verdict.NOT_YET


def test_s21_controls_whom_the_team_wrote_to_are_counted() -> None:
    frame = people(200, staff_wrote=(1.0, 0.5))
    found = compare(frame)
    spoilt = int((frame["held_out"] & frame["staff_wrote"]).sum())
    assert found.contacted_controls == spoilt > 0
    after_all = frame.with_columns(started_after_all=pl.col("held_out"), staff_wrote=pl.lit(None))
    after_all = after_all.with_columns(pl.col("staff_wrote").fill_null(value=False))
    assert compare(after_all).contacted_controls == found.left_alone.people


def test_s21_people_without_anybody_to_compare_with_are_said_apart() -> None:
    frame = people(100, responded=(0.5, 0.1))
    nobody = frame.filter(~pl.col("held_out"))
    found: Comparison = compare(nobody)
    assert found.alone == nobody.height
    assert found.lifts["responded"].difference is None
    assert found.started.did["responded"].count > 0


def test_s21_the_arms_before_the_start() -> None:
    assert standardised_difference([1.0, 3.0, 1.0, 3.0], [True, True, False, False]) == 0
    apart = standardised_difference([2.0, 4.0, 1.0, 3.0, None], [False, False, True, True, True])
    assert apart == pytest.approx(1 / np.sqrt(2))
    assert standardised_difference([1.0], [True]) is None


def touch(who: str, day: float, **more: Any) -> dict[str, Any]:
    at = BEGAN + timedelta(days=day)
    return {"contact_id": who, "playbook": "p", "asked_at": at, "channel": "email", **more}


def test_s21_a_response_is_the_last_touchs_before_it_and_nobody_elses() -> None:
    touches = [touch("a", 0), touch("a", 3, channel="sms"), touch("a", 10), touch("b", 0)]
    touches += [touch("c", 0), touch("unknown", 0)]
    told = {
        ("a", "p"): BEGAN + timedelta(days=5),
        ("b", "p"): None,
        ("c", "p"): BEGAN - timedelta(days=1),
    }
    found = attribute(touches, told)
    assert [(t["contact_id"], t["channel"]) for t, responded in found if responded] == [
        ("a", "sms")
    ]
    assert len(found) == 5
    by_channel = {kind.value: kind for kind in tell(found, lambda t: str(t["channel"]))}
    assert (by_channel["email"].touches, by_channel["email"].responded.count) == (4, 0)
    assert (by_channel["sms"].touches, by_channel["sms"].responded.count) == (1, 1)


def test_n8_how_long_first_responses_took() -> None:
    touches = [touch(who, 0) for who in "abcd"] + [touch("a", 3)]
    told = {(who, "p"): BEGAN + timedelta(days=d) for who, d in zip("abc", (1, 2, 30), strict=True)}
    found = first_responses(touches, {**told, ("d", "p"): None})
    assert (found.people, found.median_days) == (3, 2)
    assert found.within_7_days == pytest.approx(2 / 3)
    assert first_responses(touches, {}).median_days is None


def test_s21_what_touches_cost() -> None:
    touches = [touch("a", 0), touch("a", 1), touch("b", 0, channel="sms")]
    assert costs(touches, {"email": 0.5, "sms": 2.0}) == {"email": (2, 1.0), "sms": (1, 2.0)}
