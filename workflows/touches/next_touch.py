"""Which touches a round has, and what the next leads with after what the person did; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contact_rules.channels import Channel
from playbooks.angles import Angle
from scoring.plans import Plan

# Nobody gets more messages than this in a round (reactivation C9).
MOST_TOUCHES = 5
# How long an answer to the last touch is waited for before the round is over.
WAIT_AFTER_LAST = timedelta(days=14)
# The CRM does not tell when a workflow that paces its messages by itself has ended.
WAIT_FOR_WHOLE = timedelta(days=60)
# The customer's workflow branches by this word where it paces the messages itself.
WHOLE = "whole"
# The wording that is used until another has proved better.
USUAL = "a"

_ANGLES = (Angle.OPENING, Angle.PROOF, Angle.NEW_ANGLE, Angle.LAST)


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One message to come: days after the one before it, and what it leads with."""

    after_days: int
    channel: Channel
    angle: Angle
    variant: str


def touches_of(plan: Plan) -> tuple[PlannedTouch, ...]:
    """The touches of a plan; the last of several says goodbye."""
    found, before = [], 0
    last = min(len(plan.touches), MOST_TOUCHES) - 1
    for i, (day, channel) in enumerate(plan.touches[:MOST_TOUCHES]):
        angle = Angle.LAST if 0 < i == last else _ANGLES[min(i, len(_ANGLES) - 2)]
        found.append(PlannedTouch(day - before, channel, angle, USUAL))
        before = day
    return tuple(found)


def adapt(row: Mapping[str, Any], *, opened: bool, clicked: bool) -> tuple[Angle, str]:
    """The angle and variant of a touch after what happened since the one before it (S18).

    Who opened has read it and something holds them back; who clicked wants it and something was in the way; who
    did neither gets what was planned: another angle, by another channel.
    """
    if clicked:
        return Angle.FRICTION, USUAL
    if opened:
        return Angle.OBJECTIONS, USUAL
    return Angle(row["angle"]), str(row["variant"])


def touch_key(row: Mapping[str, Any]) -> str:
    """The name of one touch of one contact, which the CRM's workflow sets as its receipt."""
    return f"{row['playbook']}/{row['round_no']}/{row['touch_no']}"


def over_at(row: Mapping[str, Any], at: datetime) -> datetime:
    """Until when an answer to a round's last touch, asked for `at`, is waited for."""
    return at + (WAIT_FOR_WHOLE if row["variant"] == WHOLE else WAIT_AFTER_LAST)


def first_look(asked_at: datetime) -> datetime:
    """When the evidence of a touch is looked for first."""
    return asked_at + timedelta(minutes=1)


def next_look(asked_at: datetime, at: datetime) -> datetime:
    """When it is looked for again: about as long as it has been waited for, an hour at most."""
    return at + min(max(at - asked_at, timedelta(minutes=1)), timedelta(hours=1))
