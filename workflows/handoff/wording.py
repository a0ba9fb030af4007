"""What a task tells the person who takes over: what was answered, what was sent, what to answer, until when; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from contact_rules.tones import Tone
from workflows.handoff.due import zone_of

_WAYS = {
    "email": "by e-mail",
    "sms": "by text",
    "call": "by phone",
    "form": "with a form",
    "other": "by message",
}
_MEANT = {
    Tone.POSITIVE: "It reads as a yes.",
    Tone.UNCLEAR: "It is no clear yes or no: please read it.",
}
_SUGGESTED = {
    Tone.POSITIVE: (
        "Thank you for getting back to us, {name}. I would be glad to help. Would {day} at 10:00 suit you, or "
        "rather in the afternoon? Just say which, and I will see to the rest."
    ),
    Tone.UNCLEAR: (
        "Thank you for getting back to us, {name}. I am happy to answer that. Shall I call you on {day}, or is "
        "writing easier for you?"
    ),
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the round: its channel, when it was asked for, and what it said where that is known."""

    channel: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a task tells of."""

    name: str
    kind: str
    tone: Tone
    answered_at: datetime
    due: datetime
    sent: Sequence[Sent]
    zone: str  # in which the account tells times
    asked_for: str = ""  # what the person once asked for or bought, where that is known
    went_quiet: str = ""  # why, where that is known
    say: str = ""  # the playbook's own advice


def trace_of(account_id: str, contact_id: str, answer_id: str, *, late: bool = False) -> str:
    """What stands in a task's body, so that it is found again and never made twice."""
    parts = "\0".join((account_id, contact_id, answer_id, "late" if late else ""))
    return f"Rekindle ref {blake2b(parts.encode(), digest_size=8).hexdigest()}"


def subject_of(story: Story, *, late: bool = False) -> str:
    name = story.name or "A contact"
    way = _WAYS.get(story.kind, "")
    says = f"{name} answered {way}: please reply" if way else f"{name} answered: please reply"
    return f"Overdue: {says}" if late else says


def body_of(story: Story, *, late: bool = False) -> str:
    """Plain lines; the answer itself stands on the contact's record, and in no store of ours."""
    zone = zone_of(story.zone)
    way = _WAYS.get(story.kind, "")
    lines = [
        f"What was answered: {_join('a reply', way)} on {_moment(story.answered_at, zone)}.",
        f"{_MEANT.get(story.tone, '')} You find it on the contact's timeline.",
    ]
    if late:
        lines.insert(0, "The task for this answer was due and nobody has completed it.")
    if story.asked_for:
        lines.append(f"What they once asked for: {story.asked_for}.")
    if story.went_quiet:
        lines.append(f"Why they went quiet: {story.went_quiet}.")
    lines.append("What we sent:" if story.sent else "What we sent: see the contact's timeline.")
    for message in story.sent:
        said = f": “{message.text}”" if message.text else ""
        lines.append(
            f"- {_WAYS.get(message.channel, message.channel)}, {_moment(message.at, zone)}{said}"
        )
    day = _DAYS[_next_workday(story.due, zone)]
    suggested = _SUGGESTED.get(story.tone, "").format(
        name=story.name.split(" ")[0] or "you", day=day
    )
    lines += ["", f"Suggested answer: {suggested.replace(', you.', '.')}"]
    if story.say:
        lines.append(f"Keep in mind: {story.say}")
    lines += ["", f"Please answer by {_moment(story.due, zone)} and complete this task."]
    return "\n".join(lines)


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M}"


def _next_workday(at: datetime, zone: ZoneInfo) -> int:
    """The weekday after a moment on which one might meet: Monday is 0."""
    day = (at.astimezone(zone).weekday() + 1) % 7
    return 0 if day in (5, 6) else day
