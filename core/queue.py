"""The job queue: RQ with JSON arguments, one queue for each kind of patience."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from enum import StrEnum
from typing import Protocol

from redis import Redis
from rq import Queue, Retry, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from core.clock import SystemClock


class Lane(StrEnum):
    """Queues in the order a worker empties them; the value is RQ's queue name."""

    INBOUND = "inbound"
    OUTREACH = "outreach"
    OUTBOUND = "outbound"
    SCORING = "scoring"
    CARE = "care"


# Seconds a job of a lane may run before RQ ends it.
TIMEOUTS = {
    Lane.INBOUND: 4 * 3600,
    Lane.OUTREACH: 600,
    Lane.OUTBOUND: 4 * 3600,
    Lane.SCORING: 1800,
    Lane.CARE: 1800,
}

# A worker shows itself every 3 seconds at work and every 5 when idle (app/worker.py).
ALIVE = timedelta(seconds=20)

_WAITING = {JobStatus.QUEUED, JobStatus.DEFERRED, JobStatus.SCHEDULED}


class JobQueue(Protocol):
    def enqueue(self, job: str, *ids: str, lane: Lane, attempt: str = "") -> None:
        """Ask for `job` (its dotted path) with `ids`.

        Asking again while it waits is one job; while it runs, one further job after it, because what
        the asker knows may be newer than what the running one has read. `attempt` tells a further try
        from one whose worker is known to be dead.
        """
        ...

    def live_workers(self) -> set[str]:
        """Names of the workers that are alive; what others began and did not end must be taken over."""
        ...


class RqQueue:
    """Jobs in Redis, run by `rekindle worker`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def enqueue(self, job: str, *ids: str, lane: Lane, attempt: str = "") -> None:
        key = job_key(job, *ids, *filter(None, [attempt]))
        # Noted before looking: should the job end in between, either it or we see the other.
        self._redis.set(_again(key), 1, ex=24 * 3600)
        status = self._status(key)
        if status == JobStatus.STARTED:
            return
        self._redis.delete(_again(key))
        if status in _WAITING:
            return
        self._put(key, job, ids, lane)

    def follow_up(self, job: Job) -> None:
        """When a job has ended: put it back once if it was asked for while it ran."""
        if self._redis.getdel(_again(job.id)):
            self._put(job.id, str(job.func_name), job.args, Lane(job.origin))

    def _put(self, key: str, job: str, ids: Sequence[str], lane: Lane) -> None:
        Queue(lane.value, connection=self._redis, serializer=JSONSerializer).enqueue_call(
            job,
            args=tuple(ids),
            job_id=key,
            timeout=TIMEOUTS[lane],
            # A killed worker's job is put back; without a Retry, RQ would only mark it failed.
            retry=Retry(max=3, interval=[1, 10, 60]),
            result_ttl=60,
            failure_ttl=7 * 24 * 3600,
        )

    def live_workers(self) -> set[str]:
        """Names of the workers that have shown a sign of life within their time."""
        # RQ keeps a dead worker's key for more than a minute; its heartbeat tells sooner.
        now = SystemClock().now()
        beats = {w.name: w.last_heartbeat for w in Worker.all(connection=self._redis)}
        return {
            str(name)
            for name, beat in beats.items()
            if beat is not None and now - beat.replace(tzinfo=UTC) < ALIVE
        }

    def _status(self, key: str) -> JobStatus | None:
        try:
            return Job.fetch(key, connection=self._redis, serializer=JSONSerializer).get_status()
        except NoSuchJobError:
            return None


def _again(key: str) -> str:
    return f"rekindle:again:{key}"


def job_key(job: str, *ids: str) -> str:
    """An RQ job id; RQ allows letters, digits, dash and underscore only."""
    raw = "-".join([job, *ids])
    return "".join(c if (c.isascii() and c.isalnum()) or c in "-_" else "_" for c in raw)
