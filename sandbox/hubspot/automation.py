"""The customer's own automation in one portal: workflows and sequences."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from sandbox.agenda import Agenda
from sandbox.conduct import Built
from sandbox.hubspot.actions import Actions
from sandbox.hubspot.changes import former_ids
from sandbox.hubspot.enrollments import Audience, Runner
from sandbox.hubspot.own_workflows import own_workflows
from sandbox.hubspot.records import Change, Records
from sandbox.hubspot.sequences import (
    DAILY_LIMIT,
    Reason,
    Sender,
    Sequence,
    SequenceRefused,
    check_contact,
    check_sender,
    default_sequences,
)
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.enrollment import Enrollment, Ledger, State
from sandbox.kit.moments import iso
from sandbox.kit.workflow_spec import (
    Goal,
    Send,
    Step,
    Wait,
    Workflow,
    read_workflow,
)
from sandbox.world.events import REPLIES, Event, Kind

Json = dict[str, object]
_GOALS = {Kind.MEETING_BOOKED: Goal.BOOKED, Kind.PURCHASE: Goal.BOUGHT}
_REFUSALS = frozenset({Kind.OPT_OUT, Kind.SMS_STOP, Kind.COMPLAINT})
SEQUENCE_GOALS = frozenset({Goal.REPLIED, Goal.BOOKED})


@dataclass(frozen=True, slots=True)
class PortalInfo:
    """What automation needs to know of its portal."""

    time_zone: str = "US/Eastern"
    senders: tuple[Sender, ...] = ()


class People(Audience, Protocol):
    """The part of a population that automation works with."""

    records: Records
    timeline: Timeline


class Automation:
    """Enrolls contacts when their properties change or a user asks, and lets things run."""

    def __init__(
        self,
        records: Records,
        agenda: Agenda,
        people: People,
        portal_info: PortalInfo,
        *,
        now: Callable[[], datetime],
        actions: Actions | None = None,
        built: Built = Built.TOUCH,
    ) -> None:
        """Start with what the staff have built, and sequences; listens to the records from now on."""
        self._records = records
        self._timeline = people.timeline
        self._now = now
        self._senders = {sender.user_id: sender for sender in portal_info.senders}
        self._runner = Runner(
            people.timeline,
            agenda,
            people,
            now=now,
            zone=portal_info.time_zone,
            ended=self._ended,
            leave=self._leave_sequence,
            actions=actions,
        )
        self._ledger = Ledger()
        self._numbers = count(1)
        self._workflows: dict[str, Workflow] = {}
        self._specs: dict[str, Mapping[str, object]] = {}
        user = portal_info.senders[0].user_id if portal_info.senders else 0
        self._sequences = {s.id: s for s in default_sequences(user, now() - timedelta(days=200))}
        self._sent: dict[str, Sender] = {}
        for spec in own_workflows(built):
            self.create_workflow(spec)
        self._adopt()
        records.on_change(self._changed)
        people.timeline.on_event(self._happened)

    # Workflows

    def workflows(self) -> list[Json]:
        """All workflows with the description they were made from."""
        return [self._workflow_json(workflow) for workflow in self._workflows.values()]

    def create_workflow(self, spec: Mapping[str, object]) -> Json:
        """Add a workflow; raises SpecError for a description that makes no sense."""
        workflow = read_workflow(str(58_000_000 + 7 * len(self._workflows)), spec)
        self._workflows[workflow.id] = workflow
        self._specs[workflow.id] = dict(spec)
        return self._workflow_json(workflow)

    def switch(self, workflow_id: str, *, on: bool) -> Json:
        """Switch a workflow on or off; raises KeyError for none. Who is inside stays there."""
        workflow = self._workflows[workflow_id] = replace(self._workflows[workflow_id], enabled=on)
        return self._workflow_json(workflow)

    def enrollments(self, workflow_id: str) -> list[Json]:
        """Everyone a workflow or sequence ever enrolled, oldest first."""
        return [e.json() for e in self._ledger.by_programme.get(workflow_id, ())]

    def enrollments_of(self, contact_id: str) -> list[Json]:
        """Everything that a contact ever entered, oldest first."""
        return [e.json() for e in self._ledger.by_contact.get(contact_id, ())]

    def starts(self) -> Counter[tuple[str, str]]:
        """How often each contact was to enter each workflow or sequence, as (programme, contact)."""
        return self._ledger.starts

    def _workflow_json(self, workflow: Workflow) -> Json:
        return {
            **self._specs[workflow.id],
            "id": workflow.id,
            "name": workflow.name,
            "enabled": workflow.enabled,
            "re_enroll": workflow.re_enroll,
            "enrolled": len(self._ledger.by_programme.get(workflow.id, ())),
        }

    def _changed(self, change: Change) -> None:
        if change.kind != "contacts":
            return
        if change.event in {"deletion", "privacyDeletion"}:
            for enrollment in self._ledger.active(change.record_id):
                self._runner.end(enrollment, State.UNENROLLED, "contact deleted")
        elif change.event == "merge":
            self._move_merged(change)
        elif change.event == "propertyChange" and change.name is not None:
            for workflow in list(self._workflows.values()):
                trigger = workflow.trigger
                fires = trigger is not None and trigger.fires(
                    change.name, change.value, change.previous
                )
                if workflow.enabled and fires:
                    self._enroll(workflow, change.record_id, change.value)
            self._let_go(change.record_id, change.name, change.value)
            if change.name == "hs_email_optout" and change.value == "true":
                self._stop(change.record_id)

    def _let_go(self, contact_id: str, name: str, value: str | None) -> None:
        """Unenroll whoever no longer has the value for which a workflow keeps people."""
        for enrollment in self._ledger.active(contact_id):
            workflow = self._workflows.get(enrollment.programme_id)
            stay = workflow.stay if workflow is not None else None
            if stay is not None and stay.name == name and stay.value != value:
                self._runner.end(enrollment, State.UNENROLLED, f"{name} changed")

    def _enroll(self, workflow: Workflow, contact_id: str, value: str | None) -> None:
        """Enroll unless the contact is on its way already, or was once and may not come again."""
        before = self._ledger.of(contact_id, workflow.id)
        if any(e.value == value for e in self._of_merged(contact_id, workflow.id)):
            return  # the value came over in a merge, it did not change
        self._ledger.starts[workflow.id, contact_id] += 1
        if any(e.state is State.ACTIVE for e in before) or (before and not workflow.re_enroll):
            return
        now = self._now()
        enrollment = Enrollment(
            id=str(next(self._numbers)),
            programme_id=workflow.id,
            contact_id=contact_id,
            at=now,
            steps=deque(workflow.steps),
            window=workflow.window,
            marketing=True,
            updated_at=now,
            value=value,
        )
        self._ledger.add(enrollment)
        self._runner.begin(enrollment)

    def _of_merged(self, contact_id: str, workflow_id: str) -> list[Enrollment]:
        """Enrollments of records that were merged into the contact."""
        record = self._records.get("contacts", contact_id)
        merged = (record.properties.get("hs_merged_object_ids") if record else None) or ""
        return [e for old in merged.split(";") for e in self._ledger.of(old, workflow_id)]

    # Sequences

    def sequences(self) -> list[Json]:
        """All sequences of the portal."""
        return [sequence.json() for sequence in self._sequences.values()]

    def enroll_in_sequence(
        self, sequence_id: str, contact_id: str, *, sender: str, user_id: int
    ) -> Json:
        """Enroll one contact for a user; raises SequenceRefused."""
        sequence = self._sequences.get(sequence_id)
        if sequence is None:
            raise SequenceRefused(Reason.SEQUENCE_NOT_FOUND)
        user = check_sender(self._senders, user_id, sender)
        record = self._records.get("contacts", contact_id)
        try:
            check_contact(record)
        except SequenceRefused as refusal:
            if refusal.reason is Reason.ALREADY_ENROLLED:
                self._ledger.starts[sequence_id, contact_id] += 1
            raise
        if self._sent_today(user) >= DAILY_LIMIT:
            raise SequenceRefused(Reason.DAILY_SEND_LIMIT_REACHED)
        self._ledger.starts[sequence_id, contact_id] += 1
        enrollment = self._place(sequence, contact_id, sequence.run())
        self._sent[enrollment.id] = user
        return self._sequence_json(enrollment)

    def sequence_enrollment(self, contact_id: str) -> Json | None:
        """The contact's running sequence, or None."""
        running = [e for e in self._ledger.active(contact_id) if e.programme_id in self._sequences]
        return self._sequence_json(running[-1]) if running else None

    def _leave_sequence(self, contact_id: str) -> None:
        for enrollment in self._ledger.active(contact_id):
            if enrollment.programme_id in self._sequences:
                self._runner.end(enrollment, State.UNENROLLED, "a workflow took them out")

    def _place(self, sequence: Sequence, contact_id: str, steps: Iterable[Step]) -> Enrollment:
        now = self._now()
        enrollment = Enrollment(
            id=str(next(self._numbers)),
            programme_id=sequence.id,
            contact_id=contact_id,
            at=now,
            steps=deque(steps),
            window=None,
            marketing=False,
            updated_at=now,
        )
        self._ledger.add(enrollment)
        self._timeline.rollup(contact_id).count("hs_sequences_enrolled_count")
        self._timeline.show(contact_id)
        self._records.set_rollup(
            contact_id,
            {
                "hs_sequences_is_enrolled": "true",
                "hs_latest_sequence_enrolled": sequence.id,
                "hs_latest_sequence_enrolled_date": iso(now),
            },
        )
        self._runner.begin(enrollment)
        return enrollment

    def _adopt(self) -> None:
        """Give contacts that are in a sequence from before the rest of one."""
        sequence = next(iter(self._sequences.values()))
        rest = (Wait(timedelta(days=4)), Send("email"))
        for record in self._records.each("contacts"):
            if record.properties.get("hs_sequences_is_enrolled") == "true":
                self._place(sequence, record.id, rest)

    def _sent_today(self, user: Sender) -> int:
        day = self._now().date()
        return sum(
            1
            for sequence_id in self._sequences
            for e in self._ledger.by_programme.get(sequence_id, ())
            if e.at.date() == day and self._sent.get(e.id) == user
        )

    def _sequence_json(self, enrollment: Enrollment) -> Json:
        record = self._records.get("contacts", enrollment.contact_id)
        # Who was in a sequence before the sandbox opened was put there by the first of its senders.
        user = self._sent.get(enrollment.id) or next(iter(self._senders.values()))
        return {
            "id": enrollment.id,
            "sequenceId": enrollment.programme_id,
            "sequenceName": self._sequences[enrollment.programme_id].name,
            "enrolledBy": str(user.user_id),
            "enrolledByEmail": user.email,
            "toEmail": (record.properties.get("email") if record else None) or "",
            "enrolledAt": iso(enrollment.at),
            "updatedAt": iso(enrollment.updated_at),
        }

    # What ends enrollments

    def _happened(self, contact_id: str, event: Event) -> None:
        if event.kind in _REFUSALS:
            self._stop(contact_id)
            return
        goal = Goal.REPLIED if event.kind in REPLIES else _GOALS.get(event.kind)
        if goal is None:
            return
        for enrollment in self._ledger.active(contact_id):
            workflow = self._workflows.get(enrollment.programme_id)
            goals = SEQUENCE_GOALS if workflow is None else workflow.goals
            if goal in goals:
                self._runner.end(enrollment, State.GOAL_MET, goal.value)

    def _stop(self, contact_id: str) -> None:
        for enrollment in self._ledger.active(contact_id):
            self._runner.end(enrollment, State.STOPPED, "opted out")

    def _move_merged(self, change: Change) -> None:
        for old in former_ids(change):
            self._ledger.move(old, change.record_id)

    def _ended(self, enrollment: Enrollment) -> None:
        record = self._records.get("contacts", enrollment.contact_id)
        if enrollment.programme_id in self._sequences and record and not record.archived:
            ended = {"hs_latest_sequence_ended_date": iso(self._now())}
            self._records.set_rollup(record.id, {"hs_sequences_is_enrolled": "false", **ended})
