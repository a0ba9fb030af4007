"""Telling the CRM: out of the workflow first, then the standing, then a task for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from connector.patience import patiently
from connector.port.automation import RemovesFromWorkflow
from connector.port.provider import Crm
from connector.port.tasks import CreatesTasks
from connector.port.writing import WritesProperties
from core import log
from core.context import Context
from core.db import reading
from core.errors import Conflict
from core.facts import PlanApproved
from oauth.account_settings.fields import AccountSettings
from oauth.notices import HANDOFFS, record_notice
from sync.mirror.people import load_owners
from sync.mirror.store import load_known
from sync.outbox import plans as outbox
from sync.outbox.applying import Applying
from sync.outbox.changes import Change
from sync.outbox.unmade import load_unmade
from workflows.due import due_at
from workflows.enrollment.bindings import load_bindings
from workflows.enrollment.states import End
from workflows.handoff import store
from workflows.handoff.states import HandoffState
from workflows.handoff.tasks import find_playbook, is_taken_over, tell, text_of
from workflows.handoff.watching import next_look
from workflows.log import store as decision_log
from workflows.log.entries import Entry, What, Who, of_activity
from workflows.properties import RULES
from workflows.status import Status
from workflows.tasks import FINAL, make_once, trace_of

_STATUS = "rekindle_status"
# Whom the team is in touch with is left to the team (D8).
_ENDS = {
    End.OPTED_OUT: Status.SUPPRESSED,
    End.BOUGHT: Status.ACTIVE,
    End.STOPPED: Status.SUPPRESSED,
    End.TAKEN_OVER: Status.SUPPRESSED,
}
_NO_TASKS = "Your CRM takes no tasks from Rekindle"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taking:
    """One account whose CRM is told of answers, by its settings, as of one moment."""

    here: Context
    account_id: str
    crm: Crm
    own: AccountSettings
    at: datetime

    def finish(self) -> None:
        """Do what is left to do about every answer: nothing is done twice, and nothing is left out."""
        leaving = self._load(HandoffState.LEAVING)
        if leaving:
            self._take_out(leaving)
            self._show(leaving)
            with self.here.engine.begin() as tx:
                for row in leaving:
                    needs = row["needs_person"]
                    following = HandoffState.ASKING if needs else HandoffState.CLOSED
                    store.record_state(tx, row, following)
        asking = self._load(HandoffState.ASKING)
        for row in asking:
            self._hand_over(row)
        if leaving or asking:
            log.get(__name__).info(
                "workflows.answers.taken",
                account_id=self.account_id,
                ended=len(leaving),
                tasks=len(asking),
            )

    def _load(self, state: HandoffState) -> list[dict[str, Any]]:
        with reading(self.here.engine) as connection:
            return store.load_in(connection, self.account_id, state, at=self.at)

    def _take_out(self, rows: Sequence[Row]) -> None:
        """Take them out of the customer's workflow where the CRM does that by call."""
        if not isinstance(self.crm, RemovesFromWorkflow):
            return
        with reading(self.here.engine) as connection:
            bound = load_bindings(connection, self.account_id)
        for row in rows:
            binding = bound.get(row["playbook"])
            if binding is None or not binding.workflow_id:
                continue
            remove = partial(self.crm.remove_from_workflow, row["contact_id"], binding.workflow_id)
            try:
                patiently(remove, pause=self.here.pause)
            except FINAL as error:
                # Nobody is in a workflow that is gone, nor is anybody who is gone.
                log.get(__name__).warning(
                    "workflows.handoff.not_removed", account_id=self.account_id, code=error.code
                )

    def _show(self, rows: Sequence[Row]) -> None:
        """Write the standing at once: where a workflow lets people go by it, they go now."""
        if not isinstance(self.crm, WritesProperties):
            return
        with self.here.begin() as tx:
            if _STATUS in load_unmade(tx, self.account_id):
                return
            known = load_known(tx, self.account_id, [row["contact_id"] for row in rows])
            changes = [
                Change(i, {_STATUS: wanted}, {_STATUS: known[i].get(_STATUS, "")})
                for i, wanted in _standings(rows).items()
                if i in known and known[i].get(_STATUS) != wanted
            ]
            plan = outbox.record_plan(
                tx,
                self.account_id,
                changes,
                kind="end",
                wait_reason=lambda _n: None,
                now=self.here.wall.now(),
            )
            if plan is not None:
                # Whatever becomes of this process, it is written.
                self.here.publish(tx, PlanApproved(self.account_id, plan.plan_id))
        if plan is None:
            return
        try:
            Applying(
                self.here.engine,
                self.crm,
                plan,
                RULES,
                clock=self.here.wall,
                pause=self.here.pause,
            ).apply()
        except Conflict:
            log.get(__name__).info("workflows.handoff.shown_by_another", plan_id=plan.plan_id)

    def _hand_over(self, row: Row) -> None:
        """Make the one task of an answer; one that was asked for before an interruption is looked for first."""
        crm = self.crm
        if not isinstance(crm, CreatesTasks):
            self._record_failed(row, _NO_TASKS)
            return
        with self.here.engine.begin() as tx:
            due = self._due(tx, row)
            story = tell(tx, self.account_id, row, self.own, due=due)
            owned = load_owners(tx, self.account_id, [row["contact_id"]])
            owners = [row["owner_id"], owned.get(row["contact_id"])]
            store.record_state(tx, row, HandoffState.ASKING, asked_at=self.at)
        trace = trace_of(self.account_id, row["contact_id"], row["answer_id"])
        owners.append(self.own.handoff_person or None)
        try:
            task_id, owner = make_once(
                crm,
                row["contact_id"],
                owners,
                text_of(story),
                trace,
                is_asked=row["asked_at"] is not None,
                pause=self.here.pause,
            )
        except FINAL as error:
            self._record_failed(row, error.message)
            return
        with self.here.engine.begin() as tx:
            store.record_state(
                tx,
                row,
                HandoffState.OPEN,
                task_id=task_id,
                owner_id=owner,
                due_at=story.due,
                check_at=next_look(self.at, story.due),
            )
            entry = Entry(
                What.HANDED_OVER,
                Who.SCHEDULE,
                row["contact_id"],
                programme=row["playbook"],
                reason=row["tone"],
                evidence=None if is_taken_over(row) else of_activity(row["answer_id"]),
                subject=f"task/{task_id}",
            )
            now = self.here.wall.now()
            decision_log.record(tx, self.account_id, [entry], at=self.at, now=now)

    def _due(self, connection: Connection, row: Row) -> datetime:
        minutes = self.own.handoff_hours * 60
        playbook = find_playbook(connection, self.account_id, self.own, row["playbook"])
        if playbook is not None:
            minutes = min(minutes, playbook.handoff.due_minutes)
        return due_at(self.at, minutes, self.own.timezone)

    def _record_failed(self, row: Row, reason: str) -> None:
        message = (
            "Somebody answered, and your CRM did not take the task for it: "
            f"{reason}. The contact is {row['contact_id']}; please answer by hand."
        )
        with self.here.begin() as tx:
            store.record_state(tx, row, HandoffState.FAILED, reason=reason)
            record_notice(
                tx,
                self.account_id,
                HANDOFFS,
                job="workflows.jobs.hand_over",
                message=message,
                now=self.here.wall.now(),
            )


def _standings(rows: Sequence[Row]) -> dict[str, str]:
    """Contact → the standing that their answer gives them; a wish goes before everything else."""
    found: dict[str, Status] = {}
    for row in rows:
        wanted = _ENDS.get(End(row["ended_by"]), Status.ANSWERED)
        if found.get(row["contact_id"]) is not Status.SUPPRESSED:
            found[row["contact_id"]] = wanted
    return {contact_id: status.value for contact_id, status in found.items()}
