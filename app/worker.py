"""The worker: a parent that keeps three processes alive: for what is urgent, for changes as well, for everything."""

import os
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app.compose import compose
from app.perform import carry_due, keep_loaded, load_jobs, load_work
from app.processes import die_with_parent
from core import log
from core.clock import pause, stopwatch
from core.context import Context, entered
from core.errors import Invalid, SettingsInvalid
from core.queue import Lane
from core.settings import Environment, read_settings

# How often a worker looks into the database for what nobody has carried, in seconds.
LOOK_EVERY = 5
# A process that has grown beyond this, in MB, makes room: columns of a whole account stay in its allocator.
GROWN = 600
# What is urgent waits behind nothing else, and some contacts' changes never wait behind a whole account.
PROCESSES: tuple[tuple[Lane, ...], ...] = (
    (Lane.URGENT,),
    (Lane.URGENT, Lane.CHANGES),
    tuple(Lane),
)
# How much more each of them leaves the processor to those before it: what is urgent is computed first. No more
# than this, because other programs of the machine would take the rest, and a reading would stand still.
_NICER = 2
_RESTART_AFTER = 1.0
_GRACE = 20.0


class LaneWorker(SimpleWorker):
    """Runs jobs one after another in this process, with connections that stay open."""

    context: Context
    max_connection_wait_time = 2  # seconds between tries while Redis is away

    def run_maintenance_tasks(self) -> None:
        # RQ's own repairs are of no use here: what is due and who is dead stands in the database.
        try:
            carry_due(self.context)
        except Exception:  # noqa: BLE001  one bad minute must not end the worker
            log.get(__name__).exception("worker.look.failed")

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        with entered(replace(self.context, must_pause=lambda: bool(self._stop_requested))):
            done = bool(super().perform_job(*args, **kwargs))
        if _grown():
            self._stop_requested = True
        return done


def work(env: Environment, *, burst: bool = False, lanes: Sequence[Lane] = ()) -> None:
    """Work until told to stop; with `burst` in this process, until nothing waits.

    `lanes` restricts it to these in one process, as for a machine that serves what is urgent alone.
    """
    os.environ["TZ"] = "UTC"
    if not read_settings(env).redis_url:
        raise SettingsInvalid("Set REKINDLE_REDIS_URL to a Redis or Valkey server.")
    compose(env)  # what is missing or refused is said once, by this process
    if burst:
        _serve(env, tuple(lanes) or tuple(Lane), burst=True)
        return
    Parent(env, (tuple(lanes),) if lanes else PROCESSES).keep()


def lanes_of(names: str) -> tuple[Lane, ...]:
    """Lanes by name, separated by commas; raises Invalid for one there is not."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = {lane.value for lane in Lane}
    if unknown := [name for name in wanted if name not in known]:
        raise Invalid(f"There is no lane {unknown[0]!r}; known: {', '.join(Lane)}.")
    return tuple(lane for lane in Lane if lane.value in wanted)


def _serve(env: Environment, lanes: Sequence[Lane], *, burst: bool = False) -> None:
    """One process's work on these lanes."""
    serve(compose(env), lanes, burst=burst)


def serve(context: Context, lanes: Sequence[Lane], *, burst: bool = False) -> None:
    """Work on these lanes in this process; with `burst` until nothing waits."""
    redis = Redis.from_url(context.settings.redis_url or "")
    worker = LaneWorker(
        [Queue(lane.value, connection=redis, serializer=JSONSerializer) for lane in lanes],
        connection=redis,
        serializer=JSONSerializer,
        maintenance_interval=LOOK_EVERY,
        worker_ttl=LOOK_EVERY + 15,
        log_job_description=False,
    )
    worker.context = context
    carry_due(context)
    if tuple(lanes) == (Lane.URGENT,):
        load_work()
        keep_loaded()
    worker.work(burst=burst, logging_level="WARNING")


def _grown() -> bool:
    most: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 > GROWN


class Parent:
    """Forks the processes, starts again what ends, and takes them along when it is told to stop."""

    def __init__(self, env: Environment, processes: Sequence[Sequence[Lane]]) -> None:
        self._env = env
        self._processes = processes
        self._children: dict[int, int] = {}  # pid → which of the processes
        self._stopping = False

    def keep(self) -> None:
        """Until told to stop."""
        load_jobs()  # first: who is told to stop meanwhile has no process yet to wait for
        keep_loaded()
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, self._stop)
        for number in range(len(self._processes)):
            self._start(number)
        while self._children:
            lived = stopwatch()
            pid, status = self._wait()
            if pid not in self._children:
                continue
            number = self._children.pop(pid)
            if self._stopping:
                continue
            if status != 0:
                log.get(__name__).error(
                    "worker.process.ended", status=status, lanes=list(self._processes[number])
                )
            # One that ends at once, as without Redis, is not started again in a loop without a breath.
            pause(_RESTART_AFTER if status or lived() < _RESTART_AFTER else 0.0)
            if not self._stopping:
                self._start(number)

    def _wait(self) -> tuple[int, int]:
        """The next child that ends; one that takes too long to stop is ended. What it did is taken over."""
        elapsed = stopwatch()
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                return pid, status
            if not self._stopping:
                elapsed = stopwatch()
            elif elapsed() > _GRACE:
                self._signal(signal.SIGKILL)
            pause(0.1)

    def _start(self, number: int) -> None:
        # Nothing is open yet in this process: a child inherits no connection and no lock.
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._children[pid] = number
            return
        code = 1
        try:
            for told in (signal.SIGINT, signal.SIGTERM):
                signal.signal(told, signal.SIG_DFL)
            die_with_parent(parent)
            os.nice(number * _NICER)
            if Lane.BULK not in self._processes[number]:
                # Read when polars is loaded: for a few contacts, waking other threads costs more than the work.
                os.environ.setdefault("POLARS_MAX_THREADS", "1")
            _serve(self._env, self._processes[number])
            code = 0
        except Exception:  # noqa: BLE001  the parent starts it again
            log.get(__name__).exception("worker.process.failed")
        finally:
            sys.stderr.flush()
            os._exit(code)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        for pid in list(self._children):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
