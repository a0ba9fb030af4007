"""Which touches a round has, and what the next leads with after what the person did; pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from playbooks.angles import Angle
from workflows.enrollment.states import PACED

# How long an answer to the last touch is waited for before the round is over.
WAIT_AFTER_LAST = timedelta(days=14)
# The CRM does not tell when a workflow that paces its messages by itself has ended.
WAIT_FOR_WHOLE = timedelta(days=60)
# What a touch leads with where its own angle has been said.
_INSTEAD = (Angle.PROOF, Angle.NEW_ANGLE, Angle.OBJECTIONS, Angle.FRICTION)


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


def unsaid(
    row: Mapping[str, Any], planned: str, said: Collection[tuple[str, str]]
) -> dict[str, Any]:
    """The touch with an angle that its round has not led with by this channel: nobody reads the same twice.

    `planned` is the playbook's own angle, `said` what was asked for so far, as angle and channel.
    """
    wanted = (Angle(row["angle"]), Angle(planned), *_INSTEAD)
    left = (angle for angle in wanted if (angle.value, row["channel"]) not in said)
    return {**row, "angle": next(left, Angle.LAST)}


def touch_key(row: Mapping[str, Any]) -> str:
    """The name of one touch of one contact, which the CRM's workflow sets as its receipt."""
    return f"{row['playbook']}/{row['round_no']}/{row['touch_no']}"


def over_at(row: Mapping[str, Any], at: datetime) -> datetime:
    """Until when an answer to a round's last touch, asked for `at`, is waited for."""
    return at + (WAIT_FOR_WHOLE if row["variant"] in PACED else WAIT_AFTER_LAST)


def first_look(asked_at: datetime) -> datetime:
    """When the evidence of a touch is looked for first."""
    return asked_at + timedelta(minutes=1)


def next_look(asked_at: datetime, at: datetime) -> datetime:
    """When it is looked for again: about as long as it has been waited for, an hour at most."""
    return at + min(max(at - asked_at, timedelta(minutes=1)), timedelta(hours=1))
