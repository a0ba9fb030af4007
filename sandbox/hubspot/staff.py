"""The people who work at a portal: they do their tasks, a while after these were made."""

from functools import partial

from sandbox.agenda import Agenda
from sandbox.conduct import Conduct
from sandbox.hubspot.records import Change, Records

OPEN, DONE = "NOT_STARTED", "COMPLETED"


class Staff:
    """Completes every task that is made from now on."""

    def __init__(self, records: Records, agenda: Agenda, conduct: Conduct) -> None:
        self._records = records
        self._agenda = agenda
        self._conduct = conduct
        if conduct.staff_work:
            records.on_change(self._note)

    def _note(self, change: Change) -> None:
        if change.kind == "tasks" and change.event == "creation":
            due = change.at + self._conduct.tasks_after
            self._agenda.schedule(due, partial(self._complete, change.record_id))

    def _complete(self, task_id: str) -> None:
        task = self._records.get("tasks", task_id)
        if task is not None and not task.archived and task.properties.get("hs_task_status") != DONE:
            self._records.update("tasks", task_id, {"hs_task_status": DONE})
