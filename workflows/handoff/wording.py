"""What a task tells the person who takes over: what was answered, what was sent, what to answer, until when; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from contact_rules.local_time import zone_of
from contact_rules.tones import Tone

# The kind of what is told where somebody wrote nothing: they followed the link of a message.
CLICK = "click"
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
_WENT_TO_BOOK = (
    "Hello {name}, I can hold a time for you if that is easier. Would {day} at 10:00 suit you, or rather in the "
    "afternoon?"
)
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
    taken_over: bool = False  # nobody answered: somebody of the team goes on by hand


def subject_of(story: Story, *, late: bool = False) -> str:
    name = story.name or "A contact"
    if story.kind == CLICK:
        says = f"{name} went to book and has not: please help"
        return f"Overdue: {says}" if late else says
    way = _WAYS.get(story.kind, "")
    says = f"{name} answered {way}: please reply" if way else f"{name} answered: please reply"
    if story.taken_over:
        says = f"{name} was taken over: please get in touch"
    return f"Overdue: {says}" if late else says


def body_of(story: Story, *, late: bool = False) -> str:
    """Plain lines; the answer itself stands on the contact's record, and in no store of ours."""
    zone = zone_of(story.zone)
    if story.taken_over:
        return _taken_over(story, zone, late=late)
    way = _WAYS.get(story.kind, "")
    when = _moment(story.answered_at, zone)
    lines = [
        f"What was answered: {_join('a reply', way)} on {when}.",
        f"{_MEANT.get(story.tone, '')} You find it on the contact's timeline.",
    ]
    if story.kind == CLICK:
        lines = [f"They followed the link for the next step on {when}, and no booking came of it."]
    if late:
        lines.insert(0, "The task for this answer was due and nobody has completed it.")
    lines += _what_is_known(story, zone)
    day = _DAYS[_next_workday(story.due, zone)]
    words = _WENT_TO_BOOK if story.kind == CLICK else _SUGGESTED.get(story.tone, "")
    suggested = words.format(name=story.name.split(" ")[0] or "you", day=day)
    lines += [
        "",
        f"Suggested answer: {suggested.replace(', you.', '.').replace('Hello you,', 'Hello,')}",
    ]
    if story.say:
        lines.append(f"Keep in mind: {story.say}")
    lines += ["", f"Please answer by {_moment(story.due, zone)} and complete this task."]
    return "\n".join(lines)


def _taken_over(story: Story, zone: ZoneInfo, *, late: bool) -> str:
    lines = ["Nothing automatic goes out any more: somebody of the team has taken over."]
    if late:
        lines.insert(0, "The task was due and nobody has completed it.")
    lines += _what_is_known(story, zone)
    if story.say:
        lines.append(f"Keep in mind: {story.say}")
    lines += ["", f"Please get in touch by {_moment(story.due, zone)} and complete this task."]
    return "\n".join(lines)


def _what_is_known(story: Story, zone: ZoneInfo) -> list[str]:
    """What they wanted, why they went quiet, and what was sent to them."""
    lines: list[str] = []
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
    return lines


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M}"


def _next_workday(at: datetime, zone: ZoneInfo) -> int:
    """The weekday after a moment on which one might meet: Monday is 0."""
    day = (at.astimezone(zone).weekday() + 1) % 7
    return 0 if day in (5, 6) else day
