"""The job queue: RQ carries the keys of jobs to whoever is free; what is due stands in the database alone."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from core import log

# What every job in the queue runs, with the key of its row.
PERFORM = "app.perform.perform"


class Lane(StrEnum):
    """Queues in the order a worker empties them; the value is RQ's queue name."""

    URGENT = "urgent"  # somebody waits: a start, a renewal of access
    CHANGES = "changes"  # some contacts, from notice to write-back
    BULK = "bulk"  # a whole account

    def more_urgent(self) -> "tuple[Lane, ...]":
        lanes = tuple(Lane)
        return lanes[: lanes.index(self)]


# Seconds a job of a lane may run before RQ ends it; long ones pause for others by themselves much earlier.
TIMEOUTS = {Lane.URGENT: 1800, Lane.CHANGES: 3600, Lane.BULK: 4 * 3600}


class JobQueue(Protocol):
    def carry(self, key: str, lane: str) -> None:
        """Tell a free worker that the job of this key is due; a key that waits already is not added."""
        ...

    def waits(self, lanes: Sequence[Lane]) -> bool:
        """Whether a job of one of these lanes waits for a worker."""
        ...


class RqQueue:
    """Keys in Redis, taken by `rekindle worker`; whatever is lost here is carried again from the database."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def carry(self, key: str, lane: str) -> None:
        try:
            self._carry(key, lane)
        except RedisError as error:
            # The row stands: the next round of the clockwork or of a worker carries it.
            log.get(__name__).warning("queue.unreachable", why=type(error).__name__)

    def _carry(self, key: str, lane: str) -> None:
        job_id = rq_id(key)
        queue = Queue(lane, connection=self._redis, serializer=JSONSerializer)
        if self._redis.lpos(queue.key, job_id) is None:
            queue.enqueue_call(
                PERFORM,
                args=(key,),
                job_id=job_id,
                timeout=TIMEOUTS[Lane(lane)],
                result_ttl=60,
                failure_ttl=3600,
            )

    def waits(self, lanes: Sequence[Lane]) -> bool:
        try:
            return any(
                self._redis.llen(f"{Queue.redis_queue_namespace_prefix}{lane}") for lane in lanes
            )
        except RedisError:
            return False


def rq_id(key: str) -> str:
    """An RQ job id; RQ allows letters, digits, dash and underscore only."""
    return "".join(c if (c.isascii() and c.isalnum()) or c in "-_" else "_" for c in key)
