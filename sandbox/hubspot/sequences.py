"""Sales sequences: who may send them, to whom, and why an enrollment is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.hubspot.enrollments import mail_obstacle
from sandbox.hubspot.records import Record
from sandbox.hubspot.subscriptions import ONE_TO_ONE
from sandbox.kit.moments import iso
from sandbox.kit.workflow_spec import MakeTask, Send, Step, Wait

DAILY_LIMIT = 500  # sequence e-mails per user and day on Sales Hub Professional


class Reason(StrEnum):
    """Why a contact was not enrolled, in the words HubSpot shows where it has some."""

    SEQUENCE_NOT_FOUND = "SEQUENCE_NOT_FOUND"
    CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
    NO_EMAIL = "NO_EMAIL"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    UNSUBSCRIBED_PERSONAL = "UNSUBSCRIBED_PERSONAL"
    BOUNCED = "BOUNCED"
    PREVIOUSLY_MARKED_AS_SPAM = "PREVIOUSLY_MARKED_AS_SPAM"
    NO_SEAT = "NO_SEAT"
    INBOX_NOT_CONNECTED = "INBOX_NOT_CONNECTED"
    DAILY_SEND_LIMIT_REACHED = "DAILY_SEND_LIMIT_REACHED"


class SequenceRefused(Exception):
    """The enrollment was refused; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the contact was not enrolled: {reason.value}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sender:
    """One user of the portal; `email` is the inbox they have connected, if `inbox` says so."""

    user_id: int
    owner_id: str
    email: str
    seat: bool = True
    inbox: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """One sequence: steps with the pause before each of them."""

    id: str
    name: str
    user_id: int
    steps: tuple[tuple[timedelta, Send | MakeTask], ...]
    created_at: datetime

    def run(self) -> tuple[Step, ...]:
        """The steps as the runner takes them."""
        return tuple(
            step for pause, action in self.steps for step in (Wait(pause), action) if step != NOW
        )

    def json(self) -> dict[str, object]:
        """The sequence as the API gives it to whoever asks for one."""
        created = iso(self.created_at)
        moments = {"createdAt": created, "updatedAt": created}
        steps = [
            self._step(place, action, pause) | moments
            for place, (pause, action) in enumerate(self.steps)
        ]
        last = {"actionType": "FINISH_ENROLLMENT", "delayMillis": 0, **moments}
        return {
            "id": self.id,
            "name": self.name,
            "userId": str(self.user_id),
            **moments,
            "steps": [*steps, {"id": f"{self.id}{len(steps)}", "stepOrder": len(steps), **last}],
            "settings": {
                "id": f"{self.id}9",
                "eligibleFollowUpDays": "BUSINESS_DAYS",
                "sellingStrategy": "LEAD_BASED",
                # From eight in the morning to six in the evening, as a new sequence has it.
                "sendWindowStartMinute": 480,
                "sendWindowEndMinute": 1080,
                "taskReminderMinute": 480,
                "individualTaskRemindersEnabled": False,
                **moments,
            },
            "dependencies": [],
        }

    def _step(self, place: int, action: Send | MakeTask, pause: timedelta) -> dict[str, object]:
        number, created = f"{self.id}{place}", iso(self.created_at)
        step: dict[str, object] = {
            "id": number,
            "stepOrder": place,
            "delayMillis": int(pause / timedelta(milliseconds=1)),
        }
        pattern: dict[str, object] = {
            "id": f"{number}1",
            "createdAt": created,
            "updatedAt": created,
        }
        if isinstance(action, MakeTask):
            task = {"taskType": "CALL", "taskPriority": "NONE", "subject": action.subject}
            return {**step, "actionType": "TASK", "taskPattern": pattern | task}
        mail = pattern | {"templateId": f"{number}7"}
        if place:
            mail["threadEmailToStepOrder"] = place - 1  # an answer to what was sent before
        return {**step, "actionType": "EMAIL", "emailPattern": mail}


NOW = Wait(timedelta())


def default_sequences(user_id: int, created_at: datetime) -> tuple[Sequence, ...]:
    """What the portal's sales staff have made for themselves."""
    mail, day = Send("email"), timedelta(days=1)
    return (
        Sequence(
            "40110021",
            "Win back: three short e-mails",
            user_id,
            ((timedelta(), mail), (3 * day, mail), (7 * day, mail)),
            created_at,
        ),
        Sequence(
            "40110037",
            "Quotation follow-up: e-mail, then call",
            user_id,
            ((timedelta(), mail), (4 * day, MakeTask("Call about the quotation"))),
            created_at,
        ),
    )


def check_contact(record: Record | None) -> None:
    """Refuse contacts that may not be enrolled; raises SequenceRefused."""
    if record is None or record.archived:
        raise SequenceRefused(Reason.CONTACT_NOT_FOUND)
    if record.properties.get("hs_sequences_is_enrolled") == "true":
        raise SequenceRefused(Reason.ALREADY_ENROLLED)
    if record.properties.get("hs_email_is_ineligible") == "true":
        raise SequenceRefused(Reason.PREVIOUSLY_MARKED_AS_SPAM)
    if record.properties.get(ONE_TO_ONE.opt_out_name) == "true":
        raise SequenceRefused(Reason.UNSUBSCRIBED_PERSONAL)
    obstacles = {
        "no_email": Reason.NO_EMAIL,
        "opted_out": Reason.UNSUBSCRIBED,
        "bounced": Reason.BOUNCED,
    }
    obstacle = mail_obstacle(record)
    if obstacle is not None:
        raise SequenceRefused(obstacles[obstacle])


def check_sender(senders: Mapping[int, Sender], user_id: int, address: str) -> Sender:
    """Refuse senders without seat or without that inbox; raises SequenceRefused."""
    sender = senders.get(user_id)
    if sender is None or not sender.seat:
        raise SequenceRefused(Reason.NO_SEAT)
    if not sender.inbox or sender.email.lower() != address.lower():
        raise SequenceRefused(Reason.INBOX_NOT_CONNECTED)
    return sender
