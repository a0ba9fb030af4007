"""The people who work at a location: they do their tasks, a while after these were made."""

from functools import partial

from sandbox.agenda import Agenda
from sandbox.conduct import Conduct
from sandbox.highlevel.location import Location
from sandbox.kit.answers import Json


class Staff:
    """Completes every task that is made from now on."""

    def __init__(self, location: Location, agenda: Agenda, conduct: Conduct) -> None:
        self._location = location
        self._agenda = agenda
        self._conduct = conduct
        if conduct.staff_work:
            location.on_task(self._note)

    def _note(self, task: Json) -> None:
        due = self._location.now() + self._conduct.tasks_after
        self._agenda.schedule(due, partial(self._complete, task))

    def _complete(self, task: Json) -> None:
        kept = self._location.tasks.get(str(task["contactId"]), [])
        if task in kept:
            self._location.complete_task(task)
