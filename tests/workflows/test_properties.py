"""What is written back, in the CRM's words: names, kinds and texts that fit their definitions (S28)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from sync.plan import is_same, plan_changes
from workflows.decide import DORMANT, PLAYBOOKS
from workflows.properties import DEFINITIONS, RULES, STATUSES, moment, values_of

SCORE: dict[str, Any] = {
    "track": "lead",
    "band": "180_364",
    "segment": "lead_high_intent",
    "interest_level": "high",
    "pattern": "fading",
    "dormancy_score": 91.4,
    "likelihood": 0.184,
    "expected_value": 12.346,
    "priority": "A",
    "explanation": "Quiet 214 days",
    "as_of": datetime(2026, 11, 17, 17, 0, 0, 123456, tzinfo=UTC),
}
EMPTY = {
    "interest_level": None,
    "pattern": None,
    "dormancy_score": None,
    "likelihood": None,
    "expected_value": None,
    "priority": None,
    "explanation": None,
}


def values(**more: Any) -> dict[str, str]:
    return values_of({**SCORE, **more}, status="ready", held_out=False, model_version="m1")


def test_every_property_is_ours_and_named_once_s28() -> None:
    names = [d.name for d in DEFINITIONS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("rekindle_") for name in names)
    assert all(d.options for d in DEFINITIONS if d.kind == "choice")


def test_a_score_in_texts_s28() -> None:
    assert values() | {"rekindle_segment": ""} == {
        "rekindle_track": "lead",
        "rekindle_recency_band": "180_364",
        "rekindle_segment": "",
        "rekindle_interest_level": "high",
        "rekindle_pattern": "fading",
        "rekindle_dormancy_score": "91",
        "rekindle_likelihood": "18",
        "rekindle_expected_value": "12.35",
        "rekindle_priority": "A",
        "rekindle_explanation": "Quiet 214 days",
        "rekindle_status": "ready",
        "rekindle_holdout": "false",
        "rekindle_model_version": "m1",
        "rekindle_scored_at": "2026-11-17T17:00:00.123Z",
    }


def test_every_value_belongs_to_a_definition_and_has_a_rule() -> None:
    assert values().keys() <= {d.name for d in DEFINITIONS} == RULES.keys()


def test_what_is_not_known_clears_the_property_s28() -> None:
    cleared = values(**EMPTY)
    assert {name.removeprefix("rekindle_") for name, text in cleared.items() if text == ""} == set(
        EMPTY
    )


def test_the_words_of_decisions_are_options() -> None:
    options = {d.name: {o.value for o in d.options} for d in DEFINITIONS}
    assert options["rekindle_status"] == STATUSES.keys()
    assert set(DORMANT) < options["rekindle_recency_band"]
    assert PLAYBOOKS.keys() == options["rekindle_track"]


@pytest.mark.parametrize("hours", [-12, 0, 5, 14])
def test_moments_are_written_in_utc(hours: int) -> None:
    at = datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=hours)))
    assert datetime.fromisoformat(moment(at)) == at
    assert moment(at).endswith(".000Z")


def test_a_point_more_or_less_is_not_worth_a_write_s28() -> None:
    known = {"1": values()}
    near = {"1": values(dormancy_score=92.4, likelihood=0.19, explanation="Quiet 215 days")}
    assert list(plan_changes(near, known, RULES)) == []
    far = {"1": values(dormancy_score=93.4, explanation="Quiet 215 days")}
    (change,) = plan_changes(far, known, RULES)
    assert change.new == {
        "rekindle_dormancy_score": "93",
        "rekindle_explanation": "Quiet 215 days",
    }


def test_a_score_appearing_or_vanishing_is_written() -> None:
    rule = RULES["rekindle_dormancy_score"]
    assert not is_same(rule, "", "0")
    assert not is_same(rule, "1", "")
