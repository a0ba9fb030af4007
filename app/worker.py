"""The worker process: RQ's forking worker, each job in a fresh child with a context of its own."""

import os
from dataclasses import replace
from importlib import import_module
from typing import Any

from redis import Redis
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from app.compose import compose
from app.processes import die_with_parent
from app.recover import recover
from connector.registry import PROVIDERS
from core import log
from core.context import Context, entered
from core.errors import AppError, SettingsInvalid
from core.queue import Lane, RqQueue
from core.settings import Environment, read_settings

# How soon a worker notices that another one died, in seconds; RQ's defaults take many minutes.
_WORKER_TTL = 20
_MAINTENANCE = 5
_MONITORING = 3


class JobFailed(AppError):
    """Tells what a job raised without its values."""

    code = "job_failed"


class HouseJob(Job):
    """Keeps values out of the queue: RQ stores the traceback of what a job raises."""

    def perform(self) -> Any:
        try:
            return super().perform()
        except Exception as error:  # noqa: BLE001  whatever it is
            raise JobFailed(log.describe(error)) from None


class HouseWorker(Worker):
    """Forks before each job; the child opens its own connections and dies with its parent."""

    environment: Environment
    context: Context

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        try:
            recover(self.context)
        except Exception:  # noqa: BLE001  one bad minute must not end the worker
            log.get(__name__).exception("worker.recovery.failed")
        finally:
            # No connection may be open when the next job's child is forked.
            self.context.engine.dispose()

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        die_with_parent()
        with entered(replace(compose(self.environment), worker=self.name)):
            super().main_work_horse(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        done = super().perform_job(job, queue, execution)
        RqQueue(self.connection).follow_up(job)
        return done


def work(env: Environment, *, burst: bool = False) -> None:
    """Work off the queues in their order until told to stop; with `burst`, until they are empty."""
    os.environ["TZ"] = "UTC"
    settings = read_settings(env)
    if not settings.redis_url:
        raise SettingsInvalid("Set REKINDLE_REDIS_URL to a Redis or Valkey server.")
    context = compose(env)
    # Loaded once here instead of in every child; polars is not among it (see sync/frames.py).
    for module in PROVIDERS.values():
        import_module(module)
    HouseWorker.environment = env
    HouseWorker.context = context
    redis = Redis.from_url(settings.redis_url)
    worker = HouseWorker(
        [Queue(lane.value, connection=redis, serializer=JSONSerializer) for lane in Lane],
        connection=redis,
        serializer=JSONSerializer,
        job_class=HouseJob,
        worker_ttl=_WORKER_TTL,
        maintenance_interval=_MAINTENANCE,
        job_monitoring_interval=_MONITORING,
        log_job_description=False,
    )
    worker.work(burst=burst, logging_level="WARNING", with_scheduler=True)
