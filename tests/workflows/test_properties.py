"""What is written back, in the CRM's words: names, kinds and texts that fit their definitions (S28)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from contact_rules.channels import Channel, split
from contact_rules.reasons import REASONS
from playbooks.library import find_line, packaged_text
from playbooks.sequence import touches_of
from playbooks.together import joined, read_copy
from scoring.features.signals import SIGNALS
from scoring.plans import PLANS
from sync.outbox.changes import FIRST, OTHER, STANDING, is_same, plan_changes
from workflows.decisions.decide import DORMANT, PLAYBOOKS
from workflows.properties import (
    DEFINITIONS,
    RULES,
    STATUSES,
    definitions_for,
    moment,
    segment_label,
    values_of,
)
from workflows.status import Status

SCORE: dict[str, Any] = {
    "track": "lead",
    "band": "180_364",
    "segment": "lead_high_intent",
    "interest_level": "high",
    "pattern": "fading",
    "reason": "budget_or_timing",
    "reason_confidence": 0.7,
    "signal": "season",
    "signal_until": datetime(2026, 12, 1, tzinfo=UTC),
    "dormancy_score": 91.4,
    "likelihood": 0.184,
    "uplift": 0.1336,
    "plan": "email_sms_email",
    "channels": "email sms call",
    "expected_value": 12.346,
    "priority": "A",
    "explanation": "Quiet since Apr 17, 2026.",
    "model_version": 3,
    "as_of": datetime(2026, 11, 17, 17, 0, 0, 123456, tzinfo=UTC),
}
EMPTY: dict[str, Any] = {
    "interest_level": None,
    "pattern": None,
    "reason": None,
    "reason_confidence": None,
    "signal": None,
    "signal_until": None,
    "dormancy_score": None,
    "likelihood": None,
    "uplift": None,
    "plan": None,
    "expected_value": None,
    "priority": None,
    "explanation": None,
    "model_version": None,
}
#: Written where nothing is known: the rest of EMPTY, and what a plan brings with it.
SAID = {"reason": "unknown"}
OF_PLAN = {"best_channel", "touch_count", "spacing_days", "playbook"}


def values(
    channel: str | None = "email", status: Status = Status.READY, **more: Any
) -> dict[str, str]:
    score = {**SCORE, **more}
    leads = find_line("general").playbooks[0]
    return values_of(
        score,
        status=status,
        channel=channel,
        playbook=leads.key if status is Status.READY else None,
        touches=touches_of(leads, split(score["channels"]), score) if channel else (),
    )


def test_every_property_is_ours_and_named_once_s28() -> None:
    names = [d.name for d in DEFINITIONS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("rekindle_") for name in names)
    assert all(d.options for d in DEFINITIONS if d.kind == "choice")


def test_a_score_in_texts_s28() -> None:
    assert values() | {"rekindle_segment": ""} == {
        "rekindle_playbook": "lead_reactivation",
        "rekindle_track": "lead",
        "rekindle_recency_band": "180_364",
        "rekindle_segment": "",
        "rekindle_interest_level": "high",
        "rekindle_pattern": "fading",
        "rekindle_reason": "budget_or_timing",
        "rekindle_reason_confidence": "70",
        "rekindle_signal": "season",
        "rekindle_signal_until": "2026-12-01T00:00:00.000Z",
        "rekindle_best_channel": "email",
        "rekindle_touch_count": "4",
        "rekindle_spacing_days": "3",
        "rekindle_dormancy_score": "91",
        "rekindle_likelihood": "18",
        "rekindle_uplift_pp": "13.4",
        "rekindle_expected_value": "12.35",
        "rekindle_priority": "A",
        "rekindle_explanation": "Quiet since Apr 17, 2026.",
        "rekindle_status": "ready",
        "rekindle_holdout": "false",
        "rekindle_model_version": "3",
        "rekindle_scored_at": "2026-11-17T17:00:00.123Z",
    }


def test_every_value_belongs_to_a_definition_and_has_a_rule() -> None:
    assert values().keys() <= {d.name for d in DEFINITIONS} == RULES.keys()


@pytest.mark.parametrize("channel", [None, *Channel])
@pytest.mark.parametrize("status", Status)
def test_a_choice_says_nothing_that_the_crm_would_refuse_s28(
    channel: Channel | None, status: Status
) -> None:
    """One value that is no option costs a contact all of its values; segments are options of the account's own."""
    said = values(channel, status)
    refused = {
        d.name
        for d in DEFINITIONS
        if d.options and d.name != "rekindle_segment"
        if said.get(d.name, "") not in {"", *(option.value for option in d.options)}
    }
    assert refused == set()


def test_while_a_person_is_to_call_the_channel_stays_as_it_was_s28() -> None:
    assert "rekindle_best_channel" not in values(Channel.CALL, Status.STARTED)
    assert values(Channel.SMS, Status.STARTED)["rekindle_best_channel"] == "sms"


def test_what_is_not_known_clears_the_property_s28() -> None:
    cleared = values(None, Status.SUPPRESSED, **EMPTY)
    empty = {name.removeprefix("rekindle_") for name, text in cleared.items() if text == ""}
    known = {"uplift": "uplift_pp"}
    of_score = {known.get(name, name) for name in EMPTY if name not in SAID}
    assert empty == of_score - {"plan"} | OF_PLAN
    assert {name: cleared[f"rekindle_{name}"] for name in SAID} == SAID


def test_who_was_started_keeps_the_playbook_that_was_written_with_the_start() -> None:
    assert "rekindle_playbook" not in values("email", Status.STARTED)


def test_a_segment_of_a_copied_playbook_is_an_option_and_has_words_s28() -> None:
    text = packaged_text("fitness").replace("fitness_inquired", "fitness_came_by_once")
    own = joined(read_copy(text, "fitness"), find_line("general"))
    made = {d.name: d for d in definitions_for(own)}["rekindle_segment"]
    assert {"fitness_came_by_once", "recent_lead", "upgrade_due"} <= {o.value for o in made.options}
    assert segment_label("fitness_came_by_once") == "Fitness came by once"


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
    near = {"1": values(dormancy_score=99.4, likelihood=0.2, expected_value=15.9, priority="B")}
    assert list(plan_changes(near, known, RULES)) == [], "all of that drifts by itself"
    far = {"1": values(dormancy_score=70.6, likelihood=0.2)}
    (change,) = plan_changes(far, known, RULES)
    assert change.new == {"rekindle_dormancy_score": "71", "rekindle_likelihood": "20"}, (
        "who is written to gets all that differs"
    )
    assert change.rank != STANDING


@pytest.mark.parametrize(
    ("more", "status", "rank"),
    [
        ({"expected_value": 99.0}, Status.READY, OTHER),
        ({"priority": "C"}, Status.READY, OTHER),
        ({"signal": "due", "expected_value": 99.0}, Status.READY, FIRST),
        ({"track": "customer"}, Status.READY, STANDING),
        ({"expected_value": 99.0}, Status.SUPPRESSED, STANDING),
    ],
)
def test_a_change_of_standing_is_told_from_one_of_numbers_s28(
    more: dict[str, Any], status: Status, rank: int
) -> None:
    (change,) = plan_changes({"1": values(status=status, **more)}, {"1": values()}, RULES)
    assert change.rank == rank


@pytest.mark.parametrize(
    "status", [Status.SUPPRESSED, Status.HUMAN_FIRST, Status.HELD_OUT, Status.ACTIVE]
)
def test_s28_nothing_invites_anybody_to_write_to_who_may_not_be_contacted(status: Status) -> None:
    unreached = values(None, status)
    assert {name for name in OF_PLAN if unreached[f"rekindle_{name}"]} == set()


def test_of_who_is_left_alone_on_purpose_no_odds_are_written_that_somebody_would_act_on() -> None:
    told = values(None, Status.HELD_OUT, explanation="24 in 100 like this reply. Start it.")
    assert told["rekindle_explanation"].startswith("Left alone on purpose")
    assert "100" not in told["rekindle_explanation"]


@pytest.mark.parametrize(
    ("channel", "channels", "touches"), [("email", "email", "4"), ("sms", "sms call", "4")]
)
def test_the_channel_that_is_allowed_is_the_one_that_is_written(
    channel: str, channels: str, touches: str
) -> None:
    """Touches by a channel that is closed are given by the other; who asked for a conversation gets four."""
    written = values(channel, channels=channels)
    assert written["rekindle_best_channel"] == channel
    assert written["rekindle_touch_count"] == touches


@pytest.mark.parametrize(("uplift", "text"), [(-0.0004, "0.0"), (-0.012, "-1.2"), (0.0, "0.0")])
def test_there_is_no_negative_nothing(uplift: float, text: str) -> None:
    assert values(uplift=uplift)["rekindle_uplift_pp"] == text


def test_s7_s10_the_words_of_scoring_are_options() -> None:
    options = {d.name: {o.value for o in d.options} for d in DEFINITIONS}
    assert options["rekindle_reason"] == {*REASONS, "unknown"}
    assert options["rekindle_signal"] == set(SIGNALS)
    assert options["rekindle_best_channel"] == {p.first_channel for p in PLANS.values()}


def test_a_score_appearing_or_vanishing_is_written() -> None:
    rule = RULES["rekindle_dormancy_score"]
    assert not is_same(rule, "", "0")
    assert not is_same(rule, "1", "")
