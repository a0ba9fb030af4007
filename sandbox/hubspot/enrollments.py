"""Takes enrolled contacts through the steps of a workflow or sequence, as time goes by."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from sandbox.agenda import Agenda
from sandbox.hubspot.actions import Actions, Outcome
from sandbox.hubspot.custom_properties import SMS_CONSENT
from sandbox.hubspot.records import Record
from sandbox.hubspot.subscriptions import MARKETING, ONE_TO_ONE
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.enrollment import Enrollment, State, opening
from sandbox.kit.workflow_spec import (
    Branch,
    CallAction,
    CopyProperty,
    LeaveSequence,
    MakeTask,
    Send,
    SetProperty,
    Step,
    Wait,
)
from sandbox.world.events import Channel, Event, Kind, Touch

OUTPUT = "output:"  # before the name of what an action has put out
NOBODY = -1  # the person number of events that the business causes
FIRST_STEP_AFTER = timedelta(minutes=1)  # HubSpot takes a moment between enrolling and acting


class Audience(Protocol):
    """Whoever may react to a touch."""

    def touch(self, contact_id: str, touch: Touch, *, marketing: bool) -> None: ...


class Runner:
    """Runs enrollments' steps; what must wait, waits on the agenda."""

    def __init__(
        self,
        timeline: Timeline,
        agenda: Agenda,
        audience: Audience,
        *,
        now: Callable[[], datetime],
        zone: str,
        ended: Callable[[Enrollment], None],
        leave: Callable[[str], None],
        actions: Actions | None = None,
    ) -> None:
        self._leave = leave
        self._timeline = timeline
        self._agenda = agenda
        self._audience = audience
        self._now = now
        self._zone = ZoneInfo(zone)
        self._ended = ended
        self._actions = actions

    def begin(self, enrollment: Enrollment) -> None:
        """Plan the first step; it is taken when time moves on."""
        self._agenda.schedule(self._now() + FIRST_STEP_AFTER, partial(self._continue, enrollment))

    def end(self, enrollment: Enrollment, state: State, reason: str | None = None) -> None:
        """Close an active enrollment; a closed one stays as it is."""
        if enrollment.state is not State.ACTIVE:
            return
        enrollment.state, enrollment.reason = state, reason
        enrollment.updated_at = self._now()
        enrollment.steps.clear()
        self._ended(enrollment)

    def _continue(self, enrollment: Enrollment) -> None:
        """Take steps until one has to wait or none is left."""
        while enrollment.state is State.ACTIVE:
            contact_id = self._timeline.live(enrollment.contact_id)
            record = self._timeline.records.get("contacts", contact_id) if contact_id else None
            if record is None:
                self.end(enrollment, State.UNENROLLED, "contact deleted")
                return
            if not enrollment.steps:
                self.end(enrollment, State.COMPLETED)
                return
            step = enrollment.steps.popleft()
            if isinstance(step, CallAction) and self._actions is not None:
                self._call(self._actions, enrollment, record, step)
                return
            pause = self._take(enrollment, record, step)
            if pause is not None:
                self._agenda.schedule(pause, partial(self._continue, enrollment))
                return

    def _call(
        self, actions: Actions, enrollment: Enrollment, record: Record, step: CallAction
    ) -> None:
        """Call the app; the steps go on when it has said what came of it."""

        def go_on(outcome: Outcome) -> None:
            if enrollment.state is not State.ACTIVE:
                return
            enrollment.outputs |= outcome.outputs
            self._note(enrollment, f"action {step.uid}", outcome.state)
            self._agenda.schedule(self._now(), partial(self._continue, enrollment))

        actions.call(step.uid, step.inputs, record, enrollment.programme_id, go_on)

    def _take(self, enrollment: Enrollment, record: Record, step: Step) -> datetime | None:
        """Take one step; returns the time to go on at, or None to go on at once."""
        now = self._now()
        match step:
            case Wait():
                return now + step.time
            case Send():
                opens = opening(enrollment.window, now, self._zone)
                if opens > now:
                    enrollment.steps.appendleft(step)
                    return opens
                self._note(enrollment, step.channel, self._send(enrollment, record, step))
            case MakeTask():
                self._timeline.task(record.id, subject=step.subject, due=now)
                self._note(enrollment, "task", "created")
            case SetProperty():
                self._set(enrollment, record, step.name, step.value)
                self._note(enrollment, "set", step.name)
            case CopyProperty():
                self._set(enrollment, record, step.target, record.properties.get(step.source))
                self._note(enrollment, "copy", step.target)
            case LeaveSequence():
                self._leave(record.id)
                self._note(enrollment, "leave_sequence", "done")
            case Branch():
                output = step.name.startswith(OUTPUT)
                held = enrollment.outputs if output else record.properties
                value = held.get(step.name.removeprefix(OUTPUT))
                yes = value is not None if step.equals is None else value == step.equals
                enrollment.steps.extendleft(reversed(step.then if yes else step.otherwise))
        return None

    def _set(self, enrollment: Enrollment, record: Record, name: str, value: str | None) -> None:
        self._timeline.records.update(
            "contacts",
            record.id,
            {name: value},
            source="AUTOMATION_PLATFORM",
            source_id=enrollment.programme_id,
        )

    def _send(self, enrollment: Enrollment, record: Record, step: Send) -> str:
        """Send one message unless the portal suppresses it; returns what became of it."""
        text = step.channel == Channel.SMS
        obstacle = text_obstacle(record) if text else _mail_obstacle(enrollment, record)
        rollup = self._timeline.rollup(record.id)
        if obstacle is None and not text and enrollment.marketing and rollup.unengaged:
            obstacle = "graymail"
        if obstacle is not None:
            return f"suppressed: {obstacle}"
        now = self._now()
        kind = Kind.SMS_OUT if text else Kind.EMAIL_OUT
        held = record.properties
        words = held.get(step.text_from or "") or None
        title = held.get(step.subject_from or "") or None
        event = Event(NOBODY, kind, now, title=title, text=words)
        self._timeline.log(record.id, event, marketing=enrollment.marketing and not text)
        touch = Touch(now, Channel(step.channel), step.addresses, words)
        self._audience.touch(record.id, touch, marketing=enrollment.marketing)
        return "sent"

    def _note(self, enrollment: Enrollment, step: str, result: str) -> None:
        enrollment.actions.append((self._now(), step, result))
        enrollment.updated_at = self._now()


def _mail_obstacle(enrollment: Enrollment, record: Record) -> str | None:
    """Mass e-mail has an opt-out of its own and goes to marketing contacts only; letters of staff have theirs."""
    kind = MARKETING if enrollment.marketing else ONE_TO_ONE
    if record.properties.get(kind.opt_out_name) == "true":
        return "opted_out"
    if enrollment.marketing and record.properties.get("hs_marketable_status") == "false":
        return "no_email" if not record.properties.get("email") else "non_marketing"
    return mail_obstacle(record)


def mail_obstacle(record: Record) -> str | None:
    """Why no e-mail may go to the contact, or None."""
    if not record.properties.get("email"):
        return "no_email"
    if record.properties.get("hs_email_optout") == "true":
        return "opted_out"
    if record.properties.get("hs_email_hard_bounce_reason_enum"):
        return "bounced"
    held_back = ("hs_email_quarantined", "hs_email_bad_address", "hs_email_is_ineligible")
    if any(record.properties.get(name) == "true" for name in held_back):
        return "bounced"
    return None


def text_obstacle(record: Record) -> str | None:
    """Why no text message may go to the contact, or None."""
    if not record.properties.get("phone"):
        return "no_phone"
    if record.properties.get(SMS_CONSENT) != "true":
        return "no_consent"
    return None
