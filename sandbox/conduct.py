"""How the accounts' own people run them: which workflows they have built, and whether they work their tasks."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Built(StrEnum):
    """What somebody at the account has built in the CRM's own editor for reactivation."""

    TOUCH = "touch"  # a small workflow that sends one message
    WHOLE = "whole"  # one that paces three messages by itself
    DRAFT = "draft"  # the small one, which nobody has switched on
    ONCE = "once"  # the small one, which lets nobody in a second time
    SEQUENCE = (
        "sequence"  # one that takes people out of a sequence, beside the sales staff's sequences
    )
    NONE = "none"  # nothing, or the plan has no workflows


@dataclass(frozen=True, slots=True)
class Conduct:
    """How every account of a sandbox is run.

    Staff who work tasks do so `tasks_after` they were made; others never do.
    """

    built: Built = Built.TOUCH
    staff_work: bool = True
    tasks_after: timedelta = timedelta(hours=2)
