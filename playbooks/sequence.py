"""Which touches one contact is given, on which days and by which channels they may be reached; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contact_rules.channels import AUTOMATIC, CHANNELS, Channel
from playbooks.angles import Angle
from playbooks.line import MOST_TOUCHES, NEUTRAL, Playbook, Touch


class Pace(StrEnum):
    """How soon touches follow each other (S14)."""

    URGENT = "urgent"  # the moment passes: every 3 days
    DEFAULT = "default"  # as the playbook says, usually every 5 days
    COLD = "cold"  # quiet for long: every 7 days


# Days from one touch to the next; of the default one where a playbook says nothing of the touch.
GAPS = {Pace.URGENT: 3, Pace.DEFAULT: 5, Pace.COLD: 7}
_COLD = frozenset({"365_plus", "never"})
# Three touches, four for who asked for a conversation (reactivation C9).
USUAL_TOUCHES, HIGH_INTENT_TOUCHES = 3, 4


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One touch of one contact: days after the first, by what, what it leads with, and in which wording.

    `variants` are all the wordings that the playbook has for it.
    """

    day: int
    channel: Channel
    angle: Angle
    variant: str = NEUTRAL
    variants: tuple[str, ...] = (NEUTRAL,)


def touches_for(
    playbook: Playbook,
    usable_channels: Collection[Channel],
    high_intent: bool,
    *,
    segment: str | None = None,
    pace: Pace | None = None,
    variant: str = NEUTRAL,
) -> tuple[PlannedTouch, ...]:
    """The touches of a contact in a segment of a playbook; none where nothing automatic may be used.

    A channel that may not be used is replaced by one that may, another than that of the touch before where there is a
    choice. Who asked for a conversation gets one touch more. Without a `pace` the segment's own counts.
    """
    meant = set(usable_channels) & set(playbook.channels)
    usable = [channel for channel in CHANNELS if channel in meant]
    if not any(channel in AUTOMATIC for channel in usable):
        return ()
    group = playbook.segment(segment)
    sequence = group.sequence if group and group.sequence else playbook.sequence
    if pace is None:
        pace = Pace.URGENT if group and group.urgent else Pace.DEFAULT
    asked = _asked(sequence, high_intent=high_intent)
    planned: list[PlannedTouch] = []
    for place, touch in enumerate(asked):
        channel = _channel(touch, usable, planned)
        worded = variant if variant in touch.variants else touch.variants[0]
        day = _day(asked, place, planned, pace)
        planned.append(PlannedTouch(day, channel, touch.angle, worded, touch.variants))
    return tuple(planned)


def touches_of(
    playbook: Playbook, usable: Collection[Channel], score: Mapping[str, Any]
) -> tuple[PlannedTouch, ...]:
    """The messages and calls of a playbook for somebody scored so; none where nothing may be used (S13, S14).

    Whoever was quiet for a year or has never engaged is asked in longer intervals. A call, where it may be used, is for
    people, not for a workflow.
    """
    planned = touches_for(
        playbook,
        usable,
        score.get("interest_level") == "high",
        segment=score.get("segment"),
        pace=Pace.COLD if score["band"] in _COLD else None,
    )
    return planned[:MOST_TOUCHES]


def spacing_of(touches: Sequence[PlannedTouch]) -> float | None:
    """Days from one touch to the next, on average; None for a single one."""
    if len(touches) < 2:
        return None
    return (touches[-1].day - touches[0].day) / (len(touches) - 1)


def _asked(sequence: tuple[Touch, ...], *, high_intent: bool) -> list[Touch]:
    """The touches that are meant for somebody, in order; one more at the end where high intent has none."""
    usual = [touch for touch in sequence if high_intent or not touch.high_intent]
    missing = high_intent and not any(touch.high_intent for touch in sequence)
    if missing and len(usual) < HIGH_INTENT_TOUCHES:
        last = usual[-1]
        other = Channel.SMS if last.channel is Channel.EMAIL else Channel.EMAIL
        day = last.day + GAPS[Pace.DEFAULT]
        usual.append(Touch(day=day, channel=other, angle=Angle.LAST, variants=last.variants))
    return usual[:MOST_TOUCHES]


def _channel(touch: Touch, usable: list[Channel], before: list[PlannedTouch]) -> Channel:
    if touch.channel in usable:
        return touch.channel
    automatic = [channel for channel in usable if channel in AUTOMATIC]
    another = [c for c in automatic if not before or c is not before[-1].channel]
    return (another or automatic)[0]


def _day(asked: list[Touch], place: int, planned: list[PlannedTouch], pace: Pace) -> int:
    if not planned:
        return 0
    gap = asked[place].day - asked[place - 1].day if pace is Pace.DEFAULT else GAPS[pace]
    return planned[-1].day + gap
