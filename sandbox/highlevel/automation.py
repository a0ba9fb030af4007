"""The customer's own workflows in a location: started by tags, fields or the API, run in time."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Protocol

from sandbox.agenda import Agenda
from sandbox.conduct import Built
from sandbox.highlevel.contacts import Changes, Contact, Revision
from sandbox.highlevel.journal import Journal
from sandbox.highlevel.own_workflows import own_workflows
from sandbox.kit.answers import Json
from sandbox.kit.enrollment import Enrollment, Ledger, State, opening
from sandbox.kit.moments import iso
from sandbox.kit.workflow_spec import (
    Branch,
    CopyProperty,
    Goal,
    MakeTask,
    Send,
    SetProperty,
    Step,
    Wait,
    Workflow,
    read_workflow,
)
from sandbox.world.events import REPLIES, Channel, Event, Kind, Touch

NOBODY = -1  # the person number of events that the business causes
FIRST_STEP_AFTER = timedelta(minutes=1)
_REFUSALS = frozenset({Kind.OPT_OUT, Kind.SMS_STOP, Kind.COMPLAINT})
_GOALS = {Kind.MEETING_BOOKED: Goal.BOOKED, Kind.PURCHASE: Goal.BOUGHT}


class Audience(Protocol):
    """Whoever may react to a touch."""

    def touch(self, contact_id: str, touch: Touch) -> None: ...


class Automation:
    """Takes contacts into workflows when a tag or field says so or the API asks, and runs them."""

    def __init__(
        self,
        journal: Journal,
        agenda: Agenda,
        audience: Audience | None,
        built: Built = Built.TOUCH,
    ) -> None:
        """Start with what the staff have built; without an audience nobody reacts to messages."""
        self._location = journal.location
        self._journal = journal
        self._agenda = agenda
        self._audience = audience
        self._ledger = Ledger()
        self._numbers = count(1)
        self._workflows: dict[str, Workflow] = {}
        self._shown: dict[str, Json] = {}
        for spec in own_workflows(built):
            self.create_workflow(spec)
        journal.on_event(self._happened)

    # What the API and the control ask

    def workflows(self) -> list[Json]:
        """All workflows with the description they were made from."""
        counts = self._ledger.by_programme
        return [
            {**shown, "enrolled": len(counts.get(workflow_id, ()))}
            for workflow_id, shown in self._shown.items()
        ]

    def create_workflow(self, spec: Mapping[str, object]) -> Json:
        """Add a workflow; raises SpecError for a description that makes no sense."""
        workflow = read_workflow(self._location.ids.draw_uuid(), spec)
        made = iso(self._location.now() - timedelta(days=90))
        self._workflows[workflow.id] = workflow
        self._shown[workflow.id] = {
            **spec,
            "id": workflow.id,
            "name": workflow.name,
            "status": "published" if workflow.enabled else "draft",
            "version": 3,
            "createdAt": made,
            "updatedAt": made,
            "locationId": self._location.id,
        }
        return self._shown[workflow.id]

    def switch(self, workflow_id: str, *, on: bool) -> Json:
        """Publish a workflow or make it a draft; raises KeyError for none. Who is inside stays there."""
        self._workflows[workflow_id] = replace(self._workflows[workflow_id], enabled=on)
        self._shown[workflow_id] |= {"status": "published" if on else "draft"}
        return self._shown[workflow_id]

    def enrollments(self, workflow_id: str) -> list[Json]:
        """Everyone a workflow ever took, oldest first."""
        return [e.json() for e in self._ledger.by_programme.get(workflow_id, ())]

    def enrollments_of(self, contact_id: str) -> list[Json]:
        """Everything that a contact ever entered, oldest first."""
        return [e.json() for e in self._ledger.by_contact.get(contact_id, ())]

    def starts(self) -> Counter[tuple[str, str]]:
        """How often each contact was to enter each workflow, as (workflow, contact)."""
        return self._ledger.starts

    def knows(self, workflow_id: str) -> bool:
        return workflow_id in self._workflows

    def standing(self, contact_id: str) -> tuple[list[str], list[str]]:
        """The workflows a contact is in, and those it has left."""
        active = [e.programme_id for e in self._ledger.active(contact_id)]
        left = [
            e.programme_id
            for e in self._ledger.by_contact.get(contact_id, ())
            if e.state is not State.ACTIVE
        ]
        return active, list(dict.fromkeys(left))

    def add(self, workflow_id: str, contact_id: str) -> bool:
        """Take a contact in; a workflow that lets nobody in again refuses silently, and it counts all the same."""
        workflow = self._workflows[workflow_id]
        if workflow.enabled:
            self._ledger.starts[workflow_id, contact_id] += 1
        before = self._ledger.of(contact_id, workflow_id)
        inside = any(e.state is State.ACTIVE for e in before)
        if not workflow.enabled or inside or (before and not workflow.re_enroll):
            return False
        now = self._location.now()
        enrollment = Enrollment(
            id=str(next(self._numbers)),
            programme_id=workflow.id,
            contact_id=contact_id,
            at=now,
            steps=deque(workflow.steps),
            window=workflow.window,
            marketing=True,
            updated_at=now,
        )
        self._location.contacts.announce_write(contact_id)
        self._ledger.add(enrollment)
        self._agenda.schedule(now + FIRST_STEP_AFTER, partial(self._continue, enrollment))
        return True

    def remove(self, workflow_id: str, contact_id: str) -> None:
        """Take a contact out of a workflow."""
        for enrollment in self._ledger.of(contact_id, workflow_id):
            self._end(enrollment, State.UNENROLLED, "removed")

    # What starts and ends enrollments

    def changed(self, event: str, contact: Contact, changes: Changes) -> None:
        """Take contacts in whose tags or fields changed as a trigger wants."""
        if event == "ContactDelete":
            for enrollment in self._ledger.active(contact.id):
                self._end(enrollment, State.UNENROLLED, "contact deleted")
        for name, value, previous in self._readings(changes):
            for workflow in list(self._workflows.values()):
                if workflow.trigger and workflow.trigger.fires(name, value, previous):
                    self.add(workflow.id, contact.id)

    def _readings(self, changes: Changes) -> list[tuple[str, str | None, str | None]]:
        """Changes in a trigger's words: each new tag, and fields by their key."""
        readings: list[tuple[str, str | None, str | None]] = []
        for name, (before, after) in changes.items():
            if name == "tags" and isinstance(before, list) and isinstance(after, list):
                readings += [("tag", tag, None) for tag in after if tag not in before]
                continue
            field = self._location.fields.find(name.removeprefix("customFields."))
            key = field.key if field is not None else name
            readings.append((key, _text(after), _text(before)))
        return readings

    def _happened(self, contact_id: str, event: Event) -> None:
        goal = Goal.REPLIED if event.kind in REPLIES else _GOALS.get(event.kind)
        for enrollment in self._ledger.active(contact_id):
            if event.kind in _REFUSALS:
                self._end(enrollment, State.STOPPED, "opted out")
            elif goal is not None and goal in self._workflows[enrollment.programme_id].goals:
                self._end(enrollment, State.GOAL_MET, goal.value)

    def _end(self, enrollment: Enrollment, state: State, reason: str | None = None) -> None:
        if enrollment.state is not State.ACTIVE:
            return
        self._location.contacts.announce_write(enrollment.contact_id)
        enrollment.state, enrollment.reason = state, reason
        enrollment.updated_at = self._location.now()
        enrollment.steps.clear()

    # Taking steps

    def _continue(self, enrollment: Enrollment) -> None:
        """Take steps until one has to wait or none is left."""
        while enrollment.state is State.ACTIVE:
            contact = self._location.contacts.get(enrollment.contact_id)
            if contact is None:
                self._end(enrollment, State.UNENROLLED, "contact deleted")
                return
            if not enrollment.steps:
                self._end(enrollment, State.COMPLETED)
                return
            pause = self._take(enrollment, contact, enrollment.steps.popleft())
            if pause is not None:
                self._agenda.schedule(pause, partial(self._continue, enrollment))
                return

    def _take(self, enrollment: Enrollment, contact: Contact, step: Step) -> datetime | None:
        """Take one step; returns the time to go on at, or None to go on at once."""
        now = self._location.now()
        match step:
            case Wait():
                return now + step.time
            case Send():
                opens = opening(enrollment.window, now, self._location.zone)
                if opens > now:
                    enrollment.steps.appendleft(step)
                    return opens
                self._note(enrollment, step.channel, self._send(contact, step))
            case MakeTask():
                task: Json = {"title": step.subject, "dueDate": iso(now), "completed": False}
                self._location.add_task(contact.id, task)
                self._note(enrollment, "task", "created")
            case SetProperty():
                self._set(contact, step.name, step.value)
                self._note(enrollment, "set", step.name)
            case CopyProperty():
                self._set(contact, step.target, self._value(contact, step.source))
                self._note(enrollment, "copy", step.target)
            case Branch():
                value = self._value(contact, step.name)
                yes = value is not None if step.equals is None else value == step.equals
                enrollment.steps.extendleft(reversed(step.then if yes else step.otherwise))
        return None

    def _value(self, contact: Contact, name: str) -> str | None:
        field = self._location.fields.find(name)
        if field is not None:
            return _text(contact.custom.get(field.id))
        return contact.details.get(name)

    def _set(self, contact: Contact, name: str, value: str | None) -> None:
        contacts, field = self._location.contacts, self._location.fields.find(name)
        if name == "tag" and value is not None:
            tags = list(dict.fromkeys((*contact.tags, value.lower())))
            contacts.revise(contact, Revision(tags=tags))
        elif field is not None:
            contacts.revise(contact, Revision(custom={field.id: value}))
        elif not name.startswith("contact."):  # a custom field that there is not takes nothing
            contacts.revise(contact, Revision(details={name: value}))

    def _send(self, contact: Contact, step: Send) -> str:
        """Send one message unless something stands against it; returns what became of it."""
        text = step.channel == Channel.SMS
        obstacle = obstacle_to(contact, "SMS" if text else "Email")
        if obstacle is not None:
            return f"suppressed: {obstacle}"
        now = self._location.now()
        kind = Kind.SMS_OUT if text else Kind.EMAIL_OUT
        words = self._value(contact, step.text_from or "") or None
        title = self._value(contact, step.subject_from or "") or None
        event = Event(NOBODY, kind, now, title=title, text=words)
        self._journal.log(contact.id, event, source="workflow")
        if self._audience is not None:
            touch = Touch(now, Channel(step.channel), step.addresses, words)
            self._audience.touch(contact.id, touch)
        return "sent"

    def _note(self, enrollment: Enrollment, step: str, result: str) -> None:
        enrollment.actions.append((self._location.now(), step, result))
        enrollment.updated_at = self._location.now()


def obstacle_to(contact: Contact, channel: str) -> str | None:
    """Why no message may go to the contact by this channel, or None."""
    address = contact.details.get("phone" if channel == "SMS" else "email")
    if not address:
        return "no_phone" if channel == "SMS" else "no_email"
    return "dnd" if contact.blocked(channel) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
