"""Which touches a round has, and what the next leads with after what the person did; pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from contact_rules.channels import AUTOMATIC, Channel
from playbooks.angles import Angle
from playbooks.line import Playbook
from playbooks.sequence import Pace, PlannedTouch, touches_for

# Nobody gets more messages than this in a round (reactivation C9).
MOST_TOUCHES = 5
# How long an answer to the last touch is waited for before the round is over.
WAIT_AFTER_LAST = timedelta(days=14)
# The CRM does not tell when a workflow that paces its messages by itself has ended.
WAIT_FOR_WHOLE = timedelta(days=60)
# The customer's workflow branches by this word where it paces the messages itself.
WHOLE = "whole"

_COLD = frozenset({"365_plus", "never"})


def touches_of(
    playbook: Playbook, usable: Collection[Channel], score: Mapping[str, Any]
) -> tuple[PlannedTouch, ...]:
    """The messages that a round of a playbook has for somebody scored so; none where nothing may be used (S13, S14).

    Whoever was quiet for a year or has never engaged is asked in longer intervals. Calls are for people, not for a
    workflow.
    """
    pace = Pace.COLD if score["band"] in _COLD else None
    planned = touches_for(
        playbook,
        usable,
        score.get("interest_level") == "high",
        segment=score.get("segment"),
        pace=pace,
    )
    return tuple(t for t in planned if t.channel in AUTOMATIC)[:MOST_TOUCHES]


def adapt(row: Mapping[str, Any], *, opened: bool, clicked: bool) -> tuple[Angle, str]:
    """The angle and variant of a touch after what happened since the one before it (S18).

    Who opened has read it and something holds them back; who clicked wants it and something was in the way; who
    did neither gets what was planned: another angle, by another channel.
    """
    if clicked:
        return Angle.FRICTION, str(row["variant"])
    if opened:
        return Angle.OBJECTIONS, str(row["variant"])
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
