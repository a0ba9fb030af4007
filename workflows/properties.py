"""The properties we write back, one group named Rekindle, and how their values are compared and worded."""

from datetime import datetime
from typing import Any

from connector.port import Option, PropertyDefinition
from core.moments import EPOCH
from scoring.segment import SEGMENTS as segment_table  # noqa: N811
from sync.plan import ValueRule, rules_for


def _choice(name: str, label: str, description: str, options: dict[str, str]) -> PropertyDefinition:
    pairs = tuple(Option(value, text) for value, text in options.items())
    return PropertyDefinition(name, label, "choice", description, pairs)


BANDS = {
    "active": "Active in the last 90 days",
    "90_179": "Quiet 90–179 days",
    "180_364": "Quiet 180–364 days",
    "365_plus": "Quiet 365 days or more",
    "never": "Never engaged",
    "unmeasurable": "Can't be told",
}
TRACKS = {"lead": "Lead reactivation", "customer": "Customer winback"}
SEGMENTS = {segment.key: segment.label for segment in segment_table}
PATTERNS = {
    "one_and_done": "One and done",
    "heavy_then_stopped": "Heavy, then stopped",
    "fading": "Fading",
    "sporadic": "Sporadic",
    "steady": "Steady",
    "never": "Never",
}
STATUSES = {
    "active": "Active, nothing to do",
    "ready": "Ready to start",
    "started": "Workflow started",
    "suppressed": "Not to be contacted",
    "human_first": "A person should call first",
    "held_out": "Left alone to measure",
    "unmeasurable": "Can't be told",
}

DEFINITIONS: tuple[PropertyDefinition, ...] = (
    _choice("rekindle_track", "Rekindle track", "Never bought, or bought before", TRACKS),
    _choice("rekindle_recency_band", "Rekindle recency", "Time since the person last acted", BANDS),
    _choice("rekindle_segment", "Rekindle segment", "The group this person belongs to", SEGMENTS),
    _choice(
        "rekindle_interest_level",
        "Rekindle interest",
        "How deep the interest went",
        {"high": "High", "medium": "Medium", "low": "Low"},
    ),
    _choice("rekindle_pattern", "Rekindle pattern", "How the contact went quiet", PATTERNS),
    PropertyDefinition(
        "rekindle_dormancy_score",
        "Rekindle dormancy score",
        "number",
        "0–100: how sure the silence means something, given this person's own rhythm",
    ),
    PropertyDefinition(
        "rekindle_likelihood",
        "Rekindle likelihood to respond",
        "number",
        "Of 100 people like this, how many reply to a good plan; a planning value at first",
    ),
    PropertyDefinition(
        "rekindle_expected_value",
        "Rekindle expected value",
        "number",
        "Likelihood times the usual shares who act and buy, times the typical sale",
    ),
    _choice(
        "rekindle_priority",
        "Rekindle priority",
        "A first, by expected value, among those who can be reached",
        {letter: letter for letter in "ABCD"},
    ),
    PropertyDefinition("rekindle_explanation", "Rekindle reason", "text", "Why, in one sentence"),
    _choice("rekindle_status", "Rekindle status", "Where this person stands", STATUSES),
    PropertyDefinition(
        "rekindle_holdout",
        "Rekindle holdout",
        "flag",
        "Left alone on purpose, so that results can be measured",
    ),
    PropertyDefinition(
        "rekindle_playbook", "Rekindle playbook", "text", "Which playbook was started"
    ),
    PropertyDefinition(
        "rekindle_trigger_at",
        "Rekindle start",
        "moment",
        "Set when a workflow should start: use as its trigger, with re-enrollment on",
    ),
    PropertyDefinition(
        "rekindle_model_version", "Rekindle model version", "text", "Which model gave the score"
    ),
    PropertyDefinition("rekindle_scored_at", "Rekindle scored at", "moment", "When it was scored"),
)

# A score that moved by a point is not worth a write.
_STEPS = {
    "rekindle_dormancy_score": 2.0,
    "rekindle_likelihood": 2.0,
    "rekindle_expected_value": 1.0,
}
# Where writing takes days, who belongs where comes before by how much.
_FIRST = ("rekindle_track", "rekindle_segment", "rekindle_status", "rekindle_holdout")
_RIDERS = ("rekindle_scored_at", "rekindle_model_version", "rekindle_explanation")

RULES: dict[str, ValueRule] = rules_for(DEFINITIONS, steps=_STEPS, riders=_RIDERS, first=_FIRST)


def values_of(
    score: dict[str, Any], *, status: str, held_out: bool, model_version: str
) -> dict[str, str]:
    """A score row as the texts a CRM takes; an empty text clears the property."""
    return {
        "rekindle_track": score["track"],
        "rekindle_recency_band": score["band"],
        "rekindle_segment": score["segment"],
        "rekindle_interest_level": score["interest_level"] or "",
        "rekindle_pattern": score["pattern"] or "",
        "rekindle_dormancy_score": _number(score["dormancy_score"], 0),
        "rekindle_likelihood": _number(_percent(score["likelihood"]), 0),
        "rekindle_expected_value": _number(score["expected_value"], 2),
        "rekindle_priority": score["priority"] or "",
        "rekindle_explanation": score["explanation"] or "",
        "rekindle_status": status,
        "rekindle_holdout": "true" if held_out else "false",
        "rekindle_model_version": model_version,
        "rekindle_scored_at": moment(score["as_of"]),
    }


def moment(at: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    whole = at.astimezone(EPOCH.tzinfo)
    return whole.strftime("%Y-%m-%dT%H:%M:%S.") + f"{whole.microsecond // 1000:03d}Z"


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
