"""Watching the tasks of answers: which are done, and which are late and go to somebody else, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.patience import patiently
from connector.port.provider import Crm
from connector.port.tasks import CreatesTasks
from core import log
from core.context import Context
from core.db import reading
from oauth.account_settings.fields import AccountSettings
from oauth.notices import HANDOFFS, record_notice
from workflows.handoff import store
from workflows.handoff.states import HandoffState
from workflows.handoff.tasks import tell, text_of
from workflows.tasks import FINAL, make_once, trace_of

# How often a task is looked at until it is due: whoever has done it is to see that we know.
LOOK_EVERY = timedelta(minutes=15)
# How often a late task is looked at again, and for how long at most.
LOOK_AGAIN, GIVE_UP = timedelta(days=1), timedelta(days=30)
# Tasks looked at in one go.
_AT_ONCE = 100
_GONE = "The task was deleted in the CRM"
_NEVER = "Nobody completed it within 30 days"

Row = Mapping[str, Any]


def next_look(at: datetime, due: datetime) -> datetime:
    """When an open task is looked at next: soon, and when it is due."""
    return min(at + LOOK_EVERY, due)


@dataclass(frozen=True, slots=True)
class Watching:
    """One account's tasks, as of one moment."""

    here: Context
    account_id: str
    crm: Crm
    own: AccountSettings
    at: datetime

    def look(self) -> None:
        """Look at open tasks; what is due and nobody has done is told to the fallback person and the admin."""
        if not isinstance(self.crm, CreatesTasks):
            return
        with reading(self.here.engine) as connection:
            due = store.load_to_check(connection, self.account_id, at=self.at)
        for first in range(0, len(due), _AT_ONCE):
            some = due[first : first + _AT_ONCE]
            crm, pairs = self.crm, [(row["contact_id"], row["task_id"]) for row in some]
            done = patiently(lambda c=crm, p=pairs: c.fetch_done(p), pause=self.here.pause)  # type: ignore[misc]
            for row in some:
                self._settle(crm, row, done.get(row["task_id"]))

    def _settle(self, crm: CreatesTasks, row: Row, is_done: bool | None) -> None:
        if is_done is not False:
            reason = None if is_done else _GONE
            self._record(row, HandoffState.DONE, done_at=self.at, reason=reason)
        elif row["state"] == HandoffState.OPEN:
            if self.at < row["due_at"]:
                self._record(row, HandoffState.OPEN, check_at=next_look(self.at, row["due_at"]))
            else:
                self._escalate(crm, row)
        elif self.at - row["due_at"] > GIVE_UP:
            self._record(row, HandoffState.DONE, done_at=self.at, reason=_NEVER)
        else:
            self._record(row, HandoffState.LATE, check_at=self.at + LOOK_AGAIN)

    def _escalate(self, crm: CreatesTasks, row: Row) -> None:
        """A second task for the fallback person, or for the owner again, and a notice; once for each answer."""
        with self.here.engine.begin() as tx:
            story = tell(tx, self.account_id, row, self.own, due=row["due_at"])
            store.record_state(tx, row, HandoffState.OPEN, late_asked_at=self.at)
        trace = trace_of(self.account_id, row["contact_id"], row["answer_id"], late=True)
        owners = [self.own.handoff_person or None, row["owner_id"]]
        task_id: str | None = None
        try:
            task_id, _ = make_once(
                crm,
                row["contact_id"],
                owners,
                text_of(story, late=True),
                trace,
                is_asked=row["late_asked_at"] is not None,
                pause=self.here.pause,
            )
        except FINAL as error:
            log.get(__name__).warning(
                "workflows.handoff.not_escalated", account_id=self.account_id, code=error.code
            )
        with self.here.begin() as tx:
            store.record_state(
                tx,
                row,
                HandoffState.LATE,
                late_task_id=task_id,
                check_at=self.at + LOOK_AGAIN,
            )
            late = store.count(tx, self.account_id).get(HandoffState.LATE, 0)
            record_notice(
                tx,
                self.account_id,
                HANDOFFS,
                job="workflows.jobs.watch_handoffs",
                message=(
                    f"{late} answers wait longer than they should. Each has a second task in your CRM, "
                    "for the person named in the settings; please see that they are answered."
                ),
                now=self.here.wall.now(),
            )

    def _record(self, row: Row, state: HandoffState, **values: Any) -> None:
        with self.here.engine.begin() as tx:
            store.record_state(tx, row, state, **values)
