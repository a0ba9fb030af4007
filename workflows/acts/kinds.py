"""What somebody of the team may do about one contact, and what that sets aside until when; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contact_rules.local_time import zone_of
from contact_rules.rules import SET_ASIDE

# How long what was done may be taken back.
UNDONE_WITHIN = timedelta(minutes=1)
# How long whom somebody has taken over is theirs alone.
TAKEN_FOR = timedelta(days=90)
# How long somebody may be snoozed.
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=730)


class Act(StrEnum):
    """One thing that a person does about a contact."""

    START = "start"
    STOP = "stop"
    SNOOZE = "snooze"
    TAKE_OVER = "take_over"
    NOT_A_FIT = "not_a_fit"
    WAKE = "wake"  # what was set aside is no more
    CORRECT = "correct"  # the reason why they went quiet
    COPY = "copy"  # words to say were taken to be said by hand


# What puts a contact off; the last of these holds, and waking ends it.
PUTS_OFF = (Act.SNOOZE, Act.TAKE_OVER, Act.NOT_A_FIT)
# What ends a round that is running.
ENDS_ROUND = (Act.STOP, *PUTS_OFF)


@dataclass(frozen=True, slots=True)
class SetAside:
    """How a contact is put off: by which act, by whom, since when and until when; None: for good."""

    act: Act
    by: str
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until

    def words(self, zone: str | None) -> str:
        """What people read of it, with its date, so that it stays true wherever it is written."""
        if self.until is None:
            return f"{SET_ASIDE}: not a fit"
        day = self.until.astimezone(zone_of(zone or ""))
        what = "snoozed" if self.act is Act.SNOOZE else "with a person"
        return f"{SET_ASIDE}: {what} until {day:%b} {day.day}, {day.year}"


def set_aside_of(act: str, by: str, at: datetime, until: datetime | None) -> SetAside | None:
    """What one act puts off; None where it puts off nothing."""
    return SetAside(Act(act), by, at, until) if Act(act) in PUTS_OFF else None
