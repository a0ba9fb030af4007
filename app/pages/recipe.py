"""What an admin sets up once in the CRM's own workflow, step by step, and what is seen of each step; pure."""

from collections.abc import Sequence
from typing import NamedTuple

from app.pages.playbook_view import View
from app.pages.workflow_choices import Automation
from connector.port.automation import Obstacle
from core.wording import gettext as _
from workflows.enrollment.states import Way
from workflows.properties import RECEIPT, TOUCH

FOUND, MISSING, UNSEEN, UNKNOWN = "found", "missing", "unseen", "unknown"


class Check(NamedTuple):
    """A step: its words, values to be copied, and whether it was seen: what nobody lets us see is to be looked at."""

    key: str
    words: str
    values: Sequence[str]
    state: str


def checks_of(automation: Automation, view: View) -> list[Check]:
    """The steps for a property that is the trigger, for a workflow that contacts are added to, or for a sequence."""
    if view.binding is not None and view.binding.way is Way.SEQUENCE:
        return _for_a_sequence()
    obstacles = {hindrance.obstacle for hindrance in automation.hindrances}

    def seen(*against: Obstacle) -> str:
        if automation.is_silent:
            return UNKNOWN
        return MISSING if obstacles & {Obstacle.NO_WORKFLOWS, *against} else FOUND

    playbook = f"rekindle_playbook is {view.line.playbook.key}"
    segment = f"rekindle_segment is {view.line.segment.key}"
    trigger: list[Check] = []
    if automation.workflows is None:
        trigger.append(
            Check(
                "trigger",
                _("Trigger: this property has been updated"),
                ["rekindle_trigger_at is known"],
                seen(Obstacle.NO_TRIGGER),
            )
        )
    return [
        *trigger,
        Check(
            "filter", _("A branch or filter by playbook or segment"), [playbook, segment], UNSEEN
        ),
        Check("again", _("Letting the same person in again is on"), [], seen(Obstacle.NO_RETURN)),
        Check("on", _("The workflow is published and on"), [], seen(Obstacle.OFF)),
        _message(view),
        Check(
            "leave", _("Leave the workflow when"), ["rekindle_status is none of started"], UNSEEN
        ),
    ]


def _for_a_sequence() -> list[Check]:
    """Whether somebody may send shows when the first of their people is enrolled; a notice says what is missing."""
    return [
        Check("seat", _("The sender has a paid seat and a connected inbox"), [], UNSEEN),
        Check("shared", _("The sequence is shared with the sender"), [], UNSEEN),
        Check(
            "leave",
            _("A workflow that takes people out of the sequence when"),
            ["rekindle_status is none of started"],
            UNSEEN,
        ),
    ]


def _message(view: View) -> Check:
    """The receipt shows once messages have been asked for; where the workflow paces itself nothing else shows."""
    whole = view.binding is not None and view.binding.way is Way.WORKFLOW
    words = (
        _("After the first message, the receipt")
        if whole
        else _("Send one message with the opener, then the receipt")
    )
    values = ["rekindle_opener_email_subject", "rekindle_opener_email", "rekindle_opener_sms"]
    state = UNSEEN
    if view.proved or view.unproved:
        state = FOUND if view.proved else MISSING
    return Check("message", words, [*([] if whole else values), f"{RECEIPT} = {TOUCH}"], state)
