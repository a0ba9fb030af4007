"""Contacts on their way through a workflow: how each stands, and when the next message may go."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sandbox.kit.moments import iso
from sandbox.kit.workflow_spec import Step, Window


class State(StrEnum):
    """How an enrollment stands; all but the first are final."""

    ACTIVE = "active"
    COMPLETED = "completed"
    GOAL_MET = "goal_met"
    STOPPED = "stopped"  # the contact opted out
    UNENROLLED = "unenrolled"  # the contact was deleted


@dataclass(slots=True)
class Enrollment:
    """One contact's way through one programme."""

    id: str
    programme_id: str
    contact_id: str
    at: datetime
    steps: deque[Step]
    window: Window | None
    marketing: bool
    updated_at: datetime
    state: State = State.ACTIVE
    reason: str | None = None
    value: str | None = None  # of the property that enrolled the contact
    outputs: dict[str, str] = field(default_factory=dict)  # of the app's own actions
    actions: list[tuple[datetime, str, str]] = field(default_factory=list)

    def json(self) -> dict[str, object]:
        """The enrollment as the control API shows it."""
        return {
            "id": self.id,
            "workflowId": self.programme_id,
            "contactId": self.contact_id,
            "at": iso(self.at),
            "state": self.state.value,
            "reason": self.reason,
            "updatedAt": iso(self.updated_at),
            "actions": [
                {"at": iso(at), "step": step, "result": result} for at, step, result in self.actions
            ],
        }


@dataclass(slots=True)
class Ledger:
    """Enrollments by programme and by contact, in the order they came.

    `starts` counts how often each (programme, contact) was to begin, also where nothing came of it because
    the contact was in already: a start that was asked for twice shows here and in no enrollment.
    """

    by_programme: dict[str, list[Enrollment]] = field(default_factory=dict)
    by_contact: dict[str, list[Enrollment]] = field(default_factory=dict)
    starts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, enrollment: Enrollment) -> None:
        self.by_programme.setdefault(enrollment.programme_id, []).append(enrollment)
        self.by_contact.setdefault(enrollment.contact_id, []).append(enrollment)

    def move(self, old_id: str, new_id: str) -> None:
        """What one contact entered and was to begin, another one has now, of which it has become part."""
        for enrollment in self.by_contact.pop(old_id, []):
            enrollment.contact_id = new_id
            self.by_contact.setdefault(new_id, []).append(enrollment)
        for programme_id, contact_id in [key for key in self.starts if key[1] == old_id]:
            self.starts[programme_id, new_id] += self.starts.pop((programme_id, contact_id))

    def active(self, contact_id: str) -> list[Enrollment]:
        return [e for e in self.by_contact.get(contact_id, ()) if e.state is State.ACTIVE]

    def of(self, contact_id: str, programme_id: str) -> list[Enrollment]:
        return [e for e in self.by_contact.get(contact_id, ()) if e.programme_id == programme_id]


def opening(window: Window | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `now` on that lies in the window."""
    if window is None:
        return now
    local = now.astimezone(zone)
    for day in range(8):
        date = local + timedelta(days=day)
        if date.weekday() not in window.days:
            continue
        opens = date.replace(hour=window.first_hour, minute=0, second=0, microsecond=0)
        closes = opens + timedelta(hours=window.last_hour - window.first_hour)
        if day == 0 and opens <= local < closes:
            return now
        if local < opens:
            return opens.astimezone(now.tzinfo)
    raise ValueError("a window needs at least one day")
