"""A queue without Redis: jobs wait in a list and run in this process, for tests and simulations."""

from collections import deque
from importlib import import_module

from core.context import Context, entered
from core.queue import Lane, job_key


class InlineQueue:
    """Keeps the same promise as the real one: asking again while a job waits is one job."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str, tuple[str, ...]]] = deque()
        self.ran: list[str] = []
        self.alive: set[str] = set()

    def enqueue(self, job: str, *ids: str, lane: Lane, attempt: str = "") -> None:  # noqa: ARG002
        key = job_key(job, *ids, *filter(None, [attempt]))
        if all(key != waiting for waiting, _, _ in self._waiting):
            self._waiting.append((key, job, ids))

    def live_workers(self) -> set[str]:
        return self.alive

    def waiting(self) -> list[str]:
        return [job for _, job, _ in self._waiting]

    def drain(self, context: Context, *, most: int = 100) -> None:
        """Run what waits, and what that causes, in order; raises what a job raises."""
        while self._waiting and most:
            most -= 1
            self.step(context)

    def step(self, context: Context) -> None:
        """Run the next job."""
        _, job, ids = self._waiting.popleft()
        module, _, name = job.rpartition(".")
        self.ran.append(job)
        with entered(context):
            getattr(import_module(module), name)(*ids)
