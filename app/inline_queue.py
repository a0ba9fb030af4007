"""A queue without Redis: keys wait in a list and their jobs run in this process, for tests and simulations."""

from collections import deque
from collections.abc import Sequence

import sqlalchemy as sa

from app.perform import carry_due, run_job
from app.pipeline import ask_for, ask_of
from core.context import Context
from core.jobs.tables import claims, jobs
from core.queue import Lane


class InlineQueue:
    """Keeps the same promise as the real one: a key that waits already is not added."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self.ran: list[str] = []

    def carry(self, key: str, lane: str) -> None:  # noqa: ARG002
        if key not in self._waiting:
            self._waiting.append(key)

    def waits(self, lanes: Sequence[Lane]) -> bool:  # noqa: ARG002
        return False  # whoever runs jobs by hand takes them one after another

    def waiting(self) -> list[str]:
        """Names of the jobs that wait, in their order."""
        return [key.partition(":")[0] for key in self._waiting]

    def forget(self) -> None:
        """Lose every key, as a queue that is emptied does; the rows stand."""
        self._waiting.clear()

    def run(self, context: Context, job: str, account_id: str, *rest: str) -> None:
        """Ask for a job and run everything that waits."""
        self.bury(context)
        ask_for(context, job, account_id, *rest)
        wanted = ask_of(job, account_id, *rest)
        self.carry(wanted.key, wanted.lane)
        self.drain(context)

    def drain(self, context: Context, *, most: int = 100) -> None:
        """Run what waits, and what that causes, in order; raises what a job raises."""
        while self._waiting and most:
            most -= 1
            self.step(context)

    def step(self, context: Context) -> None:
        """Run the next job."""
        job = run_job(context, self._waiting.popleft())
        if job is not None:
            self.ran.append(job)

    def bury(self, context: Context) -> None:
        """Count every process that still holds a claim as dead: here nothing runs beside us."""
        with context.engine.begin() as tx:
            tx.execute(sa.delete(claims))
        carry_due(context)

    def hurry(self, context: Context) -> None:
        """Let nobody wait for another try: what failed before is due now."""
        with context.engine.begin() as tx:
            tx.execute(sa.update(jobs).values(due_at=context.wall.now()))
        carry_due(context)

    def recover(self, context: Context) -> None:
        """What the clockwork and idle workers do: carry what the database says is due."""
        carry_due(context)
