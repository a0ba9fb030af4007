"""The properties we write back, one group named Rekindle, and how their values are compared and worded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.port.fields import Option, PropertyDefinition
from contact_rules.channels import CHANNELS as channels  # noqa: N811
from contact_rules.reasons import REASONS, UNKNOWN_LABEL
from core.moments import EPOCH
from playbooks.angles import Angle
from playbooks.library import packaged
from playbooks.sequence import PlannedTouch, spacing_of
from playbooks.together import Playbooks
from scoring.features.segment import STANDING
from scoring.features.signals import LABELS as SIGNALS
from sync.outbox.changes import Drift, ValueRule, rules_for
from workflows.openers.values import EMAIL, SMS, SUBJECT
from workflows.status import Status


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
# Those of every line of business: an account may change its own at any time.
PLAYBOOKS = {
    playbook.key: f"{line.label}: {playbook.label}"
    for line in packaged().values()
    for playbook in line.playbooks
}
SEGMENTS = {
    segment.key: segment.label
    for line in packaged().values()
    for playbook in line.playbooks
    for segment in playbook.segments
} | {segment.key: segment.label for segment in STANDING}
PATTERNS = {
    "one_and_done": "One and done",
    "heavy_then_stopped": "Heavy, then stopped",
    "fading": "Fading",
    "sporadic": "Sporadic",
    "steady": "Steady",
    "never": "Never",
}
UNKNOWN = "unknown"
CHANNELS = {channel.value: facts.label for channel, facts in channels.items() if facts.automatic}
STATUSES = {
    Status.ACTIVE.value: "Active, nothing to do",
    Status.READY.value: "Ready to start",
    Status.STARTED.value: "Workflow started",
    Status.ANSWERED.value: "Answered, a person's turn",
    Status.SUPPRESSED.value: "Not to be contacted",
    Status.HUMAN_FIRST.value: "A person should call first",
    Status.HELD_OUT.value: "Left alone to measure",
    Status.UNMEASURABLE.value: "Can't be told",
}

CHANNEL = "rekindle_best_channel"
# What one touch is asked for by, and the proof that the customer's workflow sets.
TOUCH, ANGLE, VARIANT = "rekindle_touch", "rekindle_angle", "rekindle_variant"
RECEIPT = "rekindle_receipt"
ANGLES = {
    Angle.OPENING.value: "Opening",
    Angle.PROOF.value: "How it went for others",
    Angle.NEW_ANGLE.value: "Another way in",
    Angle.OBJECTIONS.value: "What may hold them back",
    Angle.FRICTION.value: "The easiest next step",
    Angle.LAST.value: "A polite end",
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
    _choice(
        "rekindle_reason",
        "Rekindle reason",
        "Why they went quiet, where the CRM says so",
        {**REASONS, UNKNOWN: UNKNOWN_LABEL},
    ),
    PropertyDefinition(
        "rekindle_reason_confidence",
        "Rekindle reason confidence",
        "number",
        "How sure the reason is, in percent",
    ),
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
        "Of 100 people like this, how many reply to a good plan; a starting figure at first",
    ),
    PropertyDefinition(
        "rekindle_uplift_pp",
        "Rekindle uplift",
        "number",
        "Of 100 people like this, how many more reply to a plan than come back without one",
    ),
    PropertyDefinition(
        "rekindle_expected_value",
        "Rekindle expected value",
        "number",
        "What a plan may bring: uplift times the usual shares who act and buy, times the typical sale, less its cost",
    ),
    _choice(
        "rekindle_priority",
        "Rekindle priority",
        "A first, by expected value, among those who can be reached; A also who came back just now",
        {letter: letter for letter in "ABCD"},
    ),
    _choice(
        "rekindle_signal",
        "Rekindle signal",
        "What makes this a good moment to get in touch",
        SIGNALS,
    ),
    PropertyDefinition(
        "rekindle_signal_until", "Rekindle signal until", "moment", "Until when the signal counts"
    ),
    _choice(CHANNEL, "Rekindle best channel", "What to use first", CHANNELS),
    PropertyDefinition(
        "rekindle_touch_count",
        "Rekindle touches",
        "number",
        "How many messages the playbook has for this person",
    ),
    PropertyDefinition(
        "rekindle_spacing_days",
        "Rekindle spacing",
        "number",
        "Days between these messages, on average",
    ),
    PropertyDefinition(
        "rekindle_explanation", "Rekindle explanation", "text", "The score in one sentence"
    ),
    _choice("rekindle_status", "Rekindle status", "Where this person stands", STATUSES),
    PropertyDefinition(
        "rekindle_holdout",
        "Rekindle holdout",
        "flag",
        "Left alone on purpose, so that results can be measured",
    ),
    PropertyDefinition(
        "rekindle_playbook", "Rekindle playbook", "text", "Which playbook is theirs, or was started"
    ),
    PropertyDefinition(
        "rekindle_trigger_at",
        "Rekindle start",
        "moment",
        "Set when a workflow should start: use as its trigger, with re-enrollment on",
    ),
    PropertyDefinition(
        TOUCH, "Rekindle message", "text", "Which message is asked for: copy it into the receipt"
    ),
    PropertyDefinition(
        RECEIPT,
        "Rekindle receipt",
        "text",
        "Set by your workflow once a message is sent: a copy of Rekindle message",
    ),
    _choice(ANGLE, "Rekindle angle", "What the message leads with: branch on it", ANGLES),
    PropertyDefinition(VARIANT, "Rekindle variant", "text", "Which wording of it"),
    PropertyDefinition(
        "rekindle_model_version",
        "Rekindle model version",
        "text",
        "Which version of the model scored",
    ),
    PropertyDefinition("rekindle_scored_at", "Rekindle scored at", "moment", "When it was scored"),
    PropertyDefinition(
        "rekindle_opener_email_subject",
        "Rekindle opener: subject",
        "text",
        "Subject of the e-mail: put it into the template of your workflow",
    ),
    PropertyDefinition(
        "rekindle_opener_email",
        "Rekindle opener: e-mail",
        "long_text",
        "The e-mail of the next touch, made of facts that the CRM holds",
    ),
    PropertyDefinition(
        "rekindle_opener_sms",
        "Rekindle opener: text message",
        "long_text",
        "The text message of the next touch, with sender and opt-out words, two segments at most",
    ),
    PropertyDefinition(
        "rekindle_opener_call_note",
        "Rekindle opener: call note",
        "long_text",
        "What a person may say on the telephone",
    ),
    PropertyDefinition(
        "rekindle_opener_version",
        "Rekindle opener: version",
        "text",
        "Which text the opener was made from",
    ),
)

# What drifts from day to day without anything having happened is not worth a write: whatever else is written takes it
# along, and a band or a standing is written on its day.
_DRIFTS = {
    # It grows with every day of silence: in fifths.
    "rekindle_dormancy_score": Drift(step=20.0),
    # These fall with every day of silence: by halves.
    "rekindle_likelihood": Drift(step=4.0, share=0.5),
    "rekindle_uplift_pp": Drift(step=4.0, share=0.5),
    "rekindle_expected_value": Drift(step=1.0, share=0.5),
    "rekindle_reason_confidence": Drift(step=10.0),
    # A letter moves with the value: one place further by itself is a neighbour's doing.
    "rekindle_priority": Drift(order=("A", "B", "C", "D")),
}
# Where writing takes days, who belongs where comes before by how much, and a moment does not wait.
_STANDING = ("rekindle_track", "rekindle_segment", "rekindle_status", "rekindle_holdout")
_FIRST = ("rekindle_signal",)
_RIDERS = ("rekindle_scored_at", "rekindle_model_version", "rekindle_explanation")

# Where an account has no room for all of them, those that a start needs are made before the others.
_STARTING = {"rekindle_trigger_at", "rekindle_playbook", "rekindle_status"}
# What the templates and branches of a workflow that sends one touch take from the contact.
OF_TEMPLATES = (CHANNEL, TOUCH, SUBJECT, EMAIL, SMS)
_NEEDS = (_STARTING, {*OF_TEMPLATES, RECEIPT})
BY_NEED = tuple(
    sorted(
        DEFINITIONS,
        key=lambda definition: next(
            (place for place, names in enumerate(_NEEDS) if definition.name in names), len(_NEEDS)
        ),
    )
)
LABELS = {definition.name: definition.label for definition in DEFINITIONS}


def definitions_for(playbooks: Playbooks) -> tuple[PropertyDefinition, ...]:
    """What is made in an account's CRM: a copied playbook may have segments that no other account has."""
    labels = SEGMENTS | playbooks.labels()
    options = tuple(Option(key, label) for key, label in labels.items())
    return tuple(
        replace(one, options=options) if one.name == "rekindle_segment" else one for one in BY_NEED
    )


def segment_label(key: str) -> str:
    """A segment's words; of one in a copied playbook those of its name."""
    return SEGMENTS.get(key) or key.replace("_", " ").capitalize()


def playbook_label(key: str) -> str:
    """A playbook's words; of one in a copy those of its name."""
    return PLAYBOOKS.get(key) or key.replace("_", " ").capitalize()


RULES: dict[str, ValueRule] = rules_for(
    DEFINITIONS, drifts=_DRIFTS, riders=_RIDERS, standing=_STANDING, first=_FIRST
)


def values_of(
    score: Mapping[str, Any],
    *,
    status: Status,
    channel: str | None,
    playbook: str | None = None,
    touches: Sequence[PlannedTouch] = (),
) -> dict[str, str]:
    """A score row and what was decided as the texts a CRM takes; an empty text clears the property.

    Who may not be contacted has no channel, no plan and no playbook: nothing invites anybody to write to them. The
    playbook of whoever was started stays as it was written with the start, and so does the channel while a person is
    to call, which is nothing that a workflow could use. `touches` are those of the playbook.
    """
    version, until = score["model_version"], score["signal_until"]
    meant = {} if status is Status.STARTED else {"rekindle_playbook": playbook or ""}
    if channel is None or channel in CHANNELS:
        meant[CHANNEL] = channel or ""
    return meant | {
        "rekindle_track": score["track"],
        "rekindle_recency_band": score["band"],
        "rekindle_segment": score["segment"],
        "rekindle_interest_level": score["interest_level"] or "",
        "rekindle_pattern": score["pattern"] or "",
        "rekindle_reason": score["reason"] or UNKNOWN,
        "rekindle_reason_confidence": _number(_percent(score["reason_confidence"]), 0),
        "rekindle_dormancy_score": _number(score["dormancy_score"], 0),
        "rekindle_likelihood": _number(_percent(score["likelihood"]), 0),
        "rekindle_uplift_pp": _number(_percent(score["uplift"]), 1),
        "rekindle_expected_value": _number(score["expected_value"], 2),
        "rekindle_priority": score["priority"] or "",
        "rekindle_signal": score["signal"] or "",
        "rekindle_signal_until": moment(until) if until else "",
        "rekindle_touch_count": str(len(touches) or ""),
        "rekindle_spacing_days": _number(spacing_of(touches), 0),
        "rekindle_explanation": _explained(score, status),
        "rekindle_status": status.value,
        "rekindle_holdout": "true" if status is Status.HELD_OUT else "false",
        "rekindle_model_version": "" if version is None else str(version),
        "rekindle_scored_at": moment(score["as_of"]),
    }


def _explained(score: Mapping[str, Any], status: Status) -> str:
    """The score's sentence; whoever sees odds acts on them, so of who is left alone on purpose it says that alone."""
    if status is Status.HELD_OUT:
        return "Left alone on purpose, to measure. If they get in touch, help as always."
    return score["explanation"] or ""


def moment(at: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    whole = at.astimezone(EPOCH.tzinfo)
    return whole.strftime("%Y-%m-%dT%H:%M:%S.") + f"{whole.microsecond // 1000:03d}Z"


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return ""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text  # no negative nothing
