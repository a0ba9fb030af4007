"""Asking the CRM for people one by one: each once, whatever becomes of the call or of this process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine

from connector.errors import CrmError, CrmForbidden, CrmInvalid, CrmNotFound, CrmRateLimited
from connector.patience import decide_pause, patiently
from connector.port.automation import AddsToWorkflow
from connector.port.sequences import OF_SENDER, EnrollsInSequence, Refusal, SequenceRefused
from core.clock import Clock
from oauth.account_settings.fields import AccountSettings
from oauth.notices import SEQUENCES, clear_notices, record_notice
from workflows.enrollment.bindings import Binding, load_bindings
from workflows.enrollment.states import SEQUENCE
from workflows.enrollment.touch_states import TouchState
from workflows.stops.store import watch
from workflows.touches import proving, sequence_words, settling, store
from workflows.touches.calling import TaskRefused, is_call, make_task
from workflows.touches.doors import Door, SequenceDoor, WorkflowDoor, has_entered

# How long nobody is enrolled in a sender's name: once the CRM says that their day is full, or that they can't send.
FULL_WAITS, UNABLE_WAITS = timedelta(hours=6), timedelta(hours=1)
_NO_WORKFLOW = "No workflow is bound to the playbook"
_NO_SEQUENCES = "This CRM has no sequences"

Row = Mapping[str, Any]


def is_needed(crm: object, row: Row) -> bool:
    """Whether a call asks for this touch, and not the property that was written for it."""
    return row["variant"] == SEQUENCE or is_call(row) or isinstance(crm, AddsToWorkflow)


@dataclass(frozen=True, slots=True)
class _Closed:
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Entering:
    """One account's people who are to be asked for now; who was asked for before an interruption is looked up."""

    engine: Engine
    crm: object
    account_id: str
    own: AccountSettings
    clock: Clock
    at: datetime
    pause: Callable[[float], None]
    # Sender → until when nobody is enrolled in their name.
    _closed: dict[str, _Closed] = field(default_factory=dict)

    def enter(self, rows: Sequence[Row]) -> None:
        with self.engine.begin() as tx:
            bound = load_bindings(tx, self.account_id)
        is_stopped = watch(self.engine, self.account_id)
        for row in rows:
            closed = self._closed.get(row["sender_id"] or "")
            if row["asked_at"] is None and (closed or is_stopped()):
                self._take_back(row, closed)
                continue
            if is_call(row):
                self._call(row)
                continue
            door = self._door(row, bound.get(row["playbook"]))
            if isinstance(door, str):
                self._record_failed(row, door)
                continue
            try:
                if row["asked_at"] is None or not has_entered(door, row, self.pause):
                    self._ask(door, row)
            except SequenceRefused as refused:
                self._refuse(row, refused)
            except (CrmInvalid, CrmNotFound, CrmForbidden) as error:
                self._record_failed(row, error.message)
            else:
                self._record_asked(row)

    def _call(self, row: Row) -> None:
        """A call is a task, which the CRM shows at once: that proves it."""
        task = make_task(self.engine, self.crm, row, self.own, at=self.at, pause=self.pause)
        if isinstance(task, TaskRefused):
            self._record_failed(row, task.reason)
            return
        with self.engine.begin() as tx:
            settling.record_asked(tx, self.account_id, [row], at=self.at)
            proved = [(row, task)]
            proving.record_proved(tx, self.account_id, proved, at=self.at, now=self.clock.now())

    def _door(self, row: Row, binding: Binding | None) -> Door | str:
        """The way in, or why there is none."""
        if row["variant"] == SEQUENCE:
            crm = self.crm
            return SequenceDoor(crm) if isinstance(crm, EnrollsInSequence) else _NO_SEQUENCES
        if binding is None or not binding.workflow_id or not isinstance(self.crm, AddsToWorkflow):
            return _NO_WORKFLOW
        return WorkflowDoor(self.crm, binding.workflow_id)

    def _ask(self, door: Door, row: Row) -> None:
        """Raises CrmError where it could not be done, or where nobody can tell what became of it.

        Where no answer comes, the CRM is asked whether the contact is in before it is asked for again.
        """
        with self.engine.begin() as tx:
            store.record_state(tx, row, TouchState.ASKING, asked_at=self.at)
        asked = {**row, "asked_at": row["asked_at"] or self.at}
        tries = 0
        while True:
            try:
                door.enter(asked)
            except (CrmInvalid, CrmNotFound, CrmForbidden):
                raise
            except CrmError as error:
                tries += 1
                wait = decide_pause(error, tries)
                if wait is None:
                    raise
                self.pause(wait)
                # A rate limit refuses before anything is taken; after everything else nobody knows.
                unknown = not isinstance(error, CrmRateLimited)
                if unknown and has_entered(door, asked, self.pause):
                    return
            else:
                return

    def _refuse(self, row: Row, refused: SequenceRefused) -> None:
        """What is against the person ends their start; what is against the sender holds up everybody of theirs."""
        if refused.refusal is Refusal.FULL:
            closed = _Closed(self.at + FULL_WAITS, sequence_words.FULL)
        elif refused.refusal in OF_SENDER:
            told = sequence_words.of_sender(refused.refusal, self._name_of(row["sender_id"]))
            closed = _Closed(self.at + UNABLE_WAITS, told)
            with self.engine.begin() as tx:
                record_notice(
                    tx,
                    self.account_id,
                    SEQUENCES,
                    job="workflows.jobs.start_due",
                    message=told,
                    now=self.clock.now(),
                )
        else:
            self._record_failed(row, sequence_words.of_contact(refused))
            return
        self._closed[row["sender_id"]] = closed
        self._take_back(row, closed)

    def _name_of(self, sender_id: str) -> str | None:
        crm = self.crm
        if not isinstance(crm, EnrollsInSequence):
            return None
        try:
            senders = patiently(crm.fetch_senders, pause=self.pause)
        except CrmError:
            return None
        return next((s.name for s in senders if s.sender_id == sender_id), None)

    def _take_back(self, row: Row, closed: _Closed | None) -> None:
        at, reason = (closed.until, closed.reason) if closed else (self.at, None)
        with self.engine.begin() as tx:
            settling.take_back(tx, [row], at=at, reason=reason)

    def _record_asked(self, row: Row) -> None:
        with self.engine.begin() as tx:
            settling.record_asked(tx, self.account_id, [row], at=self.at)
            if row["variant"] == SEQUENCE:
                clear_notices(tx, self.account_id, kind=SEQUENCES)

    def _record_failed(self, row: Row, reason: str) -> None:
        with self.engine.begin() as tx:
            settling.record_failed(tx, self.account_id, [(row, reason)], at=self.at)
